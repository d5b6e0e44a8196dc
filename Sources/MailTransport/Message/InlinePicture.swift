/// A picture that the HTML body shows: `<img src="cid:…">` (RFC 2392).
public struct InlinePicture: Sendable, Hashable, PersonalData {
    public enum Format: String, Sendable, CaseIterable {
        case png = "image/png"
        case jpeg = "image/jpeg"
        case gif = "image/gif"
    }

    /// What the body names it by, such as `logo@harborlift.example`.
    public let contentID: MessageID
    public let format: Format
    public let bytes: [UInt8]

    public init(contentID: MessageID, format: Format, bytes: [UInt8]) {
        self.contentID = contentID
        self.format = format
        self.bytes = bytes
    }

    public var description: String { "a picture of \(bytes.count) bytes, \(format.rawValue)" }
}
