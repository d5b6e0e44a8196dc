import Foundation
import ReplicationCore
import ReplicationEngine
import Testing
import WireProtocol

/// What has crossed the wire to each role's device since it was last emptied.
final class FrameLog {
    struct Cell: Hashable {
        let key: RowKey
        let group: UInt32
    }

    private let schema: Schema
    private var bytes: [String: Data] = [:]
    private var seen: [String: Set<Cell>] = [:]
    /// Messages that carry rows, or say how far the device is.
    private(set) var changes: [String: Int] = [:]
    /// Of the conflict rows that came: which cell each is about.
    private(set) var conflicts: [String: Set<Cell>] = [:]

    init(schema: Schema) { self.schema = schema }

    func empty() { (bytes, seen, changes, conflicts) = ([:], [:], [:], [:]) }

    func take(_ frame: [UInt8], to role: String) throws {
        bytes[role, default: Data()].append(contentsOf: frame)
        for message in try WireFrame(serializedBytes: frame).messages {
            switch message.body {
            case .changes(let message):
                changes[role, default: 0] += 1
                try take(message.collections, to: role)
            case .preview(let preview): try take(preview.collections, to: role)
            // A value may be cut by a fragment's end; none is asked for here.
            case .fragment: Issue.record("a fragment, in which markers are not found")
            default: break
            }
        }
    }

    private func take(_ collections: [WireCollectionChanges], to role: String) throws {
        for part in collections {
            let collection = try #require(schema.collection(part.collection))
            for change in part.rows {
                let key = RowKey(collection: collection.number, row: try #require(RowID(bytes: change.row)))
                let row = try RowChangeCodec.decode(change, key: key, in: collection)
                for cell in row.cells { seen[role, default: []].insert(Cell(key: key, group: cell.part.group)) }
                if collection.name == "conflict", let subject = row.shownValue(of: "subject", in: collection)?.text,
                    let about = schema.rowKey(fromReference: subject),
                    let group = row.shownValue(of: "part_group", in: collection)?.integer {
                    conflicts[role, default: []].insert(Cell(key: about, group: UInt32(group)))
                }
            }
        }
    }

    func cells(of role: String) -> Set<Cell> { seen[role] ?? [] }

    /// True if any of the forms stands somewhere in the frames, be it in a value, a clock or a text.
    func holds(_ forms: [[UInt8]], for role: String) -> Bool {
        bytes[role]?.withUnsafeBytes { all in Self.holds(forms, in: all) } ?? false
    }

    static func holds(_ forms: [[UInt8]], in all: UnsafeRawBufferPointer) -> Bool {
        guard let start = all.baseAddress else { return false }
        return forms.contains { form in
            form.withUnsafeBytes { form in
                guard let wanted = form.baseAddress, let first = form.first else { return false }
                var place = 0
                while place + form.count <= all.count,
                    let hit = memchr(start + place, Int32(first), all.count - form.count - place + 1) {
                    if memcmp(hit, wanted, form.count) == 0 { return true }
                    place = UnsafeRawPointer(hit) - start + 1
                }
                return false
            }
        }
    }
}
