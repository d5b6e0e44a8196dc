/// Bytes as two hexadecimal digits behind a mark.
enum Escape {
    static let digits = Array("0123456789ABCDEF".utf8)

    static func bytes(_ bytes: some Sequence<UInt8>, with mark: Character) -> String {
        var text = ""
        for byte in bytes {
            text.append(mark)
            text.unicodeScalars.append(Unicode.Scalar(digits[Int(byte >> 4)]))
            text.unicodeScalars.append(Unicode.Scalar(digits[Int(byte & 0xF)]))
        }
        return text
    }

    /// Percent-encodes everything but the unreserved characters of RFC 3986, section 2.3.
    static func percent(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            if HostName.isAlphanumeric(byte) || "-._~".utf8.contains(byte) {
                result.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                result += bytes(CollectionOfOne(byte), with: "%")
            }
        }
        return result
    }

    /// The value of a hexadecimal digit.
    static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
