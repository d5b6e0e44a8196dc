/// Tags of languages as in BCP 47 (RFC 5646), which come from outside.
enum LanguageTag {
    /// Letters, digits and hyphens, 35 at most (RFC 5646, 4.4.1); `en` for anything else.
    static func cleaned(_ tag: String) -> String {
        let isTag = (2...35).contains(tag.utf8.count) && tag.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x2D
        }
        return isTag ? tag : "en"
    }

    /// Its first part, in small letters: `es` of `es-CL`.
    static func primary(_ tag: String) -> String {
        cleaned(tag).prefix { $0 != "-" }.lowercased()
    }
}
