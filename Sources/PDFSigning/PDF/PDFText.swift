import Glibc

/// Text strings and dates (ISO 32000-1, 7.9.2.2 and 7.9.4).
enum PDFText {
    /// ASCII as it is, everything else as UTF-16 with a byte order mark, which every reader knows.
    static func string(_ text: String) -> PDFValue {
        if text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) { return .string(Array(text.utf8)) }
        return .string([0xFE, 0xFF] + text.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] })
    }

    /// For showing: without control characters, and cut after `PDFSigningLimits.textBytes` of the file.
    static func text(_ bytes: [UInt8]) -> String {
        let bytes = bytes.prefix(PDFSigningLimits.textBytes)
        let text: String
        if bytes.starts(with: [0xFE, 0xFF]) {
            let units = stride(from: 2, to: bytes.count - bytes.count % 2, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
            text = String(decoding: units, as: UTF16.self)
        } else if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            text = String(decoding: bytes.dropFirst(3), as: UTF8.self)
        } else {
            text = String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
        }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.generalCategory == .control ? "\u{FFFD}" : $0 }))
    }

    /// In UTC.
    ///
    /// - Parameter seconds: since 1970.
    static func date(_ seconds: Int) -> PDFValue {
        var time = time_t(seconds), parts = tm()
        gmtime_r(&time, &parts)
        func padded(_ value: Int32, _ width: Int) -> String {
            let digits = String(value)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        let day = padded(parts.tm_year + 1900, 4) + padded(parts.tm_mon + 1, 2) + padded(parts.tm_mday, 2)
        return string("D:" + day + padded(parts.tm_hour, 2) + padded(parts.tm_min, 2) + padded(parts.tm_sec, 2) + "+00'00'")
    }
}
