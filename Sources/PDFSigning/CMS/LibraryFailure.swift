import COpenSSL

/// What libcrypto says about its last failures on this thread.
enum LibraryFailure {
    /// Forgets earlier failures, so that they do not explain a later one.
    static func forget() { ERR_clear_error() }

    /// The reasons, the first one first, and forgets them.
    static func reasons() -> [String] {
        var reasons: [String] = []
        var details: UnsafePointer<CChar>?, flags: Int32 = 0
        while case let code = ERR_get_error_all(nil, nil, nil, &details, &flags), code != 0 {
            guard reasons.count < 8 else { continue }
            let reason = ERR_reason_error_string(code).map { String(cString: $0) } ?? "error \(code)"
            let detail = flags & ERR_TXT_STRING == 0 ? nil : details.map { String(cString: $0) }
            reasons.append(detail.map { $0.isEmpty ? reason : "\(reason) (\($0.prefix(200)))" } ?? reason)
        }
        return reasons
    }

    static func text() -> String {
        let reasons = reasons()
        return reasons.isEmpty ? "OpenSSL gave no reason" : "OpenSSL: " + reasons.joined(separator: "; ")
    }

    static func error(_ what: String) -> PDFSigningError {
        PDFSigningError(.cryptography, "\(what) did not succeed. Look at the cause; if it is want of memory, try again.", cause: text())
    }

    static func check(_ result: Int32, _ what: String) throws(PDFSigningError) {
        guard result > 0 else { throw error(what) }
    }
}
