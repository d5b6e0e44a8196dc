import Domain
import ReplicationCore
import ReplicationEngine
import Scenarios

/// A stage on which nothing happens but what a test puts there.
final class FakeStage: ScenarioStage {
    let kind: Scenario.Stage
    var elapsed: UInt64 = 0
    var done: [String] = []
    var pending = 0
    var sameness = Sameness.same(rows: 1)
    /// From when on the hub shows this title.
    var title: (text: String, from: UInt64)?
    var fails = false
    var mails: [CustomerMail] = []
    var linkIsOpen: Bool?
    private let schema: Schema

    init(_ kind: Scenario.Stage = .simulated, _ schema: Schema) {
        self.kind = kind
        self.schema = schema
    }

    func pass(_ milliseconds: UInt64) { elapsed += milliseconds }
    func wait() { elapsed += 500 }
    func perform(_ action: Scenario.DeviceAction, by device: String) throws {
        if fails { throw StageError("it is broken") }
        done.append("\(device) \(action)")
    }
    func perform(_ action: Scenario.HubAction) { done.append("hub \(action)") }
    func perform(_ action: Scenario.CustomerAction, by customer: String) { done.append("\(customer) \(action)") }
    func mails(to customer: String) -> [CustomerMail] { mails }
    func linkIsOpen(of customer: String) -> Bool? { linkIsOpen }
    func takeIn(_ rows: [ImportBatch.Row]) { done.append("office \(rows.map(\.collection))") }
    func write(by device: String, _ body: (LocalTransaction) throws -> Void) { done.append("\(device) writes") }
    func now(of device: String) -> Int64 { 0 }
    func hubNow() -> Int64 { 0 }
    func hubSchema() -> Schema { schema }
    func schema(of device: String) -> Schema { schema }
    func query(_ sql: String, _ arguments: [Value], at device: String) -> [StoredRow] { [] }
    func hubRow(_ key: RowKey) -> [String: String]? { title.map { elapsed >= $0.from ? ["title": $0.text] : [:] } }
    func standing(of device: String) -> DeviceStanding { DeviceStanding(pending: pending, conflicts: 0, refused: 0, block: nil) }
    func status(of key: RowKey, at device: String) -> RowStatus? { nil }
    func isSame(_ device: String) -> Sameness { sameness }
}
