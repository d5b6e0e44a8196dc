import ReplicationCore
import Testing
@testable import ReplicationEngine
@testable import WireProtocol

struct DerivationTests {
    private let office: Office

    init() throws { office = try Office() }

    /// Operations that make a ledger row about stock.
    private func movement(
        of device: Office.Device, _ product: String, _ quantity: Int64, revision: Int64? = nil, remark: String = ""
    ) -> [Office.Operation] {
        let key = office.newRow(OfficeSchema.movements)
        var operations: [Office.Operation] = [
            (key, .liveness, .create, Context()), office.set(key, 1, .text(product)),
            office.set(key, 2, .integer(quantity)), office.set(key, 3, .reference(device.user)),
        ]
        if let revision { operations += [office.set(key, 4, .integer(revision)), office.set(key, 5, .text(remark))] }
        return operations
    }

    private var stock: [String: Int64] {
        Dictionary(uniqueKeysWithValues: office.all(OfficeSchema.stock).map {
            ($0["product"]?.text ?? "", $0["on_hand"]?.integer ?? 0)
        })
    }

    @Test func sumsTakeEachMovementOnceUnderItsDevicesDot() throws {
        try office.ann(movement(of: office.ann, "pump", 10))
        try office.bob(movement(of: office.bob, "pump", -3))
        try office.ann(movement(of: office.ann, "pump", 1) + movement(of: office.ann, "pump", 1) + movement(of: office.ann, "hose", 4))
        #expect(stock == ["pump": 9, "hose": 4])
        let key = try #require(office.store.now.rows.keys.first {
            $0.collection == OfficeSchema.stock && office.value($0, "product") == .text("pump")
        })
        let tally = try #require(office.row(key)?[Part(group: 2)]?.tally)
        #expect(tally.contained == [Dot(site: 1, counter: 2), Dot(site: 2, counter: 1)])
        #expect(office.store.now.rows.keys.count { $0.collection == OfficeSchema.stock } == 2)
    }

    @Test func aSumThatFallsBelowItsMinimumIsReviewedOnce() throws {
        try office.ann(movement(of: office.ann, "pump", 2))
        #expect(office.reviews().isEmpty)
        try office.ann(movement(of: office.ann, "pump", -2))
        #expect(office.reviews().isEmpty)
        try office.ann(movement(of: office.ann, "pump", -1) + movement(of: office.ann, "pump", -1))
        #expect(office.reviews() == ["minimum"])
        try office.ann(movement(of: office.ann, "pump", -1))
        #expect(office.reviews() == ["minimum"], "it was below already")
        #expect(stock == ["pump": -3])
    }

    /// Amounts that no domain bounds: a sum wraps and stops nothing.
    @Test func sumsBeyondEveryMeasure() throws {
        try office.ann(movement(of: office.ann, "pump", .max))
        try office.ann(movement(of: office.ann, "pump", .max))
        try office.ann(movement(of: office.ann, "pump", .min) + movement(of: office.ann, "pump", .min))
        #expect(stock == ["pump": -2])
    }

    @Test func refusedMovementsDoNotCount() throws {
        var operations = movement(of: office.ann, "pump", 5)
        operations[2] = (operations[2].0, operations[2].1, .set([.text("five")]), Context())
        try office.ann(operations)
        #expect(stock == [:] || stock == ["pump": 0])
    }

    private func visit(of order: RowKey) -> (RowKey, [Office.Operation]) {
        let key = office.newRow(OfficeSchema.appointments)
        return (key, [(key, .liveness, .create, Context()), office.set(key, 1, .reference(order.row))])
    }

    private func event(_ visit: RowKey, _ status: String) -> [Office.Operation] {
        let key = office.newRow(OfficeSchema.events)
        return [
            (key, .liveness, .create, Context()), office.set(key, 1, .reference(visit.row)),
            office.set(key, 2, .text(status)),
        ]
    }

    @Test func theFurthestStatePassesTwoLevels() throws {
        let (order, operations) = office.order(of: office.ann)
        let (first, makeFirst) = visit(of: order)
        let (second, makeSecond) = visit(of: order)
        try office.ann(operations + makeFirst + makeSecond)
        try office.ann(event(first, "started"))
        #expect(office.value(first, "progress") == .text("started"))
        #expect(office.value(order, "progress") == .text("started"))
        try office.ann(event(second, "new"))
        #expect(office.value(second, "progress") == .text("new"))
        #expect(office.value(order, "progress") == .text("started"), "never back")
        try office.ann(event(second, "completed"))
        #expect(office.value(order, "progress") == .text("completed"))
        #expect(office.value(first, "progress") == .text("started"))
        try office.ann(event(first, "canceled"))
        #expect(office.reviews() == ["clash"], "completed against canceled, once at the order")
    }

    @Test func severalStepsInOneChangesetReachTheFurthest() throws {
        let (order, operations) = office.order(of: office.ann)
        let (first, makeFirst) = visit(of: order)
        try office.ann(operations + makeFirst)
        try office.ann(event(first, "new") + event(first, "started") + event(first, "completed") + event(first, "started"))
        #expect(office.value(first, "progress") == .text("completed"))
        #expect(office.value(order, "progress") == .text("completed"))
    }

    @Test func theHighestRevisionStandsInEveryOrder() throws {
        func latest() -> [Value?] {
            office.all(OfficeSchema.stock).flatMap { [$0["latest_revision"], $0["latest_remark"]] }
        }
        try office.ann(movement(of: office.ann, "pump", 0, revision: 2, remark: "two"))
        try office.ann(movement(of: office.ann, "pump", 0, revision: 1, remark: "one"))
        #expect(latest() == [.integer(2), .text("two")])
        try office.ann(
            movement(of: office.ann, "pump", 0, revision: 3, remark: "three")
                + movement(of: office.ann, "pump", 0, revision: 5, remark: "five")
                + movement(of: office.ann, "pump", 0, revision: 4, remark: "four"))
        #expect(latest() == [.integer(5), .text("five")])
    }

    @Test func importedRowsCountOnce() throws {
        let row = office.newRow(OfficeSchema.movements)
        let line = ImportBatch.Line(number: 7, rows: [.init(collection: "movements", row: row.row, fields: [
            ("product", .text("pump")), ("quantity", .integer(4)), ("owner", .reference(office.ann.user)),
        ], sets: [], fillsOnly: false)])
        for _ in 0..<2 {
            try office.decide([.importLines(ConnectionID(rawValue: 0), request: 1, ImportBatch(
                job: ChangesetID(high: 5, low: 5), isDryRun: false, lines: [line]))])
        }
        #expect(stock == ["pump": 4])
    }
}
