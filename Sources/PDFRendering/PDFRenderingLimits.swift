/// What bounds the work and the size of one document.
public struct PDFRenderingLimits: Sendable {
    public var blocks = 200
    /// Of all tables together.
    public var tableRows = 2_000
    /// Of one table; more could not be read on paper.
    public var tableColumns = 24
    public var photos = 60
    /// Of all texts of the form together, in bytes of UTF-8; those of the audit trail may have as many again.
    public var textBytes = 1 << 20
    public var auditEntries = 2_000
    /// Of one signature.
    public var strokePoints = 10_000
    public var pages = 400
    public var pdfBytes = 40 << 20
    /// Of one picture, as it comes.
    public var pictureBytes = 64 << 20
    /// Of one picture, when it is decoded; 4 bytes each while it is worked on.
    public var picturePixels = 50_000_000
    /// A JPEG within both of these is embedded as it is, and so is a PNG; others are made smaller.
    public var embeddedBytes = 640 << 10
    public var embeddedPixels = 8_000_000
    /// Of the longer side of a picture that is made smaller, in pixels: about 300 to the inch in the widest place of a photo.
    public var reducedSide = 1_600
    /// Of the JPEG that a picture is made smaller to, 1 to 100.
    public var reducedQuality = 84

    public init() {}
}
