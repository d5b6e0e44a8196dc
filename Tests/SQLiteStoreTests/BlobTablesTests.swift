import Crypto
import Foundation
import ReplicationCore
import ReplicationEngine
import Testing
import WireProtocol

@testable import SQLiteStore

/// Which blobs are named, since when others are not, and which of those are removed.
struct BlobTablesTests {
    private let folder: TemporaryFolder
    private let store: SQLiteHubStore
    private let row = key(TestSchema.everything, 1), other = key(TestSchema.everything, 2)

    init() throws {
        folder = try TemporaryFolder()
        store = try StoreFactory.makeSQLite(at: folder.file("hub.sqlite"))
    }

    private func blob(_ seed: UInt8, size: UInt64 = 100) throws -> BlobName {
        BlobName(hash: try #require(BlobHash(bytes: [UInt8](repeating: seed, count: 32))), size: size)
    }

    private func text(_ blob: BlobName, _ thumbnail: BlobName? = nil) throws -> String {
        try #require(BlobReference(blob: blob, mediaType: "image/png", thumbnail: thumbnail)).description
    }

    private func write(_ row: RowKey, _ blob: BlobName?, thumbnail: BlobName? = nil) throws {
        let value = try blob.map { Value.text(try text($0, thumbnail)) } ?? .null
        try store.commit([[Edit(key: row, values: [8: [value]])]])
    }

    private func isNamed(_ blob: BlobName) throws -> Bool { try store.read { try $0.isNamed(blob) } }

    /// What is removed when everything that ended up to a moment is due.
    private func collect(endedBefore moment: UInt64 = .max >> 1, limit: Int = 100) throws -> [BlobHash] {
        var removed: [BlobHash] = []
        let count = try store.collectBlobs(endedBefore: moment, limit: limit) { removed.append($0) }
        #expect(count == removed.count)
        return removed.sorted()
    }

    private func offer(_ path: String?, at sequence: CommitSequence, instead former: String? = nil) throws {
        _ = try store.commit { _ in
            var plan = CommitPlan()
            plan.backups = path.map { [BackupRecord(path: $0, sequence: sequence, milliseconds: 1)] } ?? []
            plan.withdrawnBackups = former.map { [$0] } ?? []
            return (plan, ())
        }
    }

    @Test func whatRowsNameStays() throws {
        let a = try blob(1), b = try blob(2), small = try blob(3)
        try write(row, a, thumbnail: small)
        try write(other, a)
        #expect(try isNamed(a) && isNamed(small) && !isNamed(b) && !isNamed(blob(1, size: 99)))
        #expect(try collect() == [])
        try write(row, b)
        #expect(try collect() == [small.hash], "the other row names the whole one")
        try write(other, nil)
        #expect(try collect() == [a.hash])
        #expect(try collect() == [], "once")
        #expect(try isNamed(b) && !isNamed(a))
    }

    @Test func siblingsAndDeletedRowsNameToo() throws {
        let a = try blob(1), b = try blob(2)
        try write(other, nil)
        _ = try store.commit { reader in
            var plan = CommitPlan()
            var head = try reader.head
            head.number += 1
            plan.entries = [makeEntry(head, site: 1)]
            var state = Edit(key: row).applied(to: nil, at: head)
            state[Part(group: 8)] = TestRows.cell(8, [([.text(try text(a))], head.number - 1), ([.text(try text(b))], head.number)])
            plan.rows = [state]
            return (plan, ())
        }
        #expect(try isNamed(a) && isNamed(b))
        try store.commit([[Edit(key: row, isDeletion: true)]])
        #expect(try isNamed(a) && isNamed(b), "it may be restored")
        #expect(try collect() == [])
    }

    @Test func aBlobIsKeptForItsGraceAndForBackups() throws {
        let a = try blob(1), b = try blob(2)
        try write(row, a)
        try write(other, b)
        let before = try store.read { try $0.currentHead() }
        try write(row, nil)
        // The entry of this commit was received at 5,000 and its number.
        let ended = 5_000 + before.number + 1
        #expect(try collect(endedBefore: ended - 1) == [])
        try offer("/b", at: before)
        #expect(try collect() == [], "a restore brings the row back")
        try write(other, nil)
        try offer("/c", at: CommitSequence(epoch: 1, number: before.number + 1), instead: "/b")
        #expect(try collect() == [a.hash], "the backup that is left has b's use, and no more a's")
        // Named again, it begins anew.
        try write(other, b)
        try offer(nil, at: before, instead: "/c")
        #expect(try collect() == [])
    }

    /// What an erased row names, and named before, goes at once, whatever backups and graces there are.
    @Test func erasedRowsTakeTheirBlobsAtOnce() throws {
        let former = try blob(1), present = try blob(2), shared = try blob(3)
        try write(row, former)
        try write(row, shared)
        try write(other, shared)
        try write(row, present)
        try offer("/b", at: CommitSequence(epoch: 1, number: 1))
        #expect(try collect() == [])
        _ = try store.commit { reader in
            var plan = CommitPlan()
            var head = try reader.head
            head.number += 1
            plan.entries = [makeEntry(head, site: 1)]
            plan.rows = [RowState(key: row, cells: [TestRows.alive(head.number)])]
            plan.taken.rows = [TakenRow(key: row, kind: .erased, sequence: head, erasure: ChangesetID(high: 1, low: 1))]
            return (plan, ())
        }
        #expect(try collect(endedBefore: 0) == [former.hash, present.hash])
        #expect(try isNamed(shared))
    }

    @Test func refusedOperationsNameUntilSomebodyHasDealtWithThem() throws {
        let a = try blob(1), b = try blob(2)
        let header = ChangesetHeader(
            identity: ChangesetID(high: 5, low: 5), author: RowID(high: 1, low: 1), role: 1, stamp: HybridTime(milliseconds: 5),
            schemaVersion: 1, basis: .zero)
        let (bytes, _) = try ChangesetCodec.encode(header, [
            CellOperation(position: 0, key: row, part: Part(group: 8), action: .set([.text(try text(a))]), context: Context()),
            CellOperation(position: 1, key: row, part: Part(group: 10, element: try text(b)), action: .add, context: Context()),
        ], saltSeed: [UInt8](repeating: 1, count: 16))
        var sequence = CommitSequence.zero
        _ = try store.commit { reader in
            var plan = CommitPlan()
            var head = try reader.head
            head.number += 1
            sequence = head
            var entry = makeEntry(head, site: 1)
            entry.changeset = bytes
            plan.entries = [entry]
            plan.quarantine = (0..<2).map {
                QuarantinedOperation(
                    sequence: head, position: $0, identity: header.identity, author: header.author,
                    replica: ReplicaID(high: 1, low: 1), refusal: Refusal(.noRight, "no"))
            }
            return (plan, ())
        }
        #expect(try isNamed(a) && isNamed(b))
        #expect(try collect() == [])
        _ = try store.commit { reader in
            var plan = CommitPlan()
            var head = try reader.head
            head.number += 1
            plan.entries = [makeEntry(head, site: 1)]
            plan.settled = [QuarantinedPlace(sequence: sequence, position: 1)]
            return (plan, ())
        }
        #expect(try isNamed(a) && !isNamed(b))
        #expect(try collect() == [b.hash])
    }

    /// After a restore the folder may hold what the store has never heard of.
    @Test func whatIsFoundWithoutAUseHasItsGraceFromThenOn() throws {
        let a = try blob(1), b = try blob(2)
        try write(row, a)
        try store.noteUnnamed([a.hash, b.hash], at: 1_000)
        try store.noteUnnamed([a.hash, b.hash], at: 9_000)
        #expect(try collect(endedBefore: 999) == [])
        #expect(try collect(endedBefore: 1_000) == [b.hash])
    }

    @Test func aLookHasItsLimitAndAFailureLeavesTheRest() throws {
        for seed in UInt8(1)...5 { try store.noteUnnamed([blob(seed).hash], at: 0) }
        struct Broken: Error {}
        #expect(throws: Broken.self) { try store.collectBlobs(endedBefore: 0, limit: 10) { _ in throw Broken() } }
        #expect(try collect(limit: 2).count == 2)
        #expect(try collect(limit: 10).count == 3)
    }
}
