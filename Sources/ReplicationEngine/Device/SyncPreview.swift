import Foundation
import ReplicationCore
import WireProtocol

/// What a sync would do, as the hub predicts it: data for people and tools.
public struct SyncPreview: Codable, Sendable, Equatable {
    /// The hub's head on which it was decided.
    public var at: String
    /// Changesets that would go up, and those of them that were not looked at because they are too many.
    public var changesets: Int
    public var unexamined: Int
    public var accepted: Int
    public var withConflict: Int
    public var withReview: Int
    public var refused: [Refused]
    /// Conflicts of which this device would hear.
    public var conflicts: [Conflict]
    /// Fields that would look otherwise here.
    public var changes: [Change]
    /// Rows that would leave this device.
    public var leaving: Int
    /// There is more to come than is listed.
    public var more: Bool
    /// This device was restored or copied: it would get another site first, and nothing was judged.
    public var forks: Bool

    public struct Refused: Codable, Sendable, Equatable {
        public var changeset: String
        public var collection: String
        public var row: String
        public var rule: String
        public var detail: String
        public var remedy: String
    }

    public struct Conflict: Codable, Sendable, Equatable {
        public var subject: String
        public var about: String
        public var theirs: String
        public var yours: String
    }

    public struct Change: Codable, Sendable, Equatable {
        public var collection: String
        public var row: String
        public var title: String?
        public var field: String
        public var from: JSONScalar
        public var to: JSONScalar
    }
}

extension DeviceReplica {
    /// Compares what the hub predicts with what is shown here.
    ///
    /// - Parameters:
    ///   - wire: what the hub predicts.
    ///   - asked: how many changesets the hub was asked about.
    ///   - store: what is shown here.
    public func preview(_ wire: WirePreview, asked: Int, in store: any DeviceReader) throws -> SyncPreview {
        let waiting = try store.unansweredCount()
        var preview = SyncPreview(
            at: try wire.at.core().description, changesets: waiting, unexamined: waiting - asked, accepted: 0, withConflict: 0,
            withReview: 0, refused: [], conflicts: [], changes: [],
            leaving: wire.collections.reduce(0) { $0 + $1.evicted.count }, more: wire.more, forks: wire.forks)
        for body in wire.verdicts { try add(body, to: &preview, store) }
        for part in wire.collections {
            guard let collection = schema.collection(part.collection) else { continue }
            for change in part.rows {
                guard let id = RowID(bytes: change.row) else { throw DeviceError(.malformed, "The hub sent a row id that has not 16 bytes.") }
                let key = RowKey(collection: part.collection, row: id)
                let row = try RowChangeCodec.decode(change, key: key, in: collection)
                try add(row, collection, to: &preview, store)
            }
        }
        return preview
    }

    private func add(_ body: WireReceiptBody, to preview: inout SyncPreview, _ store: any DeviceReader) throws {
        var wire = WireReceipt()
        wire.body = try body.serializedData()
        let receipt = try ReceiptCodec.decode(wire)
        guard let entry = try store.outboxEntry(receipt.identity) else { return }
        let operations = try ChangesetCodec.decode(entry.changeset).operations
        for (position, verdict) in receipt.verdicts.enumerated() {
            switch verdict.outcome {
            case .accepted: preview.accepted += 1
            case .conflict: preview.withConflict += 1
            case .review: preview.withReview += 1
            case .refused(let refusal):
                let key = operations.first { $0.position == UInt32(position) }?.key
                preview.refused.append(SyncPreview.Refused(
                    changeset: receipt.identity.description,
                    collection: key.flatMap { schema.collection($0.collection)?.name } ?? "",
                    row: key?.row.description ?? "", rule: "\(refusal.rule)", detail: refusal.detail,
                    remedy: refusal.rule.remedy))
            }
        }
    }

    private func add(
        _ row: RowState, _ collection: ReplicationCore.Collection, to preview: inout SyncPreview, _ store: any DeviceReader
    ) throws {
        func text(_ field: String) -> String { row.shownValue(of: field, in: collection)?.text ?? "" }
        let held = try store.visible(row.key)
        if collection.name == "conflict" {
            guard held == nil, text("state") == "open" else { return }
            preview.conflicts.append(SyncPreview.Conflict(
                subject: text("subject"), about: text("part_label"), theirs: text("theirs"), yours: text("yours")))
            return
        }
        let title = collection.titleField.flatMap { row.shownValue(of: $0, in: collection)?.text }
        func note(_ field: String, _ from: JSONScalar, _ to: JSONScalar) {
            guard from != to else { return }
            preview.changes.append(SyncPreview.Change(
                collection: collection.name, row: row.key.row.description, title: title, field: field, from: from, to: to))
        }
        if held?.isAlive ?? false != row.isAlive {
            note("existence", .boolean(held?.isAlive ?? false), .boolean(row.isAlive))
        }
        for group in collection.groups {
            if group.isSet {
                func elements(_ row: RowState?) -> JSONScalar { .text(row?.elements(of: group.number).joined(separator: ", ") ?? "") }
                note(group.name, elements(held), elements(row))
                continue
            }
            if group.isKeyed {
                for key in Set(((held?.cells ?? []) + row.cells).filter { $0.part.group == group.number }.compactMap(\.part.element)).sorted() {
                    func value(_ row: RowState?) -> JSONScalar { JSONScalar(row?.customValue(key, in: collection) ?? .null) }
                    note("\(group.name).\(key)", value(held), value(row))
                }
                continue
            }
            for field in group.fields {
                func value(_ row: RowState?) -> JSONScalar { JSONScalar(row?.shownValue(of: field.name, in: collection) ?? .null) }
                note(field.name, value(held), value(row))
            }
        }
    }
}

extension SyncPreview {
    /// For tools: one JSON document, its members by name.
    public var json: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        }
    }

    /// For people.
    public var text: String {
        var lines = ["If this device synced now, with the hub at \(at):"]
        if forks { lines.append("  This device was restored or copied: it would get another place first. Its work is kept, and was not judged here.") }
        let up = changesets == 1 ? "1 changeset" : "\(changesets) changesets"
        let taken = accepted == 1 ? "1 operation" : "\(accepted) operations"
        lines.append("  \(up) would go up\(unexamined > 0 ? ", of which the last \(unexamined) were not looked at" : ""): \(taken) accepted, \(withConflict) with a conflict, \(withReview) for review, \(refused.count) refused")
        lines += refused.map { "  Refused: \($0.collection) \($0.row): \($0.detail) \($0.remedy)" }
        lines += conflicts.map { "  Conflict: \($0.about) of \($0.subject): theirs \($0.theirs), yours \($0.yours)" }
        lines += changes.map { change in
            let name = change.title.map { "“\($0)”" } ?? change.row
            return "  Change: \(change.collection) \(name) · \(change.field): \(change.from.words) → \(change.to.words)"
        }
        if leaving > 0 { lines.append("  \(leaving) rows would leave this device.") }
        if changes.isEmpty, leaving == 0 { lines.append("  Nothing would look otherwise here.") }
        if more { lines.append("  And more than is listed would come.") }
        lines.append("Nothing was changed, here or at the hub.")
        return lines.joined(separator: "\n")
    }
}
