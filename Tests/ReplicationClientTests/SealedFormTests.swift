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

    /// A form stays as long as it is the latest of some cell, or tells where a write stood of which no later one tells.
    @Test func aFormStaysWhileItTellsSomething() throws {
        let first = try send(item)
        set(name, [.text("second")])
        let second = try send(item, [name])
        #expect(try kept() == [first, second])
        set(name, [.text("third")])
        let third = try send(item, [name])
        #expect(try kept() == [first, second, third], "who had seen the second value overwrote that one")
        set(window, [.integer(3), .integer(4)])
        let fourth = try send(item, [window])
        #expect(try kept() == [first, second, third, fourth])
        let whole = try send(item)
        #expect(try kept() == [first, second, whole], "it tells what the third and the fourth had told")
        try send(item)
        #expect(try kept() == [first, second, whole], "and so does the next one")
        bench.disconnect()
        bench.hub.safe = bench.hub.head
        bench.connect()
        #expect(try kept() == [], "every backup has it")
    }

    @Test func onlyTheLatestOfManyEarlierFormsAreKept() throws {
        let first = try send(item)
        var sent: [WireRowChange] = []
        for number in 0..<2 * DeviceLimits.earlierFormsPerRow {
            set(name, [.text("\(number)")])
            sent.append(try send(item, [name]))
        }
        #expect(try kept() == [first] + sent.suffix(DeviceLimits.earlierFormsPerRow + 1))
    }

    /// What her role may not read any more is not kept, although it tells something.
    @Test func whatMayNotBeReadAnyMoreGoes() throws {
        try send(item)
        set(name, [.text("second")])
        let second = try send(item, [name])
        bench.hub.forget(item, window)
        set(name, [.text("third")])
        let whole = try send(item)
        #expect(try kept() == [second, whole])
    }

    /// Also where every backup has what may not be read, so that nobody needs it.
    @Test func whatMayNotBeReadAnyMoreGoesAlsoIfItIsSafe() throws {
        bench.disconnect()
        bench.hub.safe = bench.hub.head
        bench.connect()
        set(name, [.text("second")])
        try send(item)
        bench.hub.forget(item, window)
        set(name, [.text("third")])
        let whole = try send(item)
        #expect(try kept() == [whole])
    }

    /// Every cell that is held and may be lost stands in some form, and every form tells what no later one does.
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
            for (index, form) in forms.enumerated() {
                let later = forms[(index + 1)...].flatMap(\.cells)
                let tells = form.cells.contains { cell in
                    cell.siblings.contains { sibling in !later.contains { $0.part == cell.part && $0.siblings.contains(sibling) } }
                        || !later.contains { $0.part == cell.part }
                }
                #expect(tells)
            }
            #expect(forms.count <= held.cells.count + DeviceLimits.earlierFormsPerRow)
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
        set(name, [.text("after it")], of: other)
        bench.deliver(bench.hub.changes(complete: CommitSequence(epoch: 2, number: 5), isRestart: true))
        #expect(try kept(other) == [lost], "the hub may be restored again, to before it was handed in")
        bench.disconnect()
        bench.connect()
        #expect(try kept(other) == [], "every backup has what was handed in")
    }

    /// The hub is restored once more, to before it was told.
    @Test func itIsHandedInAnewAfterAnotherRestore() throws {
        let lost = try restore()
        answer(isLast: true)
        set(name, [.text("after it")], of: other)
        bench.deliver(bench.hub.changes(complete: CommitSequence(epoch: 2, number: 50), isRestart: true))
        bench.disconnect()
        let kept = try #require(bench.hub.restored?.kept)
        bench.hub.restored = (3, kept + [CommitSequence(epoch: 2, number: 9)])
        bench.connect()
        #expect(salvages().count == 2)
        #expect(salvages().last?.sealed.flatMap(\.rows).contains(lost) == true)
    }

    /// A write that goes up carries what its writer had been sent: others may hand in anew what stood there.
    @Test func whatAWriteHasSeenGoesUpWithIt() throws {
        try send(item)
        let kept = bench.hub.head
        set(name, [.text("lost")])
        let seen = try send(item, [name])
        bench.disconnect()
        _ = try bench.write { try $0.set("item", item.row, ["name": .text("after it")]) }
        _ = try bench.write { try $0.create("item", ["name": .text("another")]) }
        bench.hub.restored = (2, [kept])
        bench.hub.nextSite = 4
        bench.connect()
        let uploads = bench.sent.compactMap { if case .upload(let upload) = $0 { upload } else { nil } }
        #expect(uploads.flatMap(\.seen).flatMap(\.rows) == [seen], "and not what the hub has kept")
        #expect(uploads.flatMap(\.envelopes).count == 2)
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
