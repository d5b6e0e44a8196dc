import ReplicationCore
import ReplicationEngine

/// The power goes before a transaction is durable: everything is done, and nothing of it stays.
struct FailingDeviceStore: DeviceStore {
    struct PowerLoss: Error {}

    let base: any DeviceStore

    var schema: Schema? { base.schema }

    func write<Result>(_ body: (any DeviceTransaction) throws -> Result) throws -> Result {
        try base.write { transaction in
            _ = try body(transaction)
            throw PowerLoss()
        }
    }

    func read<Result>(_ body: (any DeviceReader) throws -> Result) throws -> Result { try base.read(body) }
    func query(_ sql: String, _ arguments: [Value]) throws -> [StoredRow] { try base.query(sql, arguments) }
    func collections(readBy sql: String) throws -> Set<String> { try base.collections(readBy: sql) }
    func scrub() throws { try base.scrub() }
    func close() throws { try base.close() }
}
