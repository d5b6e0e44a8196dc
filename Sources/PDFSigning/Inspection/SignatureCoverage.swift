/// How much of the file a signature is over.
public enum SignatureCoverage: Sendable, Equatable {
    /// All of it, but for the signature itself.
    case wholeFile
    /// The file as it was when it was signed; the bytes after these were appended later, by further signatures for instance.
    case earlierRevision(bytes: Int)
    /// Something else: part of what it pretends to be over is not signed.
    case irregular
}
