import Foundation
import ReplicationCore
@testable import ReplicationEngine
import SQLiteStore
import Testing
@testable import WireProtocol

/// What a device keeps of what the hub may lose, and hands in.
struct SealedFormTests {
    private let bench: Bench
    private let item = RowKey(collection: TestSchema.item, row: RowID(high: 10, low: 1))
    private let other = RowKey(collection: TestSchema.item, row: RowID(high: 10, low: 2))
    private let name = Part(group: 1), window = Part(group: 2)

    init() throws {
        bench = try Bench()
        for key in [item, other] { bench.hub.create(key, [1: [.text("part")], 2: [.integer(1), .integer(2)]]) }
        bench.connect()
    }

    /// Sends cells of a row as the hub has them now; all of them for nil.
    @discardableResult
    private func send(_ key: RowKey, _ parts: [Part]? = nil, isSealed: Bool = true) throws -> WireRowChange {
        let collection = try #require(TestSchema.schema.collection(key.collection))
        var row = try #require(bench.hub.rows[key])
        if let parts { row.cells.removeAll { !parts.contains($0.part) } }
        var change = RowChangeCodec.encode(row, in: collection)
        change.whole = parts == nil
        if isSealed { change.seal = Data(repeating: UInt8(bench.hub.number), count: RowSeal.bytes) }
        deliver { $0.rows = [change] }
        return change
    }

    private func deliver(_ fill: (inout WireCollectionChanges) -> Void) {
        var part = WireCollectionChanges()
        part.collection = item.collection
        fill(&part)
        var changes = WireChanges()
        changes.cursor = Data([1])
        changes.collections = [part]
        bench.deliver(.changes(changes))
    }

    private func set(_ part: Part, _ values: [Value], of key: RowKey? = nil) {
        bench.hub.write(key ?? item, part, .set(values))
    }

    private func kept(_ key: RowKey? = nil) throws -> [WireRowChange] {
        try bench.store.read { try $0.sealed(of: key ?? item) }.map { try WireRowChange(serializedBytes: $0.change) }
    }

    @Test func aSealedRowIsKeptAsItCame() throws {
        let whole = try send(item)
        #expect(try kept() == [whole])
        #expect(try kept(other) == [])
        try bench.restart()
        #expect(try kept() == [whole], "also after a restart")
    }

    @Test func whatIsNotSealedIsNot() throws {
        try send(item, isSealed: false)
        #expect(try kept() == [])
    }

    /// A form stays as long as it is the latest of some cell.
    @Test func laterFormsTakeTheirPlace() throws {
        let first = try send(item)
        set(name, [.text("second")])
        let second = try send(item, [name])
        #expect(try kept() == [first, second])
        set(name, [.text("third")])
        let third = try send(item, [name])
        #expect(try kept() == [first, third], "nothing is handed in from the second any more")
        set(window, [.integer(3), .integer(4)])
        let fourth = try send(item, [window])
        #expect(try kept() == [first, third, fourth], "the first one has the row's existence")
        let whole = try send(item)
        #expect(try kept() == [whole])
        try send(item, isSealed: false)
        #expect(try kept() == [], "every backup has it")
    }

    /// Every cell that is held and may be lost stands in some form, and every form has such a cell.
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func noneIsMissingAndNoneIsIdle(_ seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        try send(item)
        for step in 0..<40 {
            let parts = [name, window, Part(group: 3, element: "a"), Part(group: 3, element: "b")].filter { _ in Bool.random(using: &random) }
            for part in parts {
                bench.hub.write(item, part, part.element != nil ? .add : part == name ? .set([.text("\(step)")]) : .set([.integer(1), .integer(2)]))
            }
            if Int.random(in: 0..<8, using: &random) == 0 { try send(item) } else if !parts.isEmpty { try send(item, parts) }
            let held = try #require(try bench.store.read { try $0.confirmed(item) })
            let collection = try #require(TestSchema.schema.collection(item.collection))
            let forms = try kept().map { try RowChangeCodec.decode($0, key: item, in: collection) }
            for cell in held.cells { #expect(forms.contains { $0[cell.part] == cell }, "\(cell.part)") }
            for form in forms { #expect(form.cells.contains { held[$0.part] == $0 }) }
            #expect(forms.count <= held.cells.count)
        }
    }

    @Test func anEvictedRowLeavesNothing() throws {
        try send(item)
        try send(other)
        deliver { $0.evicted = [Data(item.row.bytes)] }
        #expect(try kept() == [])
        #expect(try kept(other).count == 1)
    }

    @Test func aRowThatIsNotSentAgainLeavesNothing() throws {
        try send(item)
        try send(other)
        var changes = WireChanges()
        changes.cursor = Data([2])
        changes.restart = true
        changes.complete = WireSequence(bench.hub.head)
        bench.deliver(.changes(changes))
        #expect(try kept() == [] && kept(other) == [])
    }

    @Test func anErasedRowLeavesNothing() throws {
        set(name, [.text("Zdenka Novotna")])
        try send(item)
        var erasure = WireErasure()
        erasure.identity = Data(ChangesetID(high: 4, low: 4).bytes)
        var rows = WireErasedRows()
        rows.collection = item.collection
        rows.ids = Data(item.row.bytes)
        erasure.rows = [rows]
        var erasures = WireErasures()
        erasures.erasures = [erasure]
        #expect(try isInFiles("Zdenka Novotna"))
        bench.deliver(.erasures(erasures))
        #expect(try kept() == [])
        #expect(try !isInFiles("Zdenka Novotna"))
    }

    private func isInFiles(_ text: String) throws -> Bool {
        try FileManager.default.contentsOfDirectory(atPath: bench.folder).contains { file in
            FileManager.default.contents(atPath: bench.folder + "/" + file)?.range(of: Data(text.utf8)) != nil
        }
    }

    @Test func whatEveryBackupHasIsDropped() throws {
        try send(item)
        let safe = bench.hub.head
        set(name, [.text("later")], of: other)
        let later = try send(other)
        bench.disconnect()
        bench.hub.safe = safe
        bench.connect()
        #expect(try kept() == [])
        #expect(try kept(other) == [later])
    }

    // MARK: After a restore

    private func salvages() -> [WireSalvage] {
        bench.sent.compactMap { if case .salvage(let salvage) = $0 { salvage } else { nil } }
    }

    /// The hub goes back behind what it sent of the second row.
    ///
    /// - Parameter offersBackup: one from before both; otherwise none, so that everything that it has is safe.
    private func restore(offersBackup: Bool = false) throws -> WireRowChange {
        try send(item)
        let kept = bench.hub.head
        set(name, [.text("lost")], of: other)
        let lost = try send(other)
        bench.disconnect()
        bench.hub.restored = (2, [kept])
        bench.hub.safe = offersBackup ? CommitSequence(epoch: 1, number: 0) : CommitSequence(epoch: 2, number: 9)
        bench.connect()
        return lost
    }

    private func answer(isLast: Bool) {
        var salvaged = WireSalvaged()
        salvaged.last = isLast
        bench.deliver(.salvaged(salvaged))
    }

    @Test func whatIsLostIsHandedInAsItCame() throws {
        let lost = try restore()
        let salvage = try #require(salvages().first)
        #expect(salvages().count == 1 && salvage.last)
        #expect(salvage.sealed.map(\.collection) == [item.collection] && salvage.sealed[0].schemaVersion == 1)
        #expect(salvage.sealed.flatMap(\.rows) == [lost])
        answer(isLast: true)
        #expect(bench.driver.replica.progress.epoch == 2)
        #expect(try kept(other) == [lost], "until the hub has sent the row: it may be restored again")
        set(window, [.integer(3), .integer(4)], of: other)
        try send(other, [window], isSealed: false)
        #expect(try kept(other) == [lost], "the rest of it is still of lost time")
        try send(other, isSealed: false)
        #expect(try kept(other) == [], "the hub has it again, and every backup too")
    }

    /// Sends more than goes into one message, and is restored to before.
    private func loseMuch() throws -> [RowKey] {
        let safe = bench.hub.head
        let text = String(repeating: "x", count: 1_900)
        let keys = (0..<200).map { RowKey(collection: TestSchema.item, row: RowID(high: 11, low: $0)) }
        for key in keys {
            bench.hub.create(key, [1: [.text(text)]])
            try send(key)
        }
        bench.disconnect()
        bench.hub.restored = (2, [safe])
        bench.connect()
        return keys
    }

    @Test func muchIsHandedInInSeveralMessages() throws {
        let keys = try loseMuch()
        for _ in 0..<10 where bench.driver.replica.progress.epoch == 1 { answer(isLast: salvages().last?.last ?? true) }
        #expect(salvages().count > 2 && salvages().filter(\.last).count == 1)
        let rows = salvages().flatMap(\.sealed).flatMap(\.rows).map(\.row)
        #expect(rows == keys.map { Data($0.row.bytes) }, "each once")
        for salvage in salvages() { #expect(try salvage.serializedData().count < 2 * ProtocolLimits.uploadTargetBytes) }
    }

    /// The hub says so of a copy of the phone whose other self has handed in everything.
    @Test func theHubMayWantNoMore() throws {
        _ = try loseMuch()
        #expect(salvages().map(\.last) == [false])
        answer(isLast: true)
        #expect(salvages().count == 1)
        #expect(bench.driver.replica.progress.epoch == 2)
        #expect(bench.driver.isOnline)
    }

    /// A byte that the disk has changed must not keep the device away for ever.
    @Test func whatTheHubDoesNotKnowAgainIsLeft() throws {
        _ = try restore(offersBackup: true)
        var failure = WireFailure()
        failure.code = .malformed
        failure.message = "no seal"
        bench.deliver(.failure(failure))
        #expect(bench.driver.block == .defect("no seal"))
        let told = bench.events.contains { if case .storeFailed = $0 { true } else { false } }
        #expect(told)
        #expect(try kept(other) == [])
        #expect(try kept().count == 1, "what the hub has not lost was not refused")
        bench.disconnect()
        bench.connect()
        let last = try #require(salvages().last)
        #expect(last.last && last.sealed.isEmpty)
    }
}
