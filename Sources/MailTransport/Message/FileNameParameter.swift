/// A file's name behind `attachment`, in any script (RFC 2183, and RFC 2231 for what is not plain).
enum FileNameParameter {
    /// The words of the parameter; all but the last end with a semicolon.
    static func words(_ name: String) -> [String] {
        let isPlain = name.utf8.allSatisfy { (0x20...0x7E).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
        if isPlain, name.utf8.count <= MailLimits.wordBytes, !name.contains("=?") { return ["filename=\"\(name)\""] }
        var pieces: [String] = [""]
        for scalar in name.unicodeScalars {
            let escaped = Escape.percent(String(scalar))
            if pieces[pieces.count - 1].utf8.count + escaped.utf8.count > MailLimits.wordBytes { pieces.append("") }
            pieces[pieces.count - 1] += escaped
        }
        if pieces.count == 1 { return ["filename*=UTF-8''" + pieces[0]] }
        return pieces.enumerated().map { index, piece in
            "filename*\(index)*=\(index == 0 ? "UTF-8''" : "")\(piece)\(index < pieces.count - 1 ? ";" : "")"
        }
    }
}
