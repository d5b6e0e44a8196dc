/// What keeps a program from using its terminal.
public struct TerminalError: Error, Sendable, CustomStringConvertible {
    /// What happened, and what to do.
    public let description: String
    init(_ description: String) { self.description = description }
}
