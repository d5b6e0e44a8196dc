import ReplicationCore
import Testing
@testable import ReplicationEngine
@testable import WireProtocol

/// Why a field holds what it holds, from the hub's log.
struct ExplanationTests {
    private let office: Office
    private let key: RowKey

    /// An order of Ann's that Dora has in scope as well.
    init() throws {
        office = try Office()
        let (key, operations) = office.order(of: office.ann)
        self.key = key
        try office.ann(operations + [office.set(key, 13, .reference(office.dora.user))])
    }

    private func explain(_ field: String, element: String? = nil, of key: RowKey? = nil) throws -> Explanation {
        let key = key ?? self.key
        return try office.store.read { reader in
            try HubExplainer(reader: reader, schema: office.schema).explain(ExplainQuestion(
                collection: office.schema.collection(key.collection)?.name ?? "", row: key.row, field: field, element: element))
        }
    }

    @Test func whoWhenHavingSeenWhatWhyAndWhatLost() throws {
        let seen = office.seen(key, 1)
        let evidence = ClockEvidence(hubMilliseconds: office.wall + 500, uncertaintyMilliseconds: 8)
        let ann = try office.ann([office.set(key, 1, .text("ann's"), seen: seen)], .init(evidence: evidence))
        let dora = try office.dora([office.set(key, 1, .text("dora's"), seen: seen)])
        let answer = try explain("title")
        #expect(answer.answeredBy == .hub && answer.at == office.head.description)
        #expect(answer.shown == ["title": .text("dora's")])
        #expect(answer.rule == "laterTime" && answer.policy == "last-writer")
        #expect(answer.writes.map(\.standing) == [.shown, .beside, .replaced])
        let (shown, beside, replaced) = (answer.writes[0], answer.writes[1], answer.writes[2])
        #expect(shown.author == "user 3" && shown.role == "dispatcher" && shown.changeset == dora.identity.description)
        #expect(shown.seen == seen.sequence.description && shown.seenPending == [])
        #expect(beside.values == ["title": .text("ann's")] && beside.uncertaintyMilliseconds == 8)
        #expect(beside.milliseconds == evidence.hubMilliseconds)
        #expect(replaced.values == ["title": .text("order")])
        #expect([ann.identity, dora.identity].map(\.description).contains(replaced.replacedBy ?? ""))
        #expect(answer.openConflicts.count == 1)
        #expect(answer.toChange.first?.contains("technician, dispatcher") == true)
        #expect(try Explanation(json: answer.json) == answer)
        for words in ["dora's", "user 3 (dispatcher)", "± 8 ms", "had seen \(seen.sequence)", "laterTime", "To change it"] {
            #expect(answer.text.contains(words), "\(words) is missing in:\n\(answer.text)")
        }
    }

    @Test func whatTheHubComputedNamesItsCause() throws {
        let visit = office.newRow(OfficeSchema.appointments), event = office.newRow(OfficeSchema.events)
        try office.ann([(visit, .liveness, .create, Context()), office.set(visit, 1, .reference(key.row))])
        let cause = try office.ann([
            (event, .liveness, .create, Context()), office.set(event, 1, .reference(visit.row)),
            office.set(event, 2, .text("completed")),
        ])
        let answer = try explain("progress")
        #expect(answer.shown == ["progress": .text("completed")])
        #expect(answer.writes.first?.author == "the hub")
        #expect(answer.writes.first?.consequenceOf == cause.identity.description)
        #expect(answer.toChange == ["The hub computes it from appointments: write there."])
    }

    @Test func whatWasRefusedStandsThereWithItsRemedy() throws {
        try office.ann([office.set(key, 11, .integer(9))])
        let answer = try explain("level")
        #expect(answer.shown == nil)
        #expect(answer.refused.map(\.rule) == ["outsideDomain"])
        #expect(answer.text.contains("Correct the value"))
    }

    /// A released write is explained as what it is: its author's, from when she wrote it.
    @Test func releasedWorkIsItsAuthors() throws {
        let user = office.newRow(OfficeSchema.users)
        let waiting = try office.ann([office.set(key, 13, .reference(user.row))])
        try office.dora([(user, .liveness, .create, Context())])
        let shown = try #require(try explain("customer").writes.first)
        #expect(shown.standing == .shown && shown.changeset == waiting.identity.description && shown.author == "user 1")
    }

    @Test func setsSumsAndQuestionsThatHaveNoAnswer() throws {
        try office.ann([
            (key, Part(group: 7, element: "urgent"), .add, Context()), (key, Part(group: 8), .increment(2), Context()),
        ])
        #expect(try explain("tags", element: "urgent").shown == ["tags": .boolean(true)])
        let sum = try explain("visits")
        #expect(sum.shown == ["visits": .integer(2)] && sum.writes.map(\.standing) == [.added])
        #expect(throws: ExplanationError.self) { try explain("tags") }
        #expect(throws: ExplanationError.self) { try explain("nothing") }
        #expect(throws: ExplanationError.self) { try explain("title", of: office.newRow(OfficeSchema.orders)) }
    }
}
