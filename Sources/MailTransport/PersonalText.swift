/// A text that may name persons, such as a server's reply about a mailbox. It shows itself only to who asks for it by name, so
/// that it does not reach a log by being printed with what it is part of.
public struct PersonalText: Sendable, Hashable, PersonalData {
    /// The text itself.
    public let revealed: String

    public init(_ text: String) { revealed = text }

    /// A text from outside: what is no UTF-8, and control characters, are replaced; what is too long is cut.
    init(untrusted bytes: some Sequence<UInt8>, limit: Int) {
        let text = String(decoding: Array(bytes.prefix(limit)), as: UTF8.self)
        var clean = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { clean.append(HeaderText.isControl(scalar) ? " " : scalar) }
        revealed = String(clean)
    }

    public var description: String { revealed.isEmpty ? "" : "(a text of \(revealed.utf8.count) bytes, which may name persons)" }
}

/// What prints as little of itself as its description says, also where it is part of something else.
protocol PersonalData: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {}

extension PersonalData {
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
