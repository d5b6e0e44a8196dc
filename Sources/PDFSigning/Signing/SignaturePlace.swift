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
