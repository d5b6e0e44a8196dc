import ReplicationCore
import SwiftProtobuf
import Testing
import TestSupport
@testable import WireProtocol

struct IdentityTests {
    @Test func digestsAddUpInAnyOrder() {
        var random = SplitMix64(seed: 41)
        let rows = (0..<40).map { index in
            var row = PackedRows.row(&random)
            row.key = Samples.key(UInt64(index))
            return row
        }
        let cells = rows.flatMap { row in row.cells.map { (row.key, $0) } }
        var sums: Set<DigestSum> = []
        for _ in 0..<6 {
            var sum = DigestSum()
            for (key, cell) in cells.shuffled(using: &random) { sum.add(CellDigest(of: cell, in: key)) }
            #expect(sum.cells == UInt64(cells.count))
            sums.insert(sum)
        }
        #expect(sums.count == 1)
        // Every part of a cell counts.
        var all = DigestSum()
        for (key, cell) in cells.dropFirst() { all.add(CellDigest(of: cell, in: key)) }
        var other = cells[0].1
        other.sequence.number += 1
        all.add(CellDigest(of: other, in: cells[0].0))
        #expect(!sums.contains(all))
        #expect(all.bytes.count == 32)
    }

    @Test func digestsTellCellsApart() {
        let write = Write(
            identity: Samples.changeset(1), dot: Dot(site: 1, counter: 1), author: .zero, role: 1, rank: 0,
            effective: HybridTime(milliseconds: 5), sequence: CommitSequence(epoch: 1, number: 1))
        func digest(_ change: (inout CellState, inout RowKey) -> Void) -> [UInt8] {
            var cell = CellState(part: Part(group: 1), sequence: write.sequence, siblings: [
                Sibling(write: write, content: .values([.text("a")])),
            ])
            var key = Samples.key(1)
            change(&cell, &key)
            var sum = DigestSum()
            sum.add(CellDigest(of: cell, in: key))
            return sum.bytes
        }
        let digests: [[UInt8]] = [
            digest { _, _ in }, digest { _, key in key.collection = 11 }, digest { _, key in key.row = Samples.row(2) },
            digest { cell, _ in cell.part = Part(group: 2) }, digest { cell, _ in cell.part.element = "" },
            digest { cell, _ in cell.sequence.epoch = 2 }, digest { cell, _ in cell.siblings = [] },
            digest { cell, _ in cell.tally = Tally() }, digest { cell, _ in cell.tally = Tally(sum: 1) },
            digest { cell, _ in cell.siblings[0].content = .values([.text("b")]) },
            digest { cell, _ in cell.siblings[0].content = .present },
            digest { cell, _ in cell.siblings[0].write.rank = 1 },
            digest { cell, _ in cell.siblings[0].write.effective = .zero },
            digest { cell, _ in cell.siblings[0].write.author = Samples.row(5) },
        ]
        #expect(Set(digests).count == digests.count)
    }

    @Test func derivedIdentifiersFollowFromTheirCause() {
        let a: RowID = DerivedIdentifier.make("conflict", [[1, 2], [3]])
        #expect(a == DerivedIdentifier.make("conflict", [[1, 2], [3]]))
        let others: [RowID] = [
            DerivedIdentifier.make("conflict", [[1], [2, 3]]), DerivedIdentifier.make("conflict", [[1, 2, 3]]),
            DerivedIdentifier.make("review", [[1, 2], [3]]), DerivedIdentifier.make("conflict", [[1, 2], [3], []]),
        ]
        #expect(Set(others + [a]).count == 5)
        for id in others {
            #expect(id.bytes[6] >> 4 == 8)
            #expect(id.bytes[8] >> 6 == 0b10)
        }
    }

    @Test func aProofIsGoodForOneHubReplicaAndNonce() throws {
        let (privateKey, publicKey) = ReplicaProof.makeKeys()
        let (_, otherKey) = ReplicaProof.makeKeys()
        let hub = ReplicaID(high: 1, low: 1), replica = ReplicaID(high: 1, low: 2)
        let nonce = [UInt8](repeating: 9, count: 32)
        let message = ReplicaProof.message(hub: hub, replica: replica, nonce: nonce)
        let signature = try ReplicaProof.sign(message, privateKey: privateKey)
        #expect(signature.count == 64)
        #expect(ReplicaProof.isValid(signature, of: message, publicKey: publicKey))
        #expect(!ReplicaProof.isValid(signature, of: message, publicKey: otherKey))
        for other in [
            ReplicaProof.message(hub: ReplicaID(high: 1, low: 3), replica: replica, nonce: nonce),
            ReplicaProof.message(hub: hub, replica: ReplicaID(high: 1, low: 3), nonce: nonce),
            ReplicaProof.message(hub: hub, replica: replica, nonce: nonce.map { $0 + 1 }),
        ] { #expect(!ReplicaProof.isValid(signature, of: other, publicKey: publicKey)) }
        for index in signature.indices {
            var changed = signature
            changed[index] ^= 1
            #expect(!ReplicaProof.isValid(changed, of: message, publicKey: publicKey))
        }
        #expect(!ReplicaProof.isValid([], of: message, publicKey: publicKey))
        #expect(!ReplicaProof.isValid(signature, of: message, publicKey: [1]))
        #expect(throws: WireError.self) { try ReplicaProof.sign(message, privateKey: [1, 2]) }
    }

    @Test func joinedFramesHoldTheMessagesOfBoth() throws {
        var random = SplitMix64(seed: 42)
        func frame() throws -> (WireFrame, [UInt8]) {
            var frame = WireFrame()
            for _ in 0..<random.next() % 4 {
                var message = WireMessage()
                if random.oneIn(2) {
                    var hello = WireHello()
                    hello.lastCounter = random.next()
                    hello.capabilities = ["a", "b"]
                    message.hello = hello
                } else {
                    var request = WireTimeRequest()
                    request.sentMilliseconds = random.next()
                    message.timeRequest = request
                }
                frame.messages.append(message)
            }
            return (frame, try frame.serializedBytes())
        }
        for _ in 0..<50 {
            let (a, aBytes) = try frame()
            let (b, bBytes) = try frame()
            let joined = try WireFrame(serializedBytes: aBytes + bBytes)
            #expect(joined.messages == a.messages + b.messages)
        }
    }
}
