import ReplicationCore
import ReplicationEngine

/// Makes values that a field takes.
struct ValueMaker {
    let schema: Schema
    private static let words = ["pump", "valve", "lift", "door", "cable", "motor", "seal", "gauge"]
    /// Rows that are looked at when one is chosen.
    private static let choices = 50

    /// A value of the type; null where a reference finds no row.
    func make(_ type: FieldType, _ store: any DeviceStore, _ random: inout SplitMix) throws -> Value {
        switch type {
        case .text(let maximum):
            // Few different texts, so that equal values meet.
            let text = "\(Self.words[Int(random.next() % 8)]) \(random.next() % 20)"
            return .text(text.utf8.count <= maximum ? text : String(text.prefix(max(1, maximum))))
        case .integer(let minimum, let maximum):
            return .integer(Int64.random(in: max(minimum, -1_000)...max(max(minimum, -1_000), min(maximum, 1_000)), using: &random))
        case .real: return .real(Double(Int64.random(in: -1_000...1_000, using: &random)) / 4)
        case .boolean: return .boolean(random.next() % 2 == 0)
        case .timestamp: return .integer(Int64(World.start) + Int64(random.next() % 864_000) * 1_000)
        case .date: return .integer(20_000 + Int64(random.next() % 1_000))
        case .choice(let choices): return .text(choices[Int(random.next() % UInt64(choices.count))])
        case .reference(let collection): return try reference(to: [collection], store, &random).map { .reference($0.row) } ?? .null
        case .anyReference(let collections):
            guard let key = try reference(to: collections, store, &random), let collection = schema.collection(key.collection)
            else { return .null }
            return .text("\(collection.name)/\(key.row)")
        case .bytes(let maximum): return .bytes((0..<min(maximum, 8)).map { _ in UInt8(truncatingIfNeeded: random.next()) })
        // Of a type that a definition says, and not the schema.
        case .custom: return .null
        case .blob(let maximum):
            let hash = BlobHash(bytes: (0..<32).map { _ in UInt8(truncatingIfNeeded: random.next()) })
            let reference = hash.flatMap { BlobReference(blob: BlobName(hash: $0, size: 1 + random.next() % maximum), mediaType: "image/jpeg") }
            return reference.map { .text($0.description) } ?? .null
        }
    }

    /// One of few elements, so that users meet.
    static func element(of type: FieldType, _ random: inout SplitMix) -> String {
        let number = Int(random.next() % 4)
        guard type.isBlob, let hash = BlobHash(bytes: Array(repeating: UInt8(number), count: 32)),
            let reference = BlobReference(blob: BlobName(hash: hash, size: 1_000), mediaType: "image/jpeg")
        else { return words[number] }
        return reference.description
    }

    private func reference(
        to collections: [UInt32], _ store: any DeviceStore, _ random: inout SplitMix
    ) throws -> RowKey? {
        guard let number = collections.isEmpty ? nil : collections[Int(random.next() % UInt64(collections.count))],
            let collection = schema.collection(number)
        else { return nil }
        let rows = try living(collection, store)
        return rows.isEmpty ? nil : RowKey(collection: number, row: rows[Int(random.next() % UInt64(rows.count))])
    }

    func living(_ collection: ReplicationCore.Collection, _ store: any DeviceStore) throws -> [RowID] {
        try rows(collection, store, alive: true)
    }

    func rows(_ collection: ReplicationCore.Collection, _ store: any DeviceStore, alive: Bool) throws -> [RowID] {
        try store.query(
            "SELECT id FROM \"\(collection.name)\" WHERE \(alive ? "" : "NOT ")_alive ORDER BY id LIMIT \(Self.choices)", []
        ).compactMap { $0.values[0].row }
    }
}
