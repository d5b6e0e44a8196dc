/// A colour of text or its ground.
public enum Color: Hashable, Sendable {
    /// The terminal's own.
    case standard
    /// So much red, green and blue, and which of the sixteen colours stands for it where there are no more: 0 to 7 are black,
    /// red, green, yellow, blue, magenta, cyan and white, 8 to 15 the same, brighter.
    case rgb(UInt8, UInt8, UInt8, sixteen: UInt8)
}

/// How many colours a terminal is trusted with.
public enum ColorLevel: String, Sendable, CaseIterable {
    case none
    case sixteen
    case trueColor = "true"

    /// By what the environment says. `NO_COLOR` (https://no-color.org) wins over everything; nothing is asked of the terminal,
    /// because an answer may take as long as the line to it.
    public init(environment: [String: String]) {
        let term = environment["TERM"] ?? ""
        if environment["NO_COLOR"]?.isEmpty == false || term == "dumb" || term.hasPrefix("vt1") || term.hasPrefix("vt2") {
            self = .none
        } else if ["truecolor", "24bit"].contains(environment["COLORTERM"] ?? "") || term.hasSuffix("-direct") {
            self = .trueColor
        } else {
            self = .sixteen
        }
    }
}
