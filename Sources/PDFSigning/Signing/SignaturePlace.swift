/// Where readers find the signature on the pages.
public enum SignaturePlace: Sendable, Equatable {
    /// In the list of signatures only.
    case invisible
    /// A part of a page that answers a click. The signature draws nothing there; what is seen, the page itself draws.
    ///
    /// - Parameters:
    ///   - page: from 0.
    ///   - rectangle: in points from the page's lower left corner, before the page is turned.
    case page(Int, PDFRectangle)
}

/// In points (ISO 32000-1, 7.9.5).
public struct PDFRectangle: Sendable, Equatable {
    public var left: Double
    public var bottom: Double
    public var width: Double
    public var height: Double

    public init(left: Double, bottom: Double, width: Double, height: Double) {
        self.left = left
        self.bottom = bottom
        self.width = width
        self.height = height
    }
}
