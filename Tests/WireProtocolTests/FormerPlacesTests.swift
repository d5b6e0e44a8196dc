import ReplicationCore
import TestSupport
import Testing
@testable import WireProtocol

/// Writes that a restored hub took in again.
struct FormerPlacesTests {
    private func write(_ former: [CommitSequence]) -> Write {
        Write(
            identity: Samples.changeset(1), dot: Dot(site: 3, counter: 4), author: Samples.row(1), role: 1, rank: 0,
            effective: HybridTime(milliseconds: 9), sequence: CommitSequence(epoch: 3, number: 12),
            former: FormerPlaces(former))
    }

    private func at(_ epoch: UInt32, _ number: UInt64) -> CommitSequence { CommitSequence(epoch: epoch, number: number) }

    @Test func aContextOfLostTimeContainsWhatStoodThereThen() {
        let write = write([at(1, 95), at(2, 7)])
        for (context, isContained) in [
            (at(1, 94), false), (at(1, 95), true), (at(1, 1_000), true), (at(2, 6), false), (at(2, 7), true),
            (at(3, 11), false), (at(3, 12), true), (at(4, 1), true), (CommitSequence.zero, false),
        ] {
            #expect(Context(sequence: context).contains(write) == isContained, "\(context)")
        }
        // It was in the first epoch's lost time, and not in the second one.
        #expect(!Context(sequence: at(2, 50)).contains(self.write([at(1, 95)])))
    }

    @Test func ofSeveralPlacesInOneEpochTheLastCounts() {
        #expect(FormerPlaces([at(2, 5), at(1, 9), at(2, 3)])?.places == [at(1, 9), at(2, 5)])
        #expect(FormerPlaces([]) == nil)
    }

    /// Whoever was shown where it stood first had seen it. The hub may draft anew what it had drafted before.
    @Test func ofSeveralPlacesOfOneWriteTheFirstCountsButForTheHubs() {
        let places = [at(2, 5), at(1, 9), at(2, 3)]
        #expect(FormerPlaces(places, of: 7)?.places == [at(1, 9), at(2, 3)])
        #expect(FormerPlaces(places, of: 0)?.places == [at(1, 9), at(2, 5)])
        #expect(FormerPlaces([], of: 7) == nil)
    }

    /// It was written anew before it was known that it had been there: the same write, with one place more.
    @Test func aWriteThatStandsLearnsItsPlacesInLostTime() {
        let part = Part(group: 1), standing = write([])
        func take(_ write: Write, to state: CellState?) -> (state: CellState, reason: MergeReason) {
            Merge.apply(
                IncomingWrite(write: write, context: Context(), action: .set([.text("a")])), to: state, part: part, policy: .lastWriter)
        }
        let before = take(standing, to: nil).state
        var told = write([at(1, 95)])
        told.sequence = at(3, 40)
        let after = take(told, to: before)
        #expect(after.reason.rule == .alreadyKnown)
        #expect(after.state.siblings.map(\.write.former) == [FormerPlaces([at(1, 95)])])
        #expect(after.state.siblings[0].write.sequence == at(3, 12) && after.state.sequence == at(3, 40))
        #expect(take(told, to: after.state).state == after.state, "once")
        #expect(take(standing, to: after.state).state == after.state)
    }

    @Test func bytesThatNoHubMakesAreRefused() throws {
        func bytes(_ former: [(UInt32, UInt64)], epoch: UInt64 = 3) -> [UInt8] {
            var out = ByteWriter(capacity: 64)
            for _ in 0..<4 { out.fixed64(1) }
            for number: UInt64 in [1, 3, 4, 0] { out.varint(number) }
            out.fixed64(9)
            out.varint(epoch | UInt64(former.count) << PackedClock.formerCountShift)
            out.varint(12)
            for (epoch, number) in former {
                out.varint(UInt64(epoch))
                out.varint(number)
            }
            return out.bytes
        }
        func decode(_ bytes: [UInt8]) throws -> Write {
            try bytes.withUnsafeBytes { buffer in
                var reader = ByteReader(buffer)
                return try PackedClock.decodeWrite(&reader)
            }
        }
        #expect(try decode(bytes([(1, 95), (2, 7)])).former?.places == [at(1, 95), at(2, 7)])
        for bad in [[(2, 7), (1, 95)], [(1, 1), (1, 2)], [(3, 1)], [(4, 1)], [(0, 0)], [(1, 1 << 50)]] as [[(UInt32, UInt64)]] {
            #expect(throws: WireError.self, "\(bad)") { _ = try decode(bytes(bad)) }
        }
        // A count without what it counts.
        #expect(throws: WireError.self) { _ = try decode(bytes([], epoch: 3 | 60_000 << 16)) }
    }
}
