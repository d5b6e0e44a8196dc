import Foundation
import ReplicationCore
import ReplicationEngine
import Scenarios
import WireProtocol

/// What is asked of and written at the hub by its own tools' protocol.
extension RealStage {
    func hubRow(_ key: RowKey) throws -> [String: String]? {
        guard let collection = schema.collection(key.collection) else { return nil }
        var command = WireRowsCommand()
        command.collection = collection.name
        command.field = "id"
        command.values = [key.row.description]
        command.limit = 1
        guard case .report(let json) = try client().perform(.rows(command)) else { throw StageError("The hub answered something else than rows.") }
        return try JSONDecoder().decode(ListedRows.self, from: Data(json.utf8)).rows.first?.compactMapValues(\.text)
    }

    private struct ListedRows: Decodable {
        var rows: [[String: ListedValue]]
    }

    /// A value as the hub lists it.
    private struct ListedValue: Decodable {
        let text: String?

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                text = nil
            } else if let elements = Self.attempt({ try container.decode([String].self) }) {
                text = ShownText.set(of: elements)
            } else if let flag = Self.attempt({ try container.decode(Bool.self) }) {
                text = "\(flag)"
            } else if let number = Self.attempt({ try container.decode(Int64.self) }) {
                text = "\(number)"
            } else if let number = Self.attempt({ try container.decode(Double.self) }) {
                text = "\(number)"
            } else {
                text = try container.decode(String.self)
            }
        }

        /// JSON does not say beforehand what it holds; what is of another kind is tried as that.
        private static func attempt<Result>(_ decode: () throws -> Result) -> Result? { try? decode() }  // see above
    }

    func takeIn(_ rows: [ImportBatch.Row]) throws {
        var command = WireImportCommand()
        var random = SystemRandomNumberGenerator()
        command.job = Data(ChangesetID(high: random.next(), low: random.next()).bytes)
        command.lines = rows.enumerated().map { index, row in
            var line = WireImportLine()
            line.line = UInt64(index + 1)
            var out = WireImportRow()
            out.collection = row.collection
            out.row = Data(row.row.bytes)
            for (name, value) in row.fields {
                var field = WireImportField()
                field.name = name
                field.value = WireValue(value)
                out.fields.append(field)
            }
            for (name, elements) in row.sets {
                var field = WireImportField()
                field.name = name
                field.elements = elements
                out.fields.append(field)
            }
            line.rows = [out]
            return line
        }
        guard case .import(let result) = try client().perform(.import(command)) else { throw StageError("The hub answered something else than an import.") }
        if let refused = result.lines.first(where: { $0.outcome == .refused }) { throw StageError("The hub refuses this write of the office: \(refused.reason)") }
    }
}
