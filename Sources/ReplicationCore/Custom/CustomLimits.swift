/// The bounds of what an administrator adds at run time, and of what is written in it.
public enum CustomLimits {
    /// Custom fields of a collection, retired ones among them.
    public static let fieldsPerCollection = 200
    /// Mandatory rules of a collection, retired ones among them.
    public static let rulesPerCollection = 200
    /// The longest key, in bytes.
    public static let keyBytes = 40
    /// The longest text that is a value of a custom field, in bytes of UTF-8.
    public static let textBytes = 4_000
    /// The choices of a field, and the longest of them in bytes.
    public static let choices = 60
    public static let choiceBytes = 60
    /// The longest type as text, in bytes: that of most choices.
    public static let typeBytes = 4_000
    /// The longest label, in bytes of UTF-8.
    public static let labelBytes = 120
    /// How many rows lie between a row and its account, at most.
    public static let accountDepth = 8
    /// How many regions lie within each other, at most; what is above counts as not there.
    public static let regionDepth = 32

    /// What a key looks like, for people.
    public static let keyForm = "1 to \(keyBytes) lower-case letters, digits and underscores, a letter first"

    /// True of a key that a custom field may have.
    public static func isKey(_ text: String) -> Bool {
        guard let first = text.utf8.first, (0x61...0x7A).contains(first), text.utf8.count <= keyBytes else { return false }
        return text.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F }
    }

    /// A choice as in a schema file: letters, digits, hyphens and underscores, a letter first.
    static func isChoice(_ text: String) -> Bool {
        guard let first = text.utf8.first, (first | 0x20) >= 0x61, (first | 0x20) <= 0x7A, text.utf8.count <= choiceBytes else { return false }
        return text.utf8.allSatisfy { byte in
            (0x61...0x7A).contains(byte | 0x20) || (0x30...0x39).contains(byte) || byte == 0x5F || byte == 0x2D
        }
    }

    /// The relations that must hold between the limits.
    public static var areConsistent: Bool {
        "choice ".utf8.count + choices * (choiceBytes + 3) <= typeBytes
    }
}
