import Foundation

/// What is sent to a gateway, with places for what differs: `{to}` is the number with its `+`, `{digits}` without, `{text}` the text.
/// Braces around anything else stand for themselves.
public struct SMSTemplate: Sendable, Hashable, PersonalData {
    public enum Kind: String, Sendable, Hashable {
        /// Places stand in names or values of `application/x-www-form-urlencoded`.
        case form = "application/x-www-form-urlencoded"
        /// Places stand within texts of JSON: `{"to": "{to}"}`.
        case json = "application/json"
    }

    public let kind: Kind
    public let text: String

    /// - Throws: `invalidRequest` if `{text}` or the number is missing, or if what is put in could be taken for anything but a text.
    public init(_ kind: Kind, _ text: String) throws(MailError) {
        guard text.utf8.count <= MailLimits.templateBytes else {
            throw MailError(.tooLarge, "A gateway's template has at most \(MailLimits.templateBytes) bytes.")
        }
        guard text.contains("{text}"), text.contains("{to}") || text.contains("{digits}") else {
            throw MailError(.invalidRequest, "A gateway's template has the places {text}, and {to} or {digits}.")
        }
        self.kind = kind
        self.text = text
        guard kind == .form || isValidJSON else {
            throw MailError(.invalidRequest, "A gateway's template is no JSON, or has a place that is not within quotation marks, such as \"{text}\".")
        }
        guard kind == .json || text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw MailError(.invalidRequest, "A gateway's form has a space or a character beyond ASCII outside of its places. Encode it, such as %20.")
        }
    }

    /// A template may hold the gateway's credentials.
    public var description: String { "a gateway's template (\(kind.rawValue))" }

    func filled(to number: PhoneNumber, _ message: String) -> String {
        Self.fill(text, ["{to}": number.text, "{digits}": String(number.text.dropFirst()), "{text}": message], escape: kind == .form ? Escape.percent : Self.json)
    }

    /// In one pass, so that what is put in is never looked through for places.
    static func fill(_ template: String, _ values: [String: String], escape: (String) -> String) -> String {
        var result = "", rest = template[...]
        while let open = rest.firstIndex(of: "{") {
            result += rest[..<open]
            rest = rest[open...]
            if let place = values.first(where: { rest.hasPrefix($0.key) }) {
                result += escape(place.value)
                rest = rest.dropFirst(place.key.count)
            } else {
                result.append(rest.removeFirst())
            }
        }
        return result + rest
    }

    /// Within quotation marks (RFC 8259, section 7).
    private static func json(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case _ where HeaderText.isControl(scalar):
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// Puts two things into each place that only a text can hold: both have to be JSON, and have to differ in texts only.
    private var isValidJSON: Bool {
        func parsed(_ value: String) -> Any? {
            let filled = Self.fill(text, ["{to}": value, "{digits}": value, "{text}": value], escape: Self.json)
            // What is no JSON is told to who gave it; the parser's own words say no more.
            return try? JSONSerialization.jsonObject(with: Data(filled.utf8), options: .fragmentsAllowed)
        }
        // Outside of quotation marks the first is no JSON.
        return parsed("a\"],}{: \\ b") != nil && parsed("1") != nil
    }
}
