import Hummingbird

/// The headers by which browsers keep a page's secrets.
enum PageHeaders {
    /// Nothing but the pages' own style, script and pictures; nothing inline; no frame around them; forms go back to where they came from.
    static let policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

    /// Adds what every answer has. Caching is forbidden unless the answer has said otherwise.
    static func add(to headers: inout HTTPFields, isSecure: Bool) {
        headers[.contentSecurityPolicy] = policy
        headers[.xContentTypeOptions] = "nosniff"
        headers[name("Referrer-Policy")] = "no-referrer"
        headers[name("X-Robots-Tag")] = "noindex, nofollow"
        // For browsers that do not know the policy's frame-ancestors.
        headers[name("X-Frame-Options")] = "DENY"
        headers[name("Cross-Origin-Opener-Policy")] = "same-origin"
        headers[name("Cross-Origin-Resource-Policy")] = "same-origin"
        headers[name("Permissions-Policy")] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
        if isSecure { headers[.strictTransportSecurity] = "max-age=31536000" }
        if headers[.cacheControl] == nil { headers[.cacheControl] = "no-store" }
    }

    /// - Precondition: it is a name of a header.
    static func name(_ text: String) -> HTTPFieldName { HTTPFieldName(text)! }

    /// How a browser is to save a file (RFC 6266): a plain name for all, and the true one for those that know of others.
    static func attachment(_ fileName: String) -> String {
        let line = fileName.unicodeScalars.map { $0.properties.isWhitespace || "/\\:".unicodeScalars.contains($0) ? "-" : $0 }
            .filter { $0.value >= 0x20 && !(0x7f...0x9f).contains($0.value) && !("\u{202a}"..."\u{202e}" ~= $0) && !("\u{2066}"..."\u{2069}" ~= $0) }
        let name = String(String.UnicodeScalarView(line.prefix(150)))
        let plain = name.unicodeScalars.map { $0.isASCII && $0 != "\"" && $0 != "%" ? Character($0) : "_" }
        return "attachment; filename=\"\(String(plain))\"; filename*=UTF-8''\(PercentCoding.encode(name))"
    }
}
