import ReplicationCore
import Testing

/// Every refusal of a single operation, and that its neighbours pass.
struct OperationCheckTests {
    private let check = OperationCheck(schema: SampleSchema.schema)
    private let dispatcher = SampleSchema.dispatcher, technician = SampleSchema.technician, reader = SampleSchema.reader

    private func operation(_ group: UInt32, _ action: Action, element: String? = nil, in collection: UInt32 = SampleSchema.orders) -> CellOperation {
        CellOperation(
            position: 0, key: RowKey(collection: collection, row: RowID(high: 1, low: 1)),
            part: Part(group: group, element: element), action: action, context: Context())
    }

    private func rule(
        _ group: UInt32, _ action: Action, element: String? = nil, in collection: UInt32 = SampleSchema.orders,
        role: UInt32 = SampleSchema.dispatcher, presence: OperationCheck.RowPresence = .known, isHub: Bool = false
    ) -> Refusal.Rule? {
        check.refusal(
            of: operation(group, action, element: element, in: collection), role: role, presence: presence, isHub: isHub)?.rule
    }

    @Test func everyRuleHasARemedyAndANumber() {
        for rule in Refusal.Rule.allCases {
            #expect(rule.remedy.count > 20 && rule.remedy.hasSuffix("."))
            #expect(Refusal.Rule(rawValue: rule.rawValue) == rule)
        }
        #expect(Refusal.Rule.allCases.map(\.rawValue) == Array(1...26), "numbers stand on the wire")
    }

    private static let hash = String(repeating: "0a", count: 32)

    @Test func placesThatTheSchemaDoesNotHave() {
        #expect(rule(1, .set([.text("x")]), in: 99) == .unknownCollection)
        #expect(rule(77, .set([.text("x")])) == .unknownField)
        #expect(rule(1, .set([.text("x")]), presence: .unknown) == .rowUnknown)
        #expect(rule(1, .set([.text("x")])) == nil)
    }

    /// A value that fits, one of the wrong type, and values outside the domain.
    @Test(arguments: [
        (1, Value.text("x"), Value.integer(1), [Value.text("123456789012345678901"), .text("ééééééééééé")]),
        (3, .text("done"), .boolean(true), [.text("gone"), .text("Done")]),
        (4, .real(1), .integer(1), []),
        (7, .text("\(hash) 1000 image/jpeg"), .bytes([UInt8](repeating: 1, count: 32)), [
            .text("\(hash) 1001 image/jpeg"), .text("\(hash) 1000"), .text("\(hash)"), .text("\(hash) 1 image/jpeg \(hash) 1001"),
        ]),
        (9, .integer(20_000), .text("2026-01-01"), [.integer(106_752), .integer(-106_752), .integer(.min), .integer(.max)]),
        (10, .integer(5), .real(5), [.integer(0), .integer(6)]),
        (11, .boolean(true), .integer(1), []),
        (12, .bytes([UInt8](repeating: 1, count: 16)), .text("x"), [.bytes([1])]),
        (13, .text("users/00000000-0000-7000-8000-000000000001"), .bytes([]), [
            .text("orders/00000000-0000-7000-8000-000000000001"), .text("users/1"), .text(""),
            // The same row in other spellings: equal references have equal bytes.
            .text("users/0000000000007000800000000000000a"), .text("users/00000000-0000-7000-8000-00000000000A"),
            .text("users/00000000-0000-70008000-00000000000a-"),
            .text("users/" + String(repeating: "-", count: 5_000) + "0000000000007000800000000000000a"),
        ]),
        (14, .bytes([1, 2, 3]), .text("abc"), [.bytes([1, 2, 3, 4])]),
    ] as [(UInt32, Value, Value, [Value])])
    func valuesOfEveryType(group: UInt32, good: Value, wrong: Value, outside: [Value]) {
        #expect(rule(group, .set([good])) == nil)
        #expect(rule(group, .set([.null])) == nil)
        #expect(rule(group, .set([wrong])) == .wrongType)
        for value in outside { #expect(rule(group, .set([value])) == .outsideDomain) }
        #expect(rule(group, .set([])) == .wrongType)
        #expect(rule(group, .set([good, good])) == .wrongType)
    }

    /// The ends of what a timestamp may be, among them the one number that has no positive counterpart.
    @Test func timesOutsideEveryCalendar() {
        for value in [Int64.min, .min + 1, .max, 9_223_372_036_855, -9_223_372_036_855] {
            #expect(rule(2, .set([.integer(value), .null])) == .outsideDomain)
        }
        for value in [Int64(0), 9_223_372_036_854, -9_223_372_036_854] {
            #expect(rule(2, .set([.integer(value), .integer(value)])) == nil)
        }
    }

    @Test func eachPolicyTakesItsActionsOnly() {
        let actions: [Action] = [
            .set([.null]), .add, .remove, .increment(1), .create, .delete(covering: []), .restore,
        ]
        let allowed: [UInt32: Set<Int>] = [1: [0], 3: [0], 4: [0], 5: [1, 2], 6: [3], 7: [0]]
        for (group, fitting) in allowed {
            for (index, action) in actions.enumerated() {
                let isSet = index == 1 || index == 2
                let found = rule(group, action, element: isSet ? "x" : nil)
                #expect(found == (fitting.contains(index) ? nil : .wrongAction), "\(action) on \(group)")
            }
        }
        for action in actions.prefix(4) { #expect(rule(0, action) == .wrongAction) }
        #expect(rule(5, .add) == .wrongAction, "without an element")
        #expect(rule(5, .add, element: "123456789012345678901") == .outsideDomain)
        #expect(rule(1, .set([.text("x")]), element: "x") == .wrongType)
    }

    @Test func existence() {
        #expect(rule(0, .create, presence: .unknown) == nil)
        #expect(rule(0, .create, presence: .known) == .rowExists)
        #expect(rule(0, .delete(covering: []), presence: .unknown) == .rowUnknown)
        #expect(rule(0, .restore, presence: .unknown) == .rowUnknown)
        #expect(rule(0, .delete(covering: [])) == nil)
    }

    @Test func rights() {
        #expect(rule(0, .create, role: reader, presence: .unknown) == .noRight)
        #expect(rule(0, .create, role: 77, presence: .unknown) == .noRight)
        #expect(rule(0, .delete(covering: []), role: technician) == .noRight)
        #expect(rule(0, .restore, role: technician) == .noRight)
        #expect(rule(1, .set([.text("x")]), role: reader) == .noRight)
        #expect(rule(1, .set([.text("x")]), role: reader, presence: .beingCreated) == nil)
        #expect(rule(4, .set([.real(1)]), role: technician) == .noRight)
        #expect(rule(4, .set([.real(1)]), role: technician, presence: .beingCreated) == .noRight)
        #expect(rule(4, .set([.real(1)]), role: technician, isHub: true) == nil)
        #expect(rule(1, .set([.text("x")]), role: technician) == nil)
    }

    @Test func hubOnlyGroupsAreTheHubs() {
        #expect(rule(8, .set([.text("N-1")])) == .hubOnly)
        #expect(rule(8, .set([.text("N-1")]), presence: .beingCreated) == .hubOnly)
        #expect(rule(8, .set([.text("N-1")]), isHub: true) == nil)
        #expect(rule(1, .increment(1), in: SampleSchema.stock) == .hubOnly)
        #expect(rule(1, .increment(1), in: SampleSchema.stock, isHub: true) == nil)
        #expect(rule(1, .set([.integer(1)]), in: SampleSchema.stock, isHub: true) == nil)
        #expect(rule(1, .add, element: "x", in: SampleSchema.stock, isHub: true) == .wrongAction)
    }

    @Test func ledgersAreFinal() {
        let movements = SampleSchema.movements
        #expect(rule(1, .set([.integer(1)]), in: movements, presence: .known) == .ledgerIsFinal)
        #expect(rule(1, .set([.integer(1)]), in: movements, presence: .beingCreated) == nil)
        #expect(rule(0, .create, in: movements, presence: .unknown) == nil)
        #expect(rule(0, .delete(covering: []), in: movements) == .ledgerIsFinal)
        #expect(rule(0, .restore, in: movements) == .ledgerIsFinal)
    }

    @Test func aNewRowNeedsItsMandatoryFields() {
        let orders = SampleSchema.orderCollection
        func refusal(_ operations: [CellOperation]) -> Refusal? { check.refusalOfNewRow(operations, in: orders) }
        #expect(refusal([operation(0, .create)])?.rule == .missingMandatory)
        #expect(refusal([operation(0, .create), operation(1, .set([.null]))])?.rule == .missingMandatory)
        #expect(refusal([operation(0, .create), operation(1, .set([]))])?.rule == .missingMandatory)
        #expect(refusal([operation(0, .create), operation(1, .set([.text("x")]))]) == nil)
        #expect(refusal([])?.detail.contains("title") == true)
    }

    @Test func refusalsNameTheField() {
        let refusal = check.refusal(
            of: operation(10, .set([.integer(6)])), role: dispatcher, presence: .known)
        #expect(refusal?.detail.contains("Level (level)") == true)
        #expect(refusal?.detail.contains("1 to 5") == true)
    }
}
