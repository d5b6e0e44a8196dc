import Foundation
import ReplicationCore
import Testing
import TestSupport
@testable import WireProtocol

/// The reader that goes straight over the bytes, beside one over the generated types: they take the same bytes, read the
/// same out of them and refuse the same others.
struct ReaderAgreementTests {
    private enum Outcome: Equatable {
        case refused(WireError.Code)
        case read(ChangesetHeader, [CellOperation], [UInt32: Refusal], erasedRows: Int, root: [UInt8])

        init(_ decode: () throws(WireError) -> DecodedChangeset) {
            do throws(WireError) {
                let changeset = try decode()
                self = .read(
                    changeset.header, changeset.operations, changeset.undecodable, erasedRows: changeset.erasedRows,
                    root: changeset.root)
            } catch {
                self = .refused(error.code)
            }
        }

        var isRead: Bool { if case .read = self { true } else { false } }
    }

    /// Checks one input; true if both take it.
    private func check(_ bytes: [UInt8]) -> Bool {
        let read = Outcome { () throws(WireError) in try ChangesetCodec.decode(bytes) }
        let expected = Outcome { () throws(WireError) in try GeneratedReading.decode(bytes) }
        #expect(read == expected, "\(Hex.text(bytes))")
        return expected.isRead
    }

    private func golden() throws -> [[UInt8]] {
        try Fixture.json("Fixtures/wire/v1/changesets.json").array.map { try #require($0["bytes"].bytes) }
    }

    /// A changeset that a writer made, now and then one of which rows were erased.
    private func sample(_ random: inout SplitMix64) throws -> [UInt8] {
        let (header, operations) = Samples.changeset(&random)
        let bytes = try ChangesetCodec.encode(header, operations, saltSeed: Samples.seed).bytes
        return random.oneIn(5) ? try ChangesetCodec.erase(rows: [Samples.key(1), Samples.key(3)], from: bytes) : bytes
    }

    @Test func whatWritersMake() throws {
        var random = SplitMix64(seed: 21)
        for bytes in try golden() { #expect(check(bytes)) }
        for _ in 0..<2_000 { #expect(check(try sample(&random))) }
    }

    /// Checks changesets that were changed; not all of them may be taken, nor all refused.
    private func checkChanged(_ seed: UInt64, by change: ([UInt8], inout SplitMix64) -> [UInt8]) throws {
        var random = SplitMix64(seed: seed)
        var taken = 0, all = 0
        let golden = try golden()
        for _ in 0..<200 {
            let bytes = random.oneIn(4) ? golden[Int(random.next() % UInt64(golden.count))] : try sample(&random)
            for _ in 0..<10 {
                all += 1
                if check(change(bytes, &random)) { taken += 1 }
            }
        }
        #expect(taken > all / 20 && taken < all * 19 / 20, "\(taken) of \(all) were taken: such inputs test little")
    }

    @Test(arguments: 0..<10)
    func bytesChangedAnywhere(seed: UInt64) throws {
        try checkChanged(100 + seed) { Mutation.bytes($0, &$1) }
    }

    @Test(arguments: 0..<20)
    func fieldsChangedAnywhere(seed: UInt64) throws {
        try checkChanged(200 + seed) { Mutation.fields($0, depth: 4, &$1) }
    }

    /// Every cut of the golden changesets.
    @Test func cutAnywhere() throws {
        for bytes in try golden() {
            for count in bytes.indices { _ = check(Array(bytes[..<count])) }
        }
    }

    @Test func noise() {
        var random = SplitMix64(seed: 22)
        for _ in 0..<5_000 { _ = check(random.bytes(Int(random.next() % 60))) }
    }

    /// One number too many, and one less, of what may lie in each other: at each level of messages.
    @Test func groupsInEachOther() throws {
        let bytes = try ChangesetCodec.encode(Samples.header(), Samples.plain, saltSeed: Samples.seed).bytes
        func nested(_ levels: Int, in message: [UInt8], at path: ArraySlice<UInt64>) throws -> [UInt8] {
            var random = SplitMix64(seed: 0)
            var fields = try #require(Fields.split(message))
            if let number = path.first {
                let place = try #require(fields.firstIndex { $0.number == number })
                guard case .body(let body) = fields[place].content else { return message }
                fields[place].content = .body(try nested(levels, in: body, at: path.dropFirst()))
                return Fields.joined(fields, &random)
            }
            let start = [UInt8](repeating: 30 << 3 & 0x7F | 3 | 0x80, count: 1) + [1]
            let end = [UInt8](repeating: 30 << 3 & 0x7F | 4 | 0x80, count: 1) + [1]
            let groups = Array(repeatElement(start, count: levels).joined()) + Array(repeatElement(end, count: levels).joined())
            return message + groups
        }
        for path: [UInt64] in [[], [3], [3, 1], [3, 1, 4]] {
            var limits: [Bool] = []
            for levels in [1, 95, 96, 97, 98, 99, 100, 101] {
                limits.append(check(try nested(levels, in: bytes, at: path[...])))
            }
            #expect(limits.first == true && limits.last == false)
        }
    }

    /// The tree that is built leaf by leaf has the root of the definition, at every size.
    @Test func rootsOfTreesOfEverySize() {
        var random = SplitMix64(seed: 23)
        var tree = MerkleTree()
        var leaves: [Data] = []
        for _ in 0..<70 {
            let leaf = random.bytes(32)
            leaves.append(Data(leaf))
            leaf.withUnsafeBytes { tree.append(MerkleTree.Node($0)) }
            #expect(tree.root.bytes == Array(GeneratedReading.root(leaves[...])))
        }
    }
}
