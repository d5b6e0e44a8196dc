/// The paper that a document is made for.
public struct PageSize: Sendable, Equatable {
    /// In points of 1/72 inch.
    public let width: Double
    public let height: Double

    /// 210 mm by 297 mm (ISO 216).
    public static let a4 = PageSize(width: 595.28, height: 841.89)
    /// 8.5 by 11 inches.
    public static let letter = PageSize(width: 612, height: 792)

    private init(width: Double, height: Double) {
        self.width = width
        self.height = height
    }
}
