/// How a text looks.
struct TextStyle: Hashable {
    enum Face: Hashable { case sans, mono, script }
    enum Alignment: Hashable { case leading, trailing, centre }

    var size: Double
    var isBold = false
    var face: Face = .sans
    var ink: Ink = .text
    var alignment: Alignment = .leading
    /// Figures of one width, so that amounts stand below each other.
    var hasTabularFigures = false

    enum Ink: Hashable {
        case text, quiet, faint, warning

        var colour: Colour {
            switch self {
            case .text: Colour(0.11, 0.13, 0.16)
            case .quiet: Colour(0.37, 0.41, 0.46)
            case .faint: Colour(0.50, 0.54, 0.58)
            case .warning: Colour(0.66, 0.20, 0.13)
            }
        }
    }

    /// Families in the order of preference, as fontconfig reads them.
    var families: String {
        switch face {
        case .sans: "Noto Sans, DejaVu Sans, sans-serif"
        case .mono: "DejaVu Sans Mono, Noto Sans Mono, monospace"
        case .script: "Noto Serif, DejaVu Serif, serif"
        }
    }
}
