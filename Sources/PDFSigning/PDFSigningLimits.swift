/// Every bound of this module.
public enum PDFSigningLimits {
    // MARK: What is signed

    /// Bytes of a PDF, before and after signing. A rendered document has at most 40 MiB; the rest is for attachments and signatures.
    public static let pdfBytes = 64 << 20
    public static let attachments = 16
    /// Bytes of one attachment.
    public static let attachmentBytes = 8 << 20
    /// Bytes in UTF-8 of a reason, name, place, contact, file name or description.
    public static let textBytes = 1024
    /// Signatures of one PDF. To look at them, the PDF is hashed once for each.
    public static let signatures = 100

    // MARK: Certificates

    /// Bytes of a file with certificates or a key.
    public static let credentialFileBytes = 1 << 20
    /// Certificates beside the signer's own.
    public static let chainCertificates = 8
    public static let rsaBits = 2048...8192
    /// Years for which a self-signed certificate can be made.
    public static let validYears = 1...20

    // MARK: Room in a signature

    /// Bytes that a signature needs besides certificates and timestamp, generously.
    static let signatureOverhead = 4096
    /// Bytes of an answer of a timestamp authority; the token in it stands in the signature.
    public static let timestampBytes = 24 << 10

    // MARK: Reading a PDF

    /// Bytes at the end within which `startxref` stands (ISO 32000-1, annex H.3, note 18).
    static let tailBytes = 1024
    /// Incremental updates, the first body included.
    static let sections = 2048
    /// Objects, over all sections, and the largest object number.
    static let objects = 1_000_000
    /// Arrays and dictionaries in one another.
    static let depth = 32
    /// Values in one object.
    static let valuesOfAnObject = 200_000
    /// Bytes read as objects, over all of them, however often each is read.
    static let parsedBytes = 64 << 20
    /// References to references.
    static let references = 8
    /// Nodes of the page tree, and of the tree of form fields.
    static let nodes = 100_000
}
