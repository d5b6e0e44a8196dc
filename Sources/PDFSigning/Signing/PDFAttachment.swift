import Foundation

/// A file that is embedded in the PDF, and of which the PDF was made: its relationship is Source (ISO 32000-2, 7.11.3 and 14.13).
public struct PDFAttachment: Sendable, Equatable {
    /// As readers show and save it; without folders. Unique in the PDF.
    public var name: String
    /// Such as `application/json`.
    public var mediaType: String
    public var description: String?
    public var bytes: [UInt8]

    public init(name: String, mediaType: String, description: String? = nil, bytes: [UInt8]) {
        self.name = name
        self.mediaType = mediaType
        self.description = description
        self.bytes = bytes
    }

    func check() throws(PDFSigningError) {
        guard bytes.count <= PDFSigningLimits.attachmentBytes else {
            throw PDFSigningError(.tooLarge, "The attachment “\(name)” has \(bytes.count) bytes; \(PDFSigningLimits.attachmentBytes) are the most. Leave it out, or make it smaller.")
        }
        guard (1...PDFSigningLimits.textBytes).contains(name.utf8.count), name != ".", name != "..",
              !name.unicodeScalars.contains(where: { $0 == "/" || $0 == "\\" || $0.properties.generalCategory == .control }) else {
            throw PDFSigningError(.invalidRequest, "“\(name)” is no name of an attachment. Give a file's name without folders.")
        }
        guard mediaType.utf8.count <= 127, mediaType.split(separator: "/", omittingEmptySubsequences: false).count == 2,
              mediaType.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw PDFSigningError(.invalidRequest, "“\(mediaType)” is no media type. Give one such as application/json.")
        }
    }
}
