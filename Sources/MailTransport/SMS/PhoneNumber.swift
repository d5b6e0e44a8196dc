/// A telephone number with its country: `+` and 7 to 15 digits (ITU-T E.164, section 6).
public struct PhoneNumber: Sendable, Hashable, PersonalData {
    /// With its `+`. Personal.
    public let text: String

    /// - Parameter text: spaces, dots, hyphens and brackets between digits are left away.
    public init(_ text: String) throws(MailError) {
        let digits = text.filter { !" .-()".contains($0) }.dropFirst()
        guard text.first == "+", (7...15).contains(digits.utf8.count), digits.utf8.allSatisfy(HostName.isDigit), digits.first != "0" else {
            throw MailError(.invalidAddress, "A telephone number begins with + and the country, and has 7 to 15 digits.")
        }
        self.text = "+" + digits
    }

    /// Tells the last two digits.
    public var description: String { "…\(text.suffix(2))" }
}
