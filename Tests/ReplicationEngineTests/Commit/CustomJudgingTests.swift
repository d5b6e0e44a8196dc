import ReplicationCore
import Testing
@testable import ReplicationEngine
@testable import WireProtocol

/// What an administrator has defined is judged as of what the writer can have known, in all orders of definition, basis and
/// commit.
struct CustomJudgingTests {
    private let office: Office
    private static let rule = RowID(high: 5, low: 1), size = RowID(high: 5, low: 2)

    init() throws { office = try Office(schema: OfficeSchema.withCustom) }

    /// What happens to a rule, in its order.
    enum Step: String { case add, retire, again, basis }

    private func write(_ collection: String, _ id: RowID, _ fields: [String: Value]) throws {
        let rows = [ImportBatch.Row(collection: collection, row: id, fields: fields.map { (name: $0.key, value: $0.value) }, sets: [], fillsOnly: false)]
        let batch = ImportBatch(job: ChangesetID(high: 8, low: office.wall), isDryRun: false, lines: [.init(number: 1, rows: rows)])
        guard case .imported(_, _, let report)? = try office.decide([.importLines(ConnectionID(rawValue: 0), request: 1, batch)]).1.first
        else { return }
        for line in report.lines where line.outcome == .refused { Issue.record("\(line.reason)") }
    }

    private func define(rule field: String, in collection: String = "orders", _ more: [String: Value] = [:]) throws {
        try write("rules", Self.rule, ["collection": .text(collection), "field": .text(field), "retired": .boolean(false)].merging(more) { $1 })
    }

    private func define(size type: String, _ more: [String: Value] = [:]) throws {
        try write("fields", Self.size, [
            "collection": .text("orders"), "key": .text("size"), "type": .text(type), "label_en": .text("Size"), "retired": .boolean(false),
        ].merging(more) { $1 })
    }

    private func put(_ key: RowKey, _ name: String, _ value: Value, seen: Context? = nil) -> Office.Operation {
        let part = Part(group: OfficeSchema.extra, element: name)
        return (key, part, .set([value]), seen ?? Context(sequence: office.row(key)?[part]?.sequence ?? .zero))
    }

    // MARK: Versions

    @Test func appsThatKnowNothingOfItLoseNothingAndAreReviewed() throws {
        let office = try Office(schema: OfficeSchema.withCustomLater)
        let tests = CustomJudgingTests(office)
        // Under the names that collection and field once had.
        try tests.define(rule: "reference", in: "jobs")
        try tests.define(size: "integer 1..9", ["collection": .text("jobs")])
        let part = Part(group: OfficeSchema.extra, element: "size")
        let (key, operations) = office.order(of: office.ann)
        #expect(try office.ann(operations).rules[0] == .missingMandatory)
        let (mine, filled) = office.order(of: office.ann)
        try office.ann(filled + [office.set(mine, 6, .text("7")), tests.put(mine, "size", .integer(3))])

        let receipt = try office.ann([(key, .liveness, .create, Context())] + operations.dropFirst().map { operation in
            (key, operation.1, operation.2, Context())
        }, .init(schemaVersion: 4))
        #expect(receipt.rules.allSatisfy { $0 == .missingMandatory || $0 == .dependsOnRefused } == false)
        #expect(office.reviews() == ["mandatory"])
        // An older app writes the row and is told nothing of the value, which stays.
        try office.ann([office.set(mine, 1, .text("other"))], .init(schemaVersion: 4))
        #expect(office.row(mine)?[part]?.siblings.first?.values == [.integer(3)] && office.value(mine, "title") == .text("other"))
        let older = try #require(office.schema.history.lens(from: 4)?.lens(of: OfficeSchema.orders))
        #expect(try older.down(#require(office.row(mine)), changed: .zero).cells.allSatisfy { $0.part.group != OfficeSchema.extra })
        // What it deletes it has seen as far as it could.
        try office.ann([office.set(mine, 13, .reference(office.dora.user))])
        try office.dora([(mine, .liveness, .delete(covering: [1, 2, 6, 13].map {
            SeenCell(part: Part(group: $0), context: office.seen(mine, $0))
        }), office.seen(mine, 0))], .init(schemaVersion: 4))
        #expect(office.row(mine)?.isAlive == false)
        try office.expectHistory(of: mine)
    }

    private init(_ office: Office) { self.office = office }

    // MARK: Orders

    @Test(arguments: [
        ([Step.add, .basis], Refusal.Rule.missingMandatory, 0), ([.basis, .add], nil, 1), ([.add, .retire, .basis], nil, 0),
        ([.add, .basis, .retire], nil, 0), ([.basis, .add, .retire], nil, 0), ([.add, .retire, .basis, .again], nil, 1),
        ([.add, .retire, .again, .basis], .missingMandatory, 0), ([.add, .basis, .retire, .again], .missingMandatory, 0),
    ])
    func aMandatoryFieldIsJudgedAsOfTheBasis(steps: [Step], refused: Refusal.Rule?, reviews: Int) throws {
        var basis = CommitSequence.zero
        for step in steps {
            switch step {
            case .add, .again: try define(rule: "number")
            case .retire: try write("rules", Self.rule, ["retired": .boolean(true)])
            case .basis: basis = office.head
            }
        }
        let (_, operations) = office.order(of: office.ann)
        let receipt = try office.ann(operations, Office.Options(basis: basis))
        #expect(receipt.rules[0] == refused, "\(steps)")
        #expect(office.reviews() == Array(repeating: "mandatory", count: reviews), "\(steps)")
        if refused == nil { #expect((receipt.verdicts[0].outcome == .review) == (reviews > 0)) }
        // With the field there is nothing to say.
        let (other, filled) = office.order(of: office.ann)
        #expect(try office.ann(filled + [office.set(other, 6, .text("7"))], Office.Options(basis: basis)).rules.allSatisfy { $0 == nil })
        #expect(office.reviews().count == reviews)
    }

    @Test(arguments: [
        ([Step.add, .basis], Refusal.Rule.outsideDomain, 0), ([.basis, .add], nil, 1), ([.add, .retire, .basis], .outsideDomain, 0),
        ([.add, .basis, .retire], .fieldNotInUse, 0), ([.basis, .add, .retire], nil, 1), ([.add, .retire, .basis, .again], .outsideDomain, 0),
    ])
    func aValueIsJudgedAsOfTheBasis(steps: [Step], refused: Refusal.Rule?, reviews: Int) throws {
        let (key, operations) = office.order(of: office.ann)
        try office.ann(operations)
        var basis = CommitSequence.zero
        for step in steps {
            switch step {
            case .add, .again: try define(size: "integer 1..9")
            case .retire: try write("fields", Self.size, ["retired": .boolean(true)])
            case .basis: basis = office.head
            }
        }
        let receipt = try office.ann([put(key, "size", .integer(10))], Office.Options(basis: basis))
        // Of what is out of its domain and not in use any more, the present reason is told.
        let rule = steps.last == .basis && steps.contains(.retire) ? .fieldNotInUse : refused
        #expect(receipt.rules == [rule], "\(steps)")
        #expect(office.reviews() == Array(repeating: "custom_value", count: reviews), "\(steps)")
        #expect((office.row(key)?[Part(group: OfficeSchema.extra, element: "size")] != nil) == (refused == nil))
        try office.expectHistory(of: key)
    }

    @Test func aNarrowerChoiceCountsFromWhenItCanHaveBeenKnown() throws {
        let (key, operations) = office.order(of: office.ann)
        try office.ann(operations)
        try define(size: "choice small | large")
        let before = office.head
        try define(size: "choice small | medium")
        #expect(try office.ann([put(key, "size", .text("large"))], Office.Options(basis: before)).rules == [nil])
        #expect(office.reviews() == ["custom_value"])
        #expect(try office.ann([put(key, "size", .text("large"))]).rules == [.outsideDomain])
        // What only the former definition would have refused.
        #expect(try office.ann([put(key, "size", .text("medium"))], Office.Options(basis: before)).rules == [nil])
        #expect(office.reviews().count == 1)
    }

    @Test func aKeyThatNobodyDefinedIsRefusedWhateverTheBasis() throws {
        let (key, operations) = office.order(of: office.ann)
        try office.ann(operations)
        for basis in [CommitSequence.zero, office.head] {
            #expect(try office.ann([put(key, "weight", .integer(1))], Office.Options(basis: basis)).rules == [.unknownField])
        }
        // Nobody claims less than was confirmed.
        try define(size: "integer 1..9")
        try office.decide([.confirm(office.ann.replica, office.head, lastCounter: office.ann.counter)])
        #expect(try office.ann([put(key, "size", .integer(10))], Office.Options(basis: .zero)).rules == [.outsideDomain])
        #expect(office.reviews().isEmpty)
    }

    @Test func aDefinitionOfTheSameCommitCounts() throws {
        let rows = [ImportBatch.Row(collection: "rules", row: Self.rule, fields: [
            (name: "collection", value: .text("orders")), (name: "field", value: .text("number")),
        ], sets: [], fillsOnly: false)]
        let batch = ImportBatch(job: ChangesetID(high: 8, low: 1), isDryRun: false, lines: [.init(number: 1, rows: rows)])
        let (_, operations) = office.order(of: office.ann)
        var ann = office.ann
        let envelopes = [try office.envelope(&ann, operations)]
        let submissions = envelopes.map { Submission(replica: ann.replica, envelope: $0) }
        // Looked up before the rule is there, and once more behind it.
        let (_, early) = office.order(of: office.bob)
        var bob = office.bob
        let first = [Submission(replica: bob.replica, envelope: try office.envelope(&bob, early))]
        _ = try office.decide([
            .changesets(ConnectionID(rawValue: 1), first), .importLines(ConnectionID(rawValue: 0), request: 1, batch),
            .changesets(ConnectionID(rawValue: 1), submissions),
        ])
        #expect(office.reviews() == ["mandatory"])
    }

    // MARK: The class of a row

    @Test func theClassIsThatWhichTheWriterCanHaveKnown() throws {
        try define(rule: "note", in: "appointments", ["account_type": .text("completed")])
        let (order, operations) = office.order(of: office.ann)
        try office.ann(operations + [office.set(order, 13, .reference(office.dora.user))])
        func appointment(_ options: Office.Options = .init(), _ more: [Office.Operation] = []) throws -> Receipt {
            let key = office.newRow(OfficeSchema.appointments)
            return try office.ann([(key, .liveness, .create, Context()), office.set(key, 1, .reference(order.row))] + more, options)
        }
        let before = office.head
        #expect(try appointment().rules == [nil, nil])
        // Somebody else completes the order.
        try office.dora([office.set(order, 9, .text("completed"))])
        #expect(try appointment(.init(basis: before)).rules == [nil, nil])
        #expect(office.reviews() == ["mandatory"])
        #expect(try appointment().rules == [.missingMandatory, .dependsOnRefused])
        // The writer's own earlier work counts as known, whatever the basis.
        let (mine, made) = office.order(of: office.ann)
        try office.ann(made)
        let old = office.head
        try office.ann([office.set(mine, 9, .text("completed"))], .init(basis: old))
        let key = office.newRow(OfficeSchema.appointments)
        let receipt = try office.ann([(key, .liveness, .create, Context()), office.set(key, 1, .reference(mine.row))], .init(basis: old))
        #expect(receipt.rules == [.missingMandatory, .dependsOnRefused])
    }

    @Test func rowsThatAreMadeTogetherAreJudgedTogether() throws {
        try define(rule: "note", in: "appointments", ["account_type": .text("completed")])
        let (order, operations) = office.order(of: office.ann)
        let key = office.newRow(OfficeSchema.appointments)
        let below: [Office.Operation] = [(key, .liveness, .create, Context()), office.set(key, 1, .reference(order.row))]
        let receipt = try office.ann(below + operations + [office.set(order, 9, .text("completed"))])
        #expect(receipt.rules == [.missingMandatory, .dependsOnRefused, nil, nil, nil, nil])
        let (second, more) = office.order(of: office.ann)
        let other = office.newRow(OfficeSchema.appointments)
        #expect(try office.ann([
            (other, .liveness, .create, Context()), office.set(other, 1, .reference(second.row)),
        ] + more).rules.allSatisfy { $0 == nil })
        #expect(office.reviews().isEmpty)
    }

    @Test func aRegionHoldsForThoseWithinItAlsoWhereTheyGoRoundInACircle() throws {
        try define(rule: "number", ["region": .reference(office.dora.user)])
        try write("users", office.bob.user, ["boss": .reference(office.dora.user)])
        try write("users", office.ann.user, ["boss": .reference(office.bob.user)])
        func order(_ customer: RowID) throws -> Refusal.Rule? {
            let (key, operations) = office.order(of: office.ann)
            return try office.ann(operations + [office.set(key, 13, .reference(customer))]).rules[0]
        }
        for customer in [office.ann.user, office.bob.user, office.dora.user] { #expect(try order(customer) == .missingMandatory) }
        #expect(try office.ann(office.order(of: office.ann).1).rules[0] == nil)
        try write("users", office.bob.user, ["boss": .reference(office.ann.user)])
        #expect(try order(office.ann.user) == nil)
    }

    @Test func aRowThatLacksAFieldBecauseAnotherRowIsNotKnownYetWaitsForThat() throws {
        try define(rule: "customer")
        let (key, operations) = office.order(of: office.ann)
        let unknown = office.newRow(OfficeSchema.users)
        let receipt = try office.ann(operations + [office.set(key, 13, .reference(unknown.row))])
        #expect(receipt.rules == [.dependsOnRefused, .dependsOnRefused, .dependsOnRefused, .unknownReference])
        try write("users", unknown.row, ["name": .text("late")])
        #expect(office.row(key)?.isAlive == true && office.reviews().isEmpty)
        let (_, without) = office.order(of: office.ann)
        #expect(try office.ann(without).rules[0] == .missingMandatory)
    }

    // MARK: Values

    @Test func aValueThatIsRefusedFillsNothingAndOneThatIsReviewedDoes() throws {
        let start = office.head
        try define(size: "integer 1..9")
        let between = office.head
        try define(rule: "extra.size")
        let (key, operations) = office.order(of: office.ann)
        let full = try office.ann(operations + [put(key, "size", .integer(10))])
        #expect(full.rules == [.missingMandatory, .dependsOnRefused, .dependsOnRefused, .outsideDomain])
        let (second, more) = office.order(of: office.ann)
        #expect(try office.ann(more + [put(second, "size", .integer(10))], .init(basis: start)).rules.allSatisfy { $0 == nil })
        #expect(office.reviews() == ["custom_value"])
        let (third, last) = office.order(of: office.ann)
        let receipt = try office.ann(last + [put(third, "size", .integer(10))], .init(basis: between))
        #expect(receipt.rules == [nil, nil, nil, .outsideDomain])
        #expect(office.reviews() == ["custom_value", "mandatory"])
    }

    @Test func anAtomicChangesetIsRefusedWhole() throws {
        try define(size: "integer 1..9")
        let (key, operations) = office.order(of: office.ann)
        var options = Office.Options()
        options.isAtomic = true
        let receipt = try office.ann(operations + [put(key, "size", .integer(10))], options)
        #expect(receipt.rules == [.atomicPeerRefused, .atomicPeerRefused, .atomicPeerRefused, .outsideDomain] && office.row(key) == nil)
    }

    @Test func deletionsCoverValuesByKeyAndUnseenOnesRevive() throws {
        try define(size: "integer 1..9")
        let (key, operations) = office.order(of: office.dora)
        try office.dora(operations + [put(key, "size", .integer(1))])
        try office.dora([office.set(key, 13, .reference(office.dora.user))])
        let part = Part(group: OfficeSchema.extra, element: "size")
        let seen = office.row(key)?.cells.map { SeenCell(part: $0.part, context: Context(sequence: $0.sequence)) } ?? []
        let late = put(key, "size", .integer(2))
        try office.dora([(key, .liveness, .delete(covering: seen), office.seen(key, 0))])
        #expect(office.row(key)?.isAlive == false)
        try office.dora([late])
        #expect(office.row(key)?.isAlive == true && office.row(key)?[part]?.siblings.count == 1)
        #expect(office.reviews() == ["revived"])
        try office.expectHistory(of: key)
    }
}
