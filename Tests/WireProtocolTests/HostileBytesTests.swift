import ReplicationCore
import Testing
import TestSupport
@testable import WireProtocol

/// Bytes that nobody vouches for: cut, changed and made up. They end in a `WireError`, or in something
/// that means the same when it is written again.
struct HostileBytesTests {
    // MARK: Changesets

    /// Checks one input; true if it was accepted.
    private func tryChangeset(_ bytes: [UInt8]) -> Bool {
        let decoded: DecodedChangeset
        do throws(WireError) {
            decoded = try ChangesetCodec.decode(bytes)
        } catch {
            return false
        }
        // Written again, contiguous as a writer writes, it says the same.
        let operations = decoded.meaning
        let isContiguous = operations.enumerated().allSatisfy { $0.offset == Int($0.element.position) }
        if isContiguous, decoded.undecodable.isEmpty {
            do {
                let again = try ChangesetCodec.decode(
                    ChangesetCodec.encode(decoded.header, operations, saltSeed: Samples.seed).bytes)
                #expect(again.meaning == operations && again.header == decoded.header)
            } catch {
                Issue.record("\(Hex.text(bytes)) is accepted and cannot be written: \(error)")
            }
        }
        return true
    }

    @Test func changesetsCutAnywhere() throws {
        var random = SplitMix64(seed: 11)
        for _ in 0..<10 {
            let (header, operations) = Samples.changeset(&random)
            let bytes = try ChangesetCodec.encode(header, operations, saltSeed: Samples.seed).bytes
            let root = try ChangesetCodec.decode(bytes).root
            for count in 0..<bytes.count where tryChangeset(Array(bytes[..<count])) {
                // Cut between two row blocks it is another changeset.
                #expect(try ChangesetCodec.decode(Array(bytes[..<count])).root != root)
            }
        }
    }

    @Test(arguments: 0..<20)
    func changesetsChangedAnywhere(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var accepted = 0
        for _ in 0..<25 {
            let (header, operations) = Samples.changeset(&random)
            let bytes = try ChangesetCodec.encode(header, operations, saltSeed: Samples.seed).bytes
            for _ in 0..<12 where tryChangeset(Mutation.bytes(bytes, &random)) { accepted += 1 }
        }
        #expect(accepted > 0, "mutations that are always refused test little")
    }

    @Test func noise() {
        var random = SplitMix64(seed: 12)
        for _ in 0..<2_000 {
            let bytes = random.bytes(Int(random.next() % 120))
            _ = tryChangeset(bytes)
            _ = tryClock(bytes)
        }
    }

    @Test func erasingNoiseFailsInOrder() throws {
        var random = SplitMix64(seed: 13)
        let bytes = try ChangesetCodec.encode(Samples.header(), Samples.plain, saltSeed: Samples.seed).bytes
        for _ in 0..<2_000 {
            let changed = Mutation.bytes(bytes, &random)
            let erased: [UInt8]
            do throws(WireError) {
                erased = try ChangesetCodec.erase(rows: [Samples.key(1)], from: changed)
            } catch {
                continue
            }
            #expect(try WireChangeset(serializedBytes: erased).saltSeed.isEmpty)
        }
    }

    // MARK: Packed clocks

    private let shown: [Value] = [.text("shown"), .integer(1)]

    private func decodeClock(_ bytes: [UInt8]) throws(WireError) -> RowState {
        try PackedClock.decode(bytes, key: Samples.key(1)) { group throws(WireError) in shown }
    }

    private func tryClock(_ bytes: [UInt8]) -> Bool {
        let row: RowState
        do throws(WireError) {
            row = try decodeClock(bytes)
        } catch {
            return false
        }
        do {
            let again = try PackedRows.roundTrip(row)
            #expect(again == row, "\(Hex.text(bytes)) means something else when written again")
        } catch {
            Issue.record("\(Hex.text(bytes)) is accepted and cannot be written: \(error)")
        }
        return true
    }

    @Test func clocksCutAnywhere() {
        var random = SplitMix64(seed: 14)
        for _ in 0..<20 {
            let bytes = PackedClock.encode(PackedRows.row(&random), in: PackedRows.collection)
            for count in 0..<bytes.count { #expect(!tryClock(Array(bytes[..<count]))) }
            #expect(!tryClock(bytes + [0]))
        }
    }

    @Test(arguments: 0..<20)
    func clocksChangedAnywhere(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var accepted = 0
        for _ in 0..<25 {
            let bytes = PackedClock.encode(PackedRows.row(&random), in: PackedRows.collection)
            for _ in 0..<12 where tryClock(Mutation.bytes(bytes, &random)) { accepted += 1 }
        }
        #expect(accepted > 0)
    }

    @Test func hostileCountsReserveNothing() {
        // Version 1, and counts of 2^63.
        let huge: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F]
        #expect(!tryClock([1] + huge))
        #expect(!tryClock([1, 0] + huge))
        #expect(!tryClock([1, 0, 1, 2, 0, 1, 1] + huge))
        // A number of more than 64 bits, of which the lower ones say zero.
        #expect(!tryClock([1] + [UInt8](repeating: 0x80, count: 9) + [2, 0]))
        #expect(!tryClock([2, 0, 0]))
        #expect(tryClock([1, 0, 0]))
    }

    // MARK: Receipts

    @Test func receiptsChangedAnywhere() throws {
        var random = SplitMix64(seed: 15)
        let receipt = try ReceiptCodec.encode(Receipts.rich, seal: Receipts.seal)
        var accepted = 0
        for _ in 0..<2_000 {
            var changed = receipt
            changed.body = .init(Mutation.bytes(Array(receipt.body), &random))
            if changed.body != receipt.body { #expect(!ReceiptCodec.isSealed(changed, key: Receipts.key)) }
            let read: Receipt
            do throws(WireError) {
                read = try ReceiptCodec.decode(changed)
            } catch {
                continue
            }
            accepted += 1
            #expect(read.sequence.isPossible && read.verdicts.allSatisfy(\.sequence.isPossible))
            // What was read is what is written.
            let again = try ReceiptCodec.decode(try ReceiptCodec.encode(read, seal: Receipts.seal))
            #expect(again.verdicts.map(\.outcome) == read.verdicts.map(\.outcome))
            #expect(again.sequence == read.sequence && again.dot == read.dot && again.root == read.root)
        }
        #expect(accepted > 0, "mutations that are always refused test little")
    }
}
