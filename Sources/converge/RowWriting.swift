import Foundation
import HubControl
import ReplicationCore
import WireProtocol

extension ControlClient {
    /// Writes fields of a row at the hub, and makes the row if it is not there; says what the hub has answered.
    func write(
        _ collection: String, _ row: RowID, _ values: [String: Value]
    ) throws -> WireImportLineResult.Outcome {
        var out = WireImportRow()
        out.collection = collection
        out.row = Data(row.bytes)
        for (name, value) in values.sorted(by: { $0.key < $1.key }) {
            var field = WireImportField()
            field.name = name
            field.value = WireValue(value)
            out.fields.append(field)
        }
        var line = WireImportLine()
        line.line = 1
        line.rows = [out]
        var command = WireImportCommand()
        let job: ChangesetID = DerivedIdentifier.make("row", [row.bytes, Array("\(Date().timeIntervalSince1970)".utf8)])
        command.job = Data(job.bytes)
        command.lines = [line]
        guard case .import(let result) = try perform(.import(command)), let answer = result.lines.first else {
            throw CommandFailure("The hub answered something else; is it of the same version?")
        }
        if answer.outcome == .refused { throw CommandFailure(answer.reason, code: 3) }
        return answer.outcome
    }
}
