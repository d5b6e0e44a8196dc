/// A text for a telephone: GSM 7-bit default alphabet where it can be, else UCS-2 (3GPP TS 23.038, section 6.2).
enum ShortMessage {
    /// How many segments a telephone joins to one text (3GPP TS 23.040, section 9.2.3.24.1): 160 septets alone and 153 each of several; 70 units of
    /// UTF-16 alone and 67 each of several. Characters that would be parted move on whole, so it is counted as they are laid out.
    static func segments(_ text: String) -> Int {
        if let septets = septets(text) { return count(septets, alone: 160, each: 153) }
        return count(text.unicodeScalars.map { $0.value > 0xFFFF ? 2 : 1 }, alone: 70, each: 67)
    }

    private static func count(_ sizes: [Int], alone: Int, each: Int) -> Int {
        guard sizes.reduce(0, +) > alone else { return 1 }
        var segments = 1
        var used = 0
        for size in sizes {
            if used + size > each {
                segments += 1
                used = 0
            }
            used += size
        }
        return segments
    }

    /// Fills a line in, so that it fits: in the 7-bit alphabet where that makes it shorter, then with shorter values, then with only those that it is
    /// nothing without; and if words and link leave no room even so, in more segments.
    static func text(_ line: TemplateLine, _ values: [MessageFact: String]) throws(MessageError) -> String {
        let needed = line.unguarded
        let least = values.filter { needed.contains($0.key) || $0.key == .link }
        let shortest = MessageLimits.shortFactUnits.last ?? 0
        let attempts = [values] + MessageLimits.shortFactUnits.map { cut(values, to: $0) } + [cut(least, to: shortest)]
        let texts = attempts.compactMap { line.filled($0).map(shorter) }
        for limit in [MessageLimits.segments, MessageLimits.segmentsAtMost] {
            if let text = texts.first(where: { segments($0) <= limit }) { return text }
        }
        throw MessageError(.tooLarge, "A short message has no room beside its link and the template's words. Shorten the public URL or the template's `sms`.")
    }

    /// Links and codes are worth nothing in part.
    private static func cut(_ values: [MessageFact: String], to limit: Int) -> [MessageFact: String] {
        var short = values
        for (fact, value) in values where fact != .link && fact != .code && value.utf16.count > limit {
            var kept = ""
            var units = 1
            for character in value {
                units += character.utf16.count
                if units > limit { break }
                kept.append(character)
            }
            short[fact] = (kept.last == " " ? String(kept.dropLast()) : kept) + "…"
        }
        return short
    }

    /// The text, or without what the 7-bit alphabet has not got if it then takes fewer segments.
    private static func shorter(_ text: String) -> String {
        let plain = plain(text)
        return segments(plain) < segments(text) ? plain : text
    }

    /// In the 7-bit alphabet if nothing but accents and kinds of quotation marks and dashes is lost by it; else as it is.
    static func plain(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            if basic.contains(scalar) || extended.contains(scalar) {
                result.unicodeScalars.append(scalar)
            } else if let other = replacements[scalar] {
                result += other
            } else {
                return text
            }
        }
        return result
    }

    /// The septets of each character; nil if one of them is not in the alphabet.
    private static func septets(_ text: String) -> [Int]? {
        var sizes: [Int] = []
        for scalar in text.unicodeScalars {
            if basic.contains(scalar) { sizes.append(1) } else if extended.contains(scalar) { sizes.append(2) } else { return nil }
        }
        return sizes
    }

    /// 3GPP TS 23.038, section 6.2.1.
    private static let basic = Set(
        ("@£$¥èéùìòÇ\nØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà").unicodeScalars)
    /// Section 6.2.1.1: each takes two septets.
    private static let extended = Set("^{}\\[~]|€".unicodeScalars)

    private static let replacements: [Unicode.Scalar: String] = [
        "á": "a", "í": "i", "ó": "o", "ú": "u", "Á": "A", "Í": "I", "Ó": "O", "Ú": "U", "â": "a", "ê": "e", "î": "i", "ô": "o", "û": "u", "Â": "A", "Ê": "E",
        "Î": "I", "Ô": "O", "Û": "U", "ã": "a", "õ": "o", "Ã": "A", "Õ": "O", "ë": "e", "ï": "i", "Ë": "E", "Ï": "I", "À": "A", "È": "E", "Ì": "I", "Ò": "O",
        "Ù": "U", "ç": "c", "º": "o", "ª": "a", "‘": "'", "’": "'", "‚": "'", "“": "\"", "”": "\"", "„": "\"", "«": "\"", "»": "\"", "‐": "-", "‑": "-",
        "–": "-", "—": "-", "…": "...", "·": ".", "\u{A0}": " ", "\u{2009}": " ", "\u{202F}": " ",
    ]
}
