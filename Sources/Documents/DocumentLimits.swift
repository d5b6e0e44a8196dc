/// What bounds documents; in bytes unless said otherwise.
public enum DocumentLimits {
    public static let formBytes = 1 << 20
    public static let templateBytes = 64 << 10
    /// Blocks of a template, and of a form.
    public static let blocks = 200
    /// Of all tables of a form together.
    public static let tableRows = 2_000
    public static let columns = 12
    public static let photos = 60
    /// One text of a form, once it is filled in.
    public static let textBytes = 64 << 10
    /// Fields and rows that filling in a template looks at.
    public static let lookups = 100_000
    /// Lists of rows that a document was made from, and the rows of all of them together.
    public static let lists = 200
    public static let listedRows = 10_000
    /// Sections within sections of a text.
    public static let depth = 8
    /// Words that a template gives for values of choices.
    public static let words = 200
    /// Documents that one person is asked to sign together, on a device or through a link.
    public static let documentsPerSession = 20
}
