import TerminalScreen

/// What a piece of text is to the reader; the theme says how that looks.
enum Tone: Sendable {
    case normal, dim, strong, accent, good, warning, bad
}

/// How things look, at a level of colours. Without colours weight and reversal say the same.
struct Theme: Sendable {
    let level: ColorLevel

    private static let blue = Color.rgb(116, 182, 224, sixteen: 6)
    private static let green = Color.rgb(136, 192, 126, sixteen: 2)
    private static let amber = Color.rgb(222, 180, 98, sixteen: 3)
    private static let red = Color.rgb(230, 118, 112, sixteen: 9)
    private static let grey = Color.rgb(132, 140, 152, sixteen: 8)
    private static let ink = Color.rgb(232, 236, 242, sixteen: 15)
    private static let slate = Color.rgb(38, 44, 56, sixteen: 0)

    subscript(tone: Tone) -> Style {
        switch tone {
        case .normal: Style()
        case .dim: level == .none ? Style(.standard, on: .standard, .dim) : Style(Self.grey)
        case .strong: Style(.standard, on: .standard, .bold)
        case .accent: Style(Self.blue, on: .standard, level == .none ? .bold : [])
        case .good: Style(Self.green)
        case .warning: Style(Self.amber, on: .standard, level == .none ? .bold : [])
        case .bad: Style(Self.red, on: .standard, .bold)
        }
    }

    var header: Style { level == .none ? Style(.standard, on: .standard, .reverse) : Style(Self.ink, on: Self.slate) }
    var headerStrong: Style { level == .none ? Style(.standard, on: .standard, [.reverse, .bold]) : Style(Self.blue, on: Self.slate, .bold) }
    var headerDim: Style { level == .none ? header : Style(Self.grey, on: Self.slate) }
    var border: Style { level == .none ? Style() : Style(.rgb(78, 88, 102, sixteen: 8)) }
    var focusedBorder: Style { level == .none ? Style() : Style(.rgb(96, 140, 172, sixteen: 6)) }
    var title: Style { Style(Self.blue, on: .standard, .bold) }
    var key: Style { Style(Self.amber, on: .standard, .bold) }

    /// The selected line, over what its text looks like.
    func select(_ style: inout Style) {
        switch level {
        case .none: style.attributes.insert(.reverse)
        case .sixteen: style = Style(Self.ink, on: .rgb(0, 0, 128, sixteen: 4), style.attributes.union(.bold))
        case .trueColor: style = Style(style.foreground == .standard ? Self.ink : style.foreground, on: .rgb(44, 62, 84, sixteen: 4), style.attributes)
        }
    }

    /// A piece of the day on the board.
    func bar(_ status: String, isSelected: Bool) -> Style {
        if level == .none { return Style(.standard, on: .standard, isSelected ? [.reverse, .bold] : .reverse) }
        let ground: Color =
            switch status {
            case "en_route", "dispatched": .rgb(122, 92, 40, sixteen: 3)
            case "on_site", "in_progress": .rgb(48, 104, 66, sixteen: 2)
            case "completed", "posted": .rgb(66, 72, 82, sixteen: 8)
            case "canceled", "cannot_complete": .rgb(122, 52, 52, sixteen: 1)
            default: .rgb(42, 80, 118, sixteen: 4)
            }
        return isSelected ? Style(.rgb(20, 24, 30, sixteen: 0), on: .rgb(190, 216, 236, sixteen: 7), .bold) : Style(Self.ink, on: ground)
    }
}
