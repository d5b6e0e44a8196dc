import ReplicationClient
import ReplicationCore
import ReplicationEngine
import Testing

/// A device explains what it shows from what it holds, without the hub.
struct ExplainTests {
    private let bench: Bench
    private let item = RowID(high: 4, low: 4)
    private var key: RowKey { RowKey(collection: TestSchema.item, row: item) }

    init() throws {
        bench = try Bench()
        bench.hub.create(key, [1: [.text("pump")], 2: [.integer(1), .integer(2)]])
        bench.connect()
        bench.deliverChanges()
    }

    private func explain(_ field: String, element: String? = nil) throws -> Explanation {
        try bench.store.read {
            try DeviceExplainer(replica: bench.driver.replica, store: $0)
                .explain(ExplainQuestion(collection: "item", row: item, field: field, element: element))
        }
    }

    @Test func anOwnPendingWriteIsShownOverWhatTheHubSaid() throws {
        bench.disconnect()
        let seen = try #require(bench.hub.rows[key]?[Part(group: 2)]?.sequence)
        let commit = try bench.write { try $0.set("item", item, ["ends": .integer(9)]) }
        let answer = try explain("starts")
        #expect(answer.answeredBy == .device)
        #expect(answer.shown == ["starts": .integer(1), "ends": .integer(9)])
        #expect(answer.writes.map(\.standing) == [.shown, .beside])
        #expect(answer.writes[0].changeset == commit?.identity.description && answer.writes[0].sequence == nil)
        #expect(answer.writes[0].seen == seen.description)
        #expect(answer.writes[0].uncertaintyMilliseconds != nil, "the hub's time was measured")
        #expect(answer.writes[1].values == ["starts": .integer(1), "ends": .integer(2)])
        #expect(answer.text.contains("not at the hub yet") && answer.text.contains("has not confirmed"))
        #expect(try Explanation(json: answer.json) == answer)
    }

    @Test func concurrentValuesNameTheRuleAndTheLoser() throws {
        let part = Part(group: 1)
        let seen = try #require(bench.hub.rows[key]?[part]?.sequence)
        bench.hub.write(key, part, .set([.text("first")]), seen: seen)
        bench.hub.write(key, part, .set([.text("second")]), seen: seen)
        bench.deliverChanges()
        let answer = try explain("name")
        #expect(answer.shown == ["name": .text("second")])
        #expect(answer.rule == "laterTime")
        #expect(answer.writes.map(\.values) == [["name": .text("second")], ["name": .text("first")]])
        #expect(answer.writes.map(\.standing) == [.shown, .beside])
        #expect(answer.at == bench.hub.head.description)
    }

    @Test func refusedWorkIsNamedWithItsRemedy() throws {
        bench.hub.refuse = { _ in Refusal(.noRight, "not yours") }
        let commit = try bench.write { try $0.set("item", item, ["name": .text("mine")]) }
        bench.deliverVerdicts()
        let answer = try explain("name")
        #expect(answer.shown == ["name": .text("pump")])
        #expect(answer.refused.map(\.changeset) == [commit?.identity.description ?? ""])
        #expect(answer.text.contains("not yours"))
    }

    @Test func whatIsNotHereCannotBeExplained() throws {
        #expect(throws: ExplanationError.self) { try explain("nothing") }
        #expect(throws: ExplanationError.self) {
            try bench.store.read {
                try DeviceExplainer(replica: bench.driver.replica, store: $0)
                    .explain(ExplainQuestion(collection: "item", row: RowID(high: 8, low: 8), field: "name"))
            }
        }
        let hidden = #expect(throws: ExplanationError.self) { try explain("cost") }
        #expect(hidden.map { "\($0)".contains("role Technician") } == true, "it is there, and not for this user")
        #expect(try explain("number").toChange.first?.contains("hub sets it") == true)
    }
}
