import Foundation
import ReplicationCore
import Testing
import TestSupport
@testable import WireProtocol

/// Limits hold when writing, so that nothing is made that cannot travel, and when reading.
struct ChangesetLimitTests {
    private func code(_ body: () throws -> Void) -> WireError.Code? {
        do {
            try body()
            return nil
        } catch {
            return (error as? WireError)?.code
        }
    }

    private func encode(_ operations: [CellOperation]) throws -> [UInt8] {
        try ChangesetCodec.encode(Samples.header(), operations, saltSeed: Samples.seed).bytes
    }

    @Test func operations() throws {
        let limit = ProtocolLimits.operationsPerChangeset
        let many = Samples.operations((0..<limit + 1).map {
            (Samples.key(1), Part(group: UInt32($0)), .increment(1), Samples.seen(0))
        })
        let most = try encode(Array(many.dropLast()))
        #expect(try ChangesetCodec.decode(most).operationCount == limit)
        #expect(code { _ = try encode(many) } == .tooLarge)
        // One more, as somebody would send it who does not keep the limit.
        var changeset = try WireChangeset(serializedBytes: most)
        var block = try WireRowOperations(serializedBytes: changeset.rows[0].operations)
        block.operations.append(block.operations[0])
        changeset.rows[0].operations = try block.serializedData()
        let bytes: [UInt8] = try changeset.serializedBytes()
        #expect(code { _ = try ChangesetCodec.decode(bytes) } == .tooLarge)
    }

    /// A block without an operation takes little of a message, and memory at whoever reads it. In the erased form each of
    /// the most that there may be has its salt, and that fits.
    @Test func blocks() throws {
        let limit = ProtocolLimits.operationsPerChangeset
        func changeset(_ count: Int) throws -> WireChangeset {
            var changeset = try WireChangeset(serializedBytes: encode([]))
            changeset.rows = try (0..<count).map { number in
                var row = WireRowOperations()
                row.collection = 10
                row.row = Data(Samples.row(UInt64(number)).bytes)
                var block = WireRowBlock()
                block.operations = try row.serializedData()
                return block
            }
            return changeset
        }
        let most: [UInt8] = try changeset(limit).serializedBytes()
        #expect(try ChangesetCodec.decode(most).operations.isEmpty)
        let erased = try ChangesetCodec.erase(rows: [Samples.key(1)], from: most)
        #expect(try ChangesetCodec.decode(erased).erasedRows == 1)
        let more: [UInt8] = try changeset(limit + 1).serializedBytes()
        #expect(code { _ = try ChangesetCodec.decode(more) } == .tooLarge)
        // As many as fit into the largest changeset, of which nothing is read.
        let head = try encode([])
        let empty = head + Array(repeatElement([0x1A, 0], count: (ProtocolLimits.changesetBytes - head.count) / 2).joined())
        #expect(code { _ = try ChangesetCodec.decode(empty) } == .tooLarge)
    }

    @Test func bytes() throws {
        func changeset(_ count: Int) throws -> [UInt8] {
            try encode(Samples.operations([
                (Samples.key(1), Part(group: 1), .set([.bytes([UInt8](repeating: 7, count: count))]), Samples.seen(0)),
            ]))
        }
        let overhead = try changeset(900_000).count - 900_000
        let most = ProtocolLimits.changesetBytes - overhead
        let largest = try changeset(most)
        #expect(largest.count <= ProtocolLimits.changesetBytes)
        #expect(try ChangesetCodec.decode(largest).operationCount == 1)
        #expect(code { _ = try changeset(most + 8) } == .tooLarge)
        #expect(code { _ = try ChangesetCodec.decode(largest + [UInt8](repeating: 0, count: 64)) } == .tooLarge)
    }

    @Test func pendingWritesOfAContext() throws {
        let limit = ProtocolLimits.pendingPerContext
        func context(_ count: Int) -> Context { Samples.seen(0, pending: (0..<count).map { UInt64($0) }) }
        func plain(_ count: Int) -> [CellOperation] {
            Samples.operations([(Samples.key(1), Part(group: 1), .set([.null]), context(count))])
        }
        func covering(_ count: Int) -> [CellOperation] {
            Samples.operations([(Samples.key(1), .liveness, .delete(covering: [
                SeenCell(part: Part(group: 1), context: context(count)),
            ]), Samples.seen(0))])
        }
        for make in [plain, covering] {
            #expect(try ChangesetCodec.decode(encode(make(limit))).operations == make(limit))
            #expect(code { _ = try encode(make(limit + 1)) } == .tooLarge)
        }
        var changeset = try WireChangeset(serializedBytes: encode(plain(limit)))
        var block = try WireRowOperations(serializedBytes: changeset.rows[0].operations)
        block.operations[0].pending.append(Data(repeating: 1, count: 16))
        changeset.rows[0].operations = try block.serializedData()
        let bytes: [UInt8] = try changeset.serializedBytes()
        #expect(code { _ = try ChangesetCodec.decode(bytes) } == .tooLarge)
    }

    @Test func elements() throws {
        func add(_ count: Int) -> [CellOperation] {
            Samples.operations([
                (Samples.key(1), Part(group: 1, element: String(repeating: "e", count: count)), .add, Samples.seen(0)),
            ])
        }
        let longest = add(ProtocolLimits.elementBytes)
        #expect(try ChangesetCodec.decode(encode(longest)).operations == longest)
        #expect(code { _ = try encode(add(ProtocolLimits.elementBytes + 1)) } == .tooLarge)
        var changeset = try WireChangeset(serializedBytes: encode(longest))
        var block = try WireRowOperations(serializedBytes: changeset.rows[0].operations)
        block.operations[0].values[0].text += "e"
        changeset.rows[0].operations = try block.serializedData()
        #expect(try ChangesetCodec.decode(changeset.serializedBytes()).undecodable[0]?.rule == .wrongType)
    }

    @Test func limitsAreConsistent() {
        #expect(ProtocolLimits.areConsistent)
    }

    /// Positions that overlap, leave the range, or rows that come in two blocks.
    @Test func placesThatContradict() throws {
        let bytes = try encode(Samples.plain)
        func changed(_ change: (inout WireChangeset, inout WireRowOperations) throws -> Void) throws -> [UInt8] {
            var changeset = try WireChangeset(serializedBytes: bytes)
            var block = try WireRowOperations(serializedBytes: changeset.rows[0].operations)
            try change(&changeset, &block)
            changeset.rows[0].operations = try block.serializedData()
            return try changeset.serializedBytes()
        }
        let cases = [
            try changed { _, block in block.operations[1].position = 1 },
            try changed { _, block in block.firstPosition = .max },
            try changed { _, block in block.operations[1].position = .max },
            try changed { changeset, _ in changeset.rows[1] = changeset.rows[0] },
            try changed { _, block in block.row.removeLast() },
            try changed { _, block in block.operations[0].pending = [Data([1])] },
            try changed { _, block in block.operations[0].resolves = [Data([1])] },
            try changed { _, block in block.operations[1].values[0].real = .nan },
            try changed { changeset, _ in changeset.saltSeed = Data([1]) },
            try changed { changeset, _ in changeset.saltSeed = Data() },
        ]
        for (index, bytes) in cases.enumerated() {
            #expect(code { _ = try ChangesetCodec.decode(bytes) } == .malformed, "case \(index)")
        }
        let headless = try changed { changeset, _ in changeset.header = Data() }
        #expect(code { _ = try ChangesetCodec.decode(headless) } == .mismatch)
    }
}
