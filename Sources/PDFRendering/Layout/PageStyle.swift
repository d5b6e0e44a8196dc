/// Measures of a page, in points.
struct PageStyle {
    let page: PageSize
    let marginSide = 54.0
    let marginTop = 46.0
    /// Below the text; the foot stands in it.
    let marginBottom = 62.0

    var width: Double { page.width - 2 * marginSide }
    var bodyHeight: Double { page.height - marginTop - marginBottom }

    // Sizes rise by few steps, and the same step means the same everywhere.
    let title = TextStyle(size: 19, isBold: true)
    let subtitle = TextStyle(size: 9.5, ink: .quiet)
    let heading = TextStyle(size: 11.5, isBold: true)
    let body = TextStyle(size: 9.5)
    let strong = TextStyle(size: 9.5, isBold: true)
    let label = TextStyle(size: 8.5, ink: .quiet)
    let small = TextStyle(size: 7.8, ink: .quiet)
    let tableHead = TextStyle(size: 8, isBold: true, ink: .quiet)
    let company = TextStyle(size: 10.5, isBold: true)
    let hash = TextStyle(size: 7, face: .mono, ink: .quiet)
    let foot = TextStyle(size: 7.5, ink: .faint)

    let hairline = Strip.Rule(width: 0.4, colour: Colour(grey: 0.84))
    let rule = Strip.Rule(width: 0.8, colour: Colour(0.37, 0.41, 0.46))

    /// Between what stands beside each other.
    let gutter = 18.0
    let beforeBlock = 12.0
    let beforeHeading = 20.0
    let afterHeading = 5.0
    let betweenParagraphs = 6.0

    func trailing(_ style: TextStyle) -> TextStyle {
        var style = style
        style.alignment = .trailing
        return style
    }

    func figures(_ style: TextStyle) -> TextStyle {
        var style = trailing(style)
        style.hasTabularFigures = true
        return style
    }
}
