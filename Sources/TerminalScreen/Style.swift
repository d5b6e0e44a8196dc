/// How a cell looks.
public struct Style: Hashable, Sendable {
    public var foreground: Color
    public var background: Color
    public var attributes: Attributes

    public init(_ foreground: Color = .standard, on background: Color = .standard, _ attributes: Attributes = []) {
        self.foreground = foreground
        self.background = background
        self.attributes = attributes
    }

    public struct Attributes: OptionSet, Hashable, Sendable {
        public let rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }
        public static let bold = Attributes(rawValue: 1)
        public static let dim = Attributes(rawValue: 2)
        public static let italic = Attributes(rawValue: 4)
        public static let underline = Attributes(rawValue: 8)
        public static let reverse = Attributes(rawValue: 16)
    }

    /// The control sequence that makes a terminal write in this style, whatever it wrote in before (ECMA-48, 8.3.117).
    func sequence(at level: ColorLevel) -> String {
        var codes = ["0"]
        for (attribute, code) in [(Attributes.bold, "1"), (.dim, "2"), (.italic, "3"), (.underline, "4"), (.reverse, "7")] where attributes.contains(attribute) {
            codes.append(code)
        }
        if let code = foreground.code(at: level, dark: 30, bright: 90, exact: "38;2") { codes.append(code) }
        if let code = background.code(at: level, dark: 40, bright: 100, exact: "48;2") { codes.append(code) }
        return "\u{1B}[\(codes.joined(separator: ";"))m"
    }
}

extension Color {
    fileprivate func code(at level: ColorLevel, dark: Int, bright: Int, exact: String) -> String? {
        guard case .rgb(let red, let green, let blue, let sixteen) = self else { return nil }
        switch level {
        case .none: return nil
        case .sixteen: return "\(sixteen < 8 ? dark + Int(sixteen) : bright + Int(sixteen) - 8)"
        case .trueColor: return "\(exact);\(red);\(green);\(blue)"
        }
    }
}
