import Foundation
import ReplicationCore
import TestSupport
import WireProtocol

@testable import ReplicationEngine

extension Transcript {
    /// The transcript for people: a table with a column for each device, `↑` to the hub and `↓` from it.
    func inWords() throws -> String {
        var lines = [
            "# \(title)", "",
            "What crossed, in the order in which it did: `↑` to the hub, `↓` from the hub. Made from the frames in the file of the same name beside this one.",
            "", "| | " + devices.map { "\($0.capitalized)'s device" }.joined(separator: " | ") + " |",
            "|---|" + devices.map { _ in "---|" }.joined(),
        ]
        var number = 0
        func add(_ text: String, _ device: String) {
            number += 1
            lines.append("| \(number) | " + devices.map { $0 == device ? text : "" }.joined(separator: " | ") + " |")
        }
        for step in steps {
            switch step.kind {
            case .opened: add("connects", step.device)
            case .closed: add("leaves", step.device)
            case .up, .down:
                let schema = try LabVersions.schema(try version(of: step.device))
                for message in try WireFrame(serializedBytes: step.frame).messages {
                    guard let words = try words(of: message, schema) else { continue }
                    add((step.kind == .up ? "↑ " : "↓ ") + words, step.device)
                }
            }
        }
        for device in devices {
            lines += ["", "What \(device.capitalized)'s device shows in the end:", ""]
            for (collection, rows) in (shown[device] ?? [:]).sorted(by: { $0.key < $1.key }) where !["member", "team"].contains(collection) {
                for (row, fields) in rows.sorted(by: { name($0.key) < name($1.key) }) {
                    lines.append("- \(collection)\(names[row].map { " *\($0)*" } ?? ""): \(named(fields))")
                }
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The schema version of a device, as it said in its greeting.
    private func version(of device: String) throws -> UInt32 {
        for step in steps where step.device == device && step.kind == .up {
            for case .hello(let hello)? in try WireFrame(serializedBytes: step.frame).messages.map(\.body) { return hello.schemaVersion }
        }
        return hubVersion
    }

    private func name(_ row: String) -> String { names[row] ?? row }
    private func named(_ text: String) -> String {
        names.reduce(text) { $0.replacingOccurrences(of: $1.key, with: $1.value) }
    }

    private func words(of message: WireMessage, _ schema: Schema) throws -> String? {
        switch message.body {
        case .timeRequest, .timeReply, nil: return nil
        case .hello(let hello): return "Hello: protocol \(hello.protocolMaximum), schema \(hello.schemaVersion), \(hello.lastCounter) changesets written so far"
        case .challenge: return "Challenge"
        case .proof: return "Proof"
        case .welcome: return "Welcome"
        case .upload(let upload):
            return try "Upload: " + upload.envelopes.map { try changeset(Array($0.changeset), $0.counter, schema) }.joined(separator: "<br>")
        case .verdicts(let verdicts): return try "Verdicts: " + verdicts.receipts.map { try words(of: $0) }.joined(separator: "; ")
        case .changes(let changes): return try words(of: changes, schema)
        case .confirm(let confirm): return "Confirm: durable, last counter \(confirm.lastCounter)"
        default:
            let kind = try Self.messages(in: WireFrame.with { $0.messages = [message] }.serializedBytes()).first?.keys.first ?? ""
            return kind.prefix(1).uppercased() + kind.dropFirst()
        }
    }

    private func changeset(_ bytes: [UInt8], _ counter: UInt64, _ schema: Schema) throws -> String {
        let changeset = try ChangesetCodec.decode(bytes)
        let operations = changeset.operations.map { operation in
            let collection = schema.collection(operation.key.collection)
            let group = collection?.group(operation.part.group)
            let row = "*\(name(operation.key.row.description))*"
            switch operation.action {
            case .create: return "create \(collection?.name ?? "") \(row)"
            case .delete: return "delete \(row)"
            case .restore: return "restore \(row)"
            case .add: return "add \(operation.part.element ?? "") to \(group?.name ?? "") of \(row)"
            case .remove: return "remove \(operation.part.element ?? "") from \(group?.name ?? "") of \(row)"
            case .increment(let amount): return "\(group?.name ?? "") of \(row) by \(amount)"
            case .set(let values): return "\(group?.name ?? "") of \(row) = \(named(values.map(\.inWords).joined(separator: ", ")))"
            }
        }
        return "\(counter) (basis \(changeset.header.basis)): " + operations.joined(separator: ", ")
    }

    private func words(of receipt: WireReceipt) throws -> String {
        let receipt = try ReceiptCodec.decode(receipt)
        let verdicts = receipt.verdicts.map { verdict in
            let outcome = switch verdict.outcome {
            case .accepted: "accepted"
            case .conflict: "accepted, with a conflict"
            case .review: "accepted, to be reviewed"
            case .refused(let refusal): "refused: \(refusal.detail)"
            }
            return verdict.isLate ? outcome + ", late" : outcome
        }
        return "\(receipt.dot.counter) at \(receipt.sequence): " + Set(verdicts).sorted().joined(separator: " / ")
    }

    private func words(of changes: WireChanges, _ schema: Schema) throws -> String {
        var parts: [String] = []
        for part in changes.collections {
            guard let collection = schema.collection(part.collection) else { continue }
            for change in part.rows {
                guard let id = RowID(bytes: change.row) else { continue }
                let row = try RowChangeCodec.decode(change, key: RowKey(collection: collection.number, row: id), in: collection)
                let cells = row.cells.compactMap { cell in
                    collection.group(cell.part.group).map { cell.part.element.map { "\($0)" } ?? $0.name }
                }
                parts.append("\(collection.name) *\(name(id.description))* \(change.whole ? "whole" : "changed"): \(cells.joined(separator: ", "))")
            }
            for row in part.evicted {
                guard let id = RowID(bytes: row) else { continue }
                parts.append("**\(collection.name) *\(name(id.description))* leaves**")
            }
        }
        let kind = changes.live ? "Changes, live" : changes.restart ? "Changes, anew" : "Changes"
        let complete = changes.hasComplete ? "complete up to \(changes.complete.epoch):\(changes.complete.number)" : "more follows"
        return "\(kind), \(complete)" + (parts.isEmpty ? "" : ": ") + parts.joined(separator: "<br>")
    }
}
