import Foundation
import ReplicationCore
import SwiftProtobuf
import Testing
import TestSupport
@testable import WireProtocol

/// What is read and written in place is what the general way reads and writes.
struct UncontestedRowTests {
    private static let collection = PackedRows.collection

    /// A row whose cells have one value each, by some writers.
    private static func row(_ random: inout SplitMix64) -> RowState {
        let writes = (1...(1 + random.next() % 3)).map { number in
            Write(
                identity: ChangesetID(high: 9, low: number), dot: Dot(site: Site(number), counter: random.next() >> 40),
                author: Samples.row(number), role: UInt32(random.next() % 300), rank: UInt32(random.next() % 3),
                effective: HybridTime(rawValue: random.next() >> 8), sequence: CommitSequence(epoch: 1, number: random.next() >> 30))
        }
        var row = RowState(key: RowKey(collection: collection.number, row: RowID(high: random.next(), low: random.next())))
        if !random.oneIn(5) { row[.liveness] = cell(.liveness, .alive, writes[0]) }
        for group in collection.groups where !group.isSet && !group.isKeyed && !random.oneIn(3) {
            let values = group.fields.map { _ in Samples.value(&random) }
            row[Part(group: group.number)] = cell(Part(group: group.number), .values(values), writes[Int(random.next() % UInt64(writes.count))])
        }
        return row
    }

    private static func cell(_ part: Part, _ content: Sibling.Content, _ write: Write) -> CellState {
        CellState(part: part, sequence: write.sequence, siblings: [Sibling(write: write, content: content)])
    }

    private static func change(_ row: RowState) -> WireRowChange {
        var change = WireRowChange()
        change.row = Data(row.key.row.bytes)
        change.clock = Data(PackedClock.encode(row, in: collection))
        change.values = row.cells.flatMap { PackedClock.shownOutside(of: $0, in: collection) ?? [] }.map { WireValue($0) }
        change.whole = true
        return change
    }

    /// The row as the general way reads it.
    private static func decoded(_ bytes: [UInt8]) throws -> RowState {
        let change = try WireRowChange(serializedBytes: bytes)
        guard change.whole, change.seal.isEmpty, change.contained.isEmpty, change.unknownFields.data.isEmpty,
            let id = RowID(bytes: change.row)
        else { throw WireError(.malformed, "it goes another way") }
        var values = try change.values.map { try $0.core() }[...]
        let row = try PackedClock.decode(Array(change.clock), key: RowKey(collection: collection.number, row: id)) {
            number throws(WireError) in
            guard let count = collection.group(number)?.fields.count, values.count >= count else { throw WireError(.malformed, "values") }
            defer { values.removeFirst(count) }
            return Array(values.prefix(count))
        }
        guard values.isEmpty, row.cells.allSatisfy(\.sequence.isPossible) else { throw WireError(.malformed, "values are left") }
        return row
    }

    /// - Returns: whether the bytes were read in place; then they are a row, and the same one.
    private static func isRead(_ bytes: [UInt8], _ reader: inout UncontestedRow) throws -> Bool {
        try bytes.withUnsafeBytes { buffer in
            guard reader.read(buffer) else { return false }
            let row = try decoded(bytes)
            #expect(reader.id == row.key.row && reader.clock.isAlive == row.isAlive)
            #expect(reader.clock.sequence == row.sequence && reader.clock.latestEffective == row.latestEffective)
            #expect(reader.columns.map(\.copied) == row.shownValues(in: collection))
            #expect([UInt8](reader.packedClock) == PackedClock.encode(row, in: collection))
            var counted = HeldSum(), added = HeldSum()
            counted.replace(nil, by: row)
            added.add(reader)
            #expect(counted == added)
            return true
        }
    }

    @Test(arguments: 0..<20)
    func rowsThatNobodyContestsAreReadInPlace(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var reader = UncontestedRow(of: Self.collection)
        for _ in 0..<30 {
            let bytes: [UInt8] = try Self.change(Self.row(&random)).serializedBytes()
            #expect(try Self.isRead(bytes, &reader))
        }
    }

    @Test(arguments: 0..<20)
    func othersAreNot(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var reader = UncontestedRow(of: Self.collection)
        for _ in 0..<100 {
            let row = PackedRows.row(&random)
            let isPlain = row.cells.allSatisfy { cell in
                cell.siblings.count == 1 && cell.tally == nil && cell.part.element == nil && cell.sequence == cell.siblings[0].write.sequence
                    && (cell.part == .liveness ? cell.siblings[0].content == .alive : true)
            }
            #expect(try Self.isRead(Self.change(row).serializedBytes(), &reader) == isPlain)
        }
        #expect(try !Self.isRead(Self.change(PackedRows.keyed).serializedBytes(), &reader))
    }

    @Test func whatIsSealedOrNotWholeGoesTheGeneralWay() throws {
        var random = SplitMix64(seed: 5)
        var reader = UncontestedRow(of: Self.collection)
        let whole = Self.change(Self.row(&random))
        var part = whole, sealed = whole
        part.whole = false
        sealed.seal = Data(repeating: 1, count: 16)
        #expect(try Self.isRead(whole.serializedBytes(), &reader))
        #expect(try !Self.isRead(part.serializedBytes(), &reader))
        #expect(try !Self.isRead(sealed.serializedBytes(), &reader))
    }

    /// Any byte may be another, and any of the last may be missing: then it is another row, read as the general way reads it, or it is
    /// left to that.
    @Test(arguments: 0..<4)
    func hostileBytesAreReadAsTheGeneralWayReadsThem(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var reader = UncontestedRow(of: Self.collection)
        let good: [UInt8] = try Self.change(Self.row(&random)).serializedBytes()
        var read = 0
        for place in good.indices {
            #expect(try !Self.isRead(Array(good[..<place]), &reader))
            for byte in [good[place] ^ 0x80, good[place] &+ 1, good[place] &- 1, 0, 0xFF, UInt8(truncatingIfNeeded: random.next())] {
                var bytes = good
                bytes[place] = byte
                if try Self.isRead(bytes, &reader) { read += 1 }
            }
        }
        #expect(read > good.count / 2, "identities, times and texts may be any")
    }

    @Test func aWriteThatNoCellNamesGoesTheGeneralWay() throws {
        let write = Write(
            identity: ChangesetID(high: 9, low: 1), dot: Dot(site: 1, counter: 1), author: Samples.row(1), role: 1, rank: 0,
            effective: HybridTime(milliseconds: 5), sequence: CommitSequence(epoch: 1, number: 3))
        var row = RowState(key: RowKey(collection: Self.collection.number, row: Samples.row(2)))
        row[.liveness] = Self.cell(.liveness, .alive, write)
        let packed = PackedClock.encode(row, in: Self.collection)
        var clock = UncontestedClock()
        #expect(packed.withUnsafeBytes { clock.read($0) })
        let place = try #require(clock.cells.first).write.bytes
        var other = Array(packed[place])
        other[0] ^= 1
        let surplus = [packed[0], 2] + packed[place] + other + packed[place.upperBound...]
        #expect(place.lowerBound == 2 && !surplus.withUnsafeBytes { clock.read($0) })
    }

    @Test func numbersInALongerFormGoTheGeneralWay() throws {
        var random = SplitMix64(seed: 3)
        var clock = UncontestedClock()
        let packed = PackedClock.encode(Self.row(&random), in: Self.collection)
        #expect(packed.withUnsafeBytes { clock.read($0) })
        // The number of writes, as two bytes.
        let longer = [packed[0], packed[1] | 0x80, 0] + packed[2...]
        #expect(!longer.withUnsafeBytes { clock.read($0) })
        #expect(!(packed + [0]).withUnsafeBytes { clock.read($0) })
    }

    @Test(arguments: 0..<10)
    func changesAreWrittenInPlaceAsTheGeneratedTypeWritesThem(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var writer = RowChangeWriter()
        for _ in 0..<30 {
            let change = Self.change(Self.row(&random))
            Array(change.clock).withUnsafeBytes { writer.begin(RowID(high: 1, low: 2), clock: $0) }
            writer.drop()
            Array(change.clock).withUnsafeBytes { writer.begin(RowID(bytes: change.row) ?? .zero, clock: $0) }
            for value in try change.values.map({ try $0.core() }) { value.lent { writer.append($0) } }
            let range = writer.end()
            #expect(try Array(writer.bytes[range]) == change.serializedBytes())
        }
    }

    @Test func messagesAreWrittenAsTheGeneratedTypeWritesThem() throws {
        var random = SplitMix64(seed: 8)
        for round in 0..<40 {
            var message = WireChanges()
            message.cursor = Data((0..<random.next() % 70).map { _ in 7 })
            if random.oneIn(2) { message.complete = WireSequence(CommitSequence(epoch: 1, number: random.next() >> 20)) }
            message.live = random.oneIn(2)
            message.rowsDone = random.next() >> 50
            message.rowsTotal = random.next() >> 40
            message.restart = random.oneIn(2)
            if random.oneIn(3) { message.held.rows = 5 }
            let header = message
            var writer = ChangesWriter()
            for collection in [UInt32(3), 200, 0].prefix(Int(random.next() % 4)) {
                var part = WireCollectionChanges()
                part.collection = collection
                part.rows = (0..<(collection == 200 ? 0 : random.next() % 9)).map { _ in Self.change(Self.row(&random)) }
                part.evicted = (0..<random.next() % 3).map { Data(RowID(high: 4, low: $0).bytes) }
                if part.rows.isEmpty, part.evicted.isEmpty { continue }
                for row in part.rows { try (row.serializedBytes() as [UInt8]).withUnsafeBytes { writer.append($0, of: collection) } }
                for id in part.evicted { writer.append(evicted: RowKey(collection: collection, row: RowID(bytes: id) ?? .zero)) }
                message.collections.append(part)
            }
            var body = WireMessage()
            body.changes = message
            var frame = WireFrame()
            frame.messages = [body]
            let written = writer.frame(header)
            #expect(try written == frame.serializedBytes(), "round \(round)")
            try Self.expect(written, isReadAs: message)
        }
    }

    /// A message is read back with everything in its place.
    private static func expect(_ frame: [UInt8], isReadAs message: WireChanges) throws {
        let messages = try WireFrame.received(frame + frame)
        try #require(messages.count == 2 && messages[0] == messages[1])
        guard case .changes(let received) = messages[0] else { throw WireError(.malformed, "no changes") }
        var header = message
        header.collections = []
        let again = try ReceivedChanges(message)
        #expect(received.header == header && received.size == again.size)
        let parts = try received.collections.map { part in
            var wire = WireCollectionChanges()
            wire.collection = part.collection
            wire.rows = try part.rows.map { try received.row(at: $0) }
            wire.evicted = received.withBytes { bytes in part.evicted.map { Data(bytes[$0]) } }
            return wire
        }
        #expect(parts == message.collections)
    }

    @Test func otherMessagesAreReadAsEver() throws {
        var time = WireMessage(), both = WireMessage(), changes = WireChanges()
        time.timeRequest = WireTimeRequest()
        changes.cursor = Data([1])
        both.changes = changes
        // Of two bodies the last one counts.
        let two = try both.serializedBytes() + time.serializedBytes() as [UInt8]
        let frame: [UInt8] = [1 << 3 | 2, UInt8(two.count)] + two
        #expect(try WireFrame.received(frame) == [.other(time)])
        for count in 1..<frame.count where count != 2 {
            #expect(throws: (any Error).self) { try WireFrame.received(Array(frame[..<count])) }
        }
    }
}

extension BorrowedValue {
    fileprivate var copied: Value {
        switch self {
        case .null: .null
        case .boolean(let flag): .boolean(flag)
        case .integer(let number): .integer(number)
        case .real(let number): .real(number)
        case .text(let bytes): .text(String(decoding: bytes, as: UTF8.self))
        case .bytes(let bytes): .bytes([UInt8](bytes))
        }
    }
}

extension Value {
    fileprivate func lent(_ body: (BorrowedValue) -> Void) {
        switch self {
        case .null: body(.null)
        case .boolean(let flag): body(.boolean(flag))
        case .integer(let number): body(.integer(number))
        case .real(let number): body(.real(number))
        case .text(let text): Array(text.utf8).withUnsafeBytes { body(.text($0)) }
        case .bytes(let bytes): bytes.withUnsafeBytes { body(.bytes($0)) }
        }
    }
}
