import ReplicationCore
import Testing
@testable import ReplicationEngine

/// Rows that the hub writes itself, from files.
struct ImportTests {
    private let office: Office

    init() throws { office = try Office() }

    private func load(_ fields: [(name: String, value: Value)], into row: RowID) throws -> [ImportBatch.Line] {
        let lines = [ImportBatch.Line(number: 1, rows: [.init(
            collection: "orders", row: row, fields: fields, sets: [("tags", ["a"])], fillsOnly: false)])]
        let job = ChangesetID(high: 5, low: office.head.number)
        let batch = ImportBatch(job: job, isDryRun: false, lines: lines)
        let results = try office.decide([.importLines(ConnectionID(rawValue: 0), request: 1, batch)]).1
        guard case .imported(_, _, let report)? = results.first else { throw Refusal(.wrongAction, "no report") }
        #expect(report.lines.allSatisfy { $0.outcome != .refused }, "\(report.lines.map(\.reason))")
        return lines
    }

    /// A counter's first amount is one more operation of the row, not instead of it.
    @Test func aRowWithACounterArrivesWhole() throws {
        let key = office.newRow(OfficeSchema.orders)
        _ = try load([("visits", .integer(6)), ("title", .text("with a counter")), ("level", .integer(2))], into: key.row)
        #expect(office.row(key)?.isAlive == true)
        #expect(office.value(key, "title") == .text("with a counter"))
        #expect(office.value(key, "visits") == .integer(6))
        #expect(office.value(key, "level") == .integer(2))
        #expect(office.row(key)?.elements(of: 7) == ["a"])
        // A second time nothing is added.
        _ = try load([("visits", .integer(6)), ("title", .text("with a counter"))], into: key.row)
        #expect(office.value(key, "visits") == .integer(6))
    }
}
