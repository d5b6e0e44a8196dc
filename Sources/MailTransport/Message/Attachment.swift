/// A file that travels with a message.
public struct Attachment: Sendable, Hashable, PersonalData {
    public let fileName: String
    /// Such as `application/pdf`.
    public let mediaType: String
    public let bytes: [UInt8]

    /// - Parameter fileName: a name without folders, in any script; at most `MailLimits.fileNameBytes`.
    /// - Throws: `invalidPart`, `invalidHeader`, `tooLarge`.
    public init(fileName: String, mediaType: String, bytes: [UInt8]) throws(MailError) {
        try HeaderText.check(fileName, "The name of an attachment", limit: MailLimits.fileNameBytes)
        guard !fileName.isEmpty, !fileName.contains("/"), !fileName.contains("\\") else {
            throw MailError(.invalidPart, "The name of an attachment is empty or has a slash. Give the file's name without its folder.")
        }
        try Self.check(mediaType: mediaType)
        self.fileName = fileName
        self.mediaType = mediaType
        self.bytes = bytes
    }

    public var description: String { "an attachment of \(bytes.count) bytes, \(mediaType)" }

    /// `type/subtype` in the characters of RFC 6838, section 4.2.
    private static func check(mediaType: String) throws(MailError) {
        let sides = mediaType.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard mediaType.utf8.count <= MailLimits.wordBytes, sides.count == 2,
            sides.allSatisfy({ !$0.isEmpty && $0.allSatisfy { HostName.isAlphanumeric($0) || "!#$&-^_.+".utf8.contains($0) } })
        else {
            throw MailError(.invalidPart, "The media type of an attachment is not of the form type/subtype, such as application/pdf.")
        }
        // Those have parts of their own, which base 64 must not hide (RFC 2045, section 6.4).
        guard !["multipart", "message"].contains(mediaType.prefix { $0 != "/" }.lowercased()) else {
            throw MailError(.invalidPart, "An attachment is a file; \(mediaType) is a message.")
        }
    }
}
