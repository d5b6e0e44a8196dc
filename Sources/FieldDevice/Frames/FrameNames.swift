import ReplicationCore

/// What numbers in frames are called, by a schema.
struct FrameNames: Sendable {
    private let schema: Schema?

    init(_ schema: Schema?) { self.schema = schema }

    func collection(_ number: UInt32) -> String { schema?.collection(number)?.name ?? "collection \(number)" }

    func signal(_ number: UInt32) -> String { schema?.signal(number)?.name ?? "signal \(number)" }

    /// The cell that an operation writes.
    func cell(_ operation: CellOperation) -> String {
        let collection = schema?.collection(operation.key.collection)
        let row = "\(self.collection(operation.key.collection)) …\(operation.key.row.short)"
        switch operation.action {
        case .create: return "create \(row)"
        case .delete: return "delete \(row)"
        case .restore: return "restore \(row)"
        case .set, .add, .remove, .increment: return "\(row).\(collection?.group(operation.part.group)?.name ?? "group \(operation.part.group)")"
        }
    }
}
