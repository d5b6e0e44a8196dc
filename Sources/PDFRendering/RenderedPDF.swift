import Documents

/// A rendered document.
public struct RenderedPDF: Sendable {
    public let bytes: [UInt8]
    public let pages: Int
    /// Those in whose places it is said that they cannot be shown, in the order of the pages.
    public let unshown: [UnshownPicture]
}

/// A picture that the document names and does not show.
public struct UnshownPicture: Sendable, Equatable {
    public let picture: DocumentForm.Picture
    public let reason: Reason

    public init(picture: DocumentForm.Picture, reason: Reason) {
        self.picture = picture
        self.reason = reason
    }

    public enum Reason: Sendable, Equatable, CaseIterable {
        /// Its bytes are not those of a whole picture.
        case damaged
        /// It is neither PNG nor a baseline or progressive JPEG of grey or three colours.
        case unsupported
        /// It has more bytes or pixels than a picture may have.
        case tooLarge
        /// It has not come yet; in drafts only.
        case toCome
    }
}
