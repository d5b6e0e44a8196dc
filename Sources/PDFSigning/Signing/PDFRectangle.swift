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
