import Documents

/// What stands in a place where somebody was to sign. All texts are ready to be read.
public struct RenderedSignature: Sendable {
    /// The name of the `SignaturePlace` that it belongs to.
    public var place: String
    public var signer: String
    /// Such as "Site manager"; may be empty.
    public var role: String
    /// When it was given, already written in the form's language.
    public var signedAt: String
    public var content: Content

    public enum Content: Sendable {
        case typed(String)
        case drawn(SignatureDrawing)
        /// A PNG or JPEG picture, fetched as those of the form are.
        case picture(DocumentForm.Picture)
        /// Signing was refused; the reason may be empty.
        case declined(reason: String)
    }

    public init(place: String, signer: String, role: String, signedAt: String, content: Content) {
        self.place = place
        self.signer = signer
        self.role = role
        self.signedAt = signedAt
        self.content = content
    }
}
