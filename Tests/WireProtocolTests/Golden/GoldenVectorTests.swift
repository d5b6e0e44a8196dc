import Crypto
import Foundation
import ReplicationCore
import Testing
import TestSupport
@testable import WireProtocol

/// The committed vectors are what this code makes, and what it reads out of them is what they say.
struct GoldenVectorTests {
    private func vectors(_ name: String) throws -> JSON { try Fixture.json("Fixtures/wire/v1/\(name).json") }

    /// `CONVERGE_WRITE_FIXTURES=1 swift test --filter theFilesAreCurrent` writes them anew.
    @Test func theFilesAreCurrent() throws {
        for file in GoldenVectors.files {
            #expect(
                try Fixture.isCurrent("Fixtures/wire/v1/\(file.name).json", file.content),
                "\(file.name): the bytes of version 1 are frozen; if this is no mistake, it is another version")
        }
    }

    @Test func changesetsMeanWhatTheySay() throws {
        let list = try vectors("changesets").array
        #expect(list.count == GoldenVectors.changesets.count)
        for vector in list {
            let decoded = try ChangesetCodec.decode(try #require(vector["bytes"].bytes))
            #expect(decoded.root == vector["root"].bytes)
            #expect(Describe.header(decoded.header) == vector["header"])
            #expect(JSON.array(decoded.meaning.map { Describe.operation($0) }) == vector["operations"])
        }
    }

    @Test func packedClocksMeanWhatTheySay() throws {
        for vector in try vectors("packed-clocks").array {
            let clock = try #require(vector["clock"].bytes)
            var shown = GoldenVectors.rows.first { PackedClock.encode($0, in: PackedRows.collection) == clock }.map { row in
                row.cells.compactMap { PackedClock.shownOutside(of: $0, in: PackedRows.collection) }
            } ?? []
            #expect(shown.count == vector["shown"].array.count)
            let row = try PackedClock.decode(clock, key: Samples.key(1)) { _ throws(WireError) in
                guard !shown.isEmpty else { throw WireError(.malformed, "no shown values are left") }
                return shown.removeFirst()
            }
            #expect(JSON.array(row.cells.map { Describe.cell($0) }) == vector["cells"])
        }
    }

    @Test func theReceiptMeansWhatItSays() throws {
        let vector = try vectors("receipt")
        var wire = WireReceipt()
        wire.body = Data(try #require(vector["body"].bytes))
        wire.seal = Data(try #require(vector["seal"].bytes))
        #expect(ReceiptCodec.isSealed(wire, key: SymmetricKey(data: try #require(vector["key"].bytes))))
        let receipt = try ReceiptCodec.decode(wire)
        #expect(JSON.array(receipt.verdicts.map { Describe.verdict($0) }) == vector["verdicts"])
        #expect(receipt == Receipts.rich)
    }

    @Test func theEnvelopeAndFramesMeanWhatTheySay() throws {
        let vector = try vectors("envelope")
        let envelope = try WireEnvelope(serializedBytes: try #require(vector["bytes"].bytes))
        #expect(Array(envelope.changeset) == vector["changeset"].bytes)
        #expect(Array(envelope.predecessor) == vector["predecessor"].bytes)
        #expect(String(envelope.counter) == vector["counter"].string)
        #expect(String(envelope.clock.hubMilliseconds) == vector["hubMilliseconds"].string)
        let frames = try vectors("frames").array
        for (vector, message) in zip(frames, GoldenVectors.messages) {
            let frame = GoldenVectors.frame(message.body)
            #expect(try WireFrame(serializedBytes: try #require(vector["bytes"].bytes)) == frame)
            #expect(try WireFrame(jsonString: try #require(vector["json"].string)) == frame)
        }
        #expect(frames.count == 9)
    }

    @Test func sealedRowsAreSealed() throws {
        let list = try vectors("row-seals").array
        #expect(list.count == 4)
        for vector in list {
            let change = try WireRowChange(serializedBytes: try #require(vector["sealed"].bytes))
            var bare = change
            bare.seal = Data()
            #expect(try bare.serializedBytes() == vector["rowChange"].bytes)
            let text = try #require(vector["hub"].string), key = try #require(vector["key"].bytes)
            let seal = RowSeal(hub: try #require(ReplicaID(text)), key: SymmetricKey(data: key))
            #expect(seal.isSealed(change, in: 9, version: 3))
        }
    }

    @Test func theProofHoldsForItsKey() throws {
        let vector = try vectors("proof")
        let message = try #require(vector["message"].bytes)
        let signature = try ReplicaProof.sign(message, privateKey: try #require(vector["privateKey"].bytes))
        #expect(ReplicaProof.isValid(signature, of: message, publicKey: try #require(vector["publicKey"].bytes)))
    }
}
