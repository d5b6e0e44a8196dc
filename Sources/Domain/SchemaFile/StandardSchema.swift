import ReplicationCore

/// The schema of the first domain, account management and field service, as this build carries it.
public enum StandardSchema {
    /// The file that the text was made from, for messages.
    public static let file = "Protocol/schema/field-service.yaml"

    /// Reads the embedded text.
    ///
    /// - Throws: its mistakes; a test sees to it that there are none.
    public static func load() throws(SchemaError) -> Schema {
        try SchemaLoader.load(text: text, file: file)
    }
}
