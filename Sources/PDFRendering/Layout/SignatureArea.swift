import Documents

/// What stands above the line of a place to sign in.
enum SignatureArea {
    case empty
    case typed(TextBlock)
    case drawn(SignatureDrawing)
    case picture(DocumentForm.Picture)
    case declined(TextBlock)
}
