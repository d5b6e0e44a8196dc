import ReplicationCore

/// The packed clock of a row that nobody contests, read where it stands: of each cell one write stands, nothing was removed,
/// nothing is summed up, and no time was lost since. That is almost every row.
///
/// It reads only what `PackedClock.encode` writes of such a row, byte for byte; for anything else `PackedClock.decode` says
/// what it is.
public struct UncontestedClock {
    /// By rising group.
    public private(set) var cells: [Cell] = []
    /// When any cell last changed.
    public private(set) var sequence = CommitSequence.zero
    /// The latest effective time of any write.
    public private(set) var latestEffective = HybridTime.zero
    private var writes: [Write] = []

    public struct Cell {
        /// 0 is the row's liveness: it was made, and is alive. Of others the values stand beside the clock.
        public let group: UInt32
        let write: Write
    }

    /// A write, and where it stands in the bytes.
    struct Write {
        let bytes: Range<Int>
        let effective: HybridTime
        let sequence: CommitSequence
    }

    public init() {}

    /// The row has a liveness cell.
    public var isAlive: Bool { cells.first?.group == 0 }

    /// - Returns: false if the clock is of another kind of row, or none at all.
    public mutating func read(_ bytes: UnsafeRawBufferPointer) -> Bool {
        cells.removeAll(keepingCapacity: true)
        writes.removeAll(keepingCapacity: true)
        sequence = .zero
        latestEffective = .zero
        var scan = Scan(bytes: bytes)
        guard scan.byte() == PackedClock.version, readWrites(&scan), readCells(&scan) else { return false }
        return scan.isGood && scan.position == bytes.count
    }

    private mutating func readWrites(_ scan: inout Scan) -> Bool {
        let count = scan.varint()
        // Each takes more bytes than this.
        guard count <= UInt64(scan.bytes.count / 46) else { return false }
        for _ in 0..<count {
            let start = scan.position
            // Identity and author.
            scan.pass(32)
            let role = scan.varint(), site = scan.varint()
            _ = scan.varint()
            let rank = scan.varint(), effective = scan.fixed64(), epoch = scan.varint(), number = scan.varint()
            guard scan.isGood, max(role, site, rank) <= UInt64(UInt32.max), epoch <= UInt64(CommitSequence.highestEpoch) else { return false }
            let sequence = CommitSequence(epoch: UInt32(epoch), number: number)
            guard sequence.isPossible else { return false }
            let write = Write(bytes: start..<scan.position, effective: HybridTime(rawValue: effective), sequence: sequence)
            // Each stands there once.
            guard !writes.contains(where: { scan.isSame($0.bytes, write.bytes) }) else { return false }
            writes.append(write)
        }
        return true
    }

    private mutating func readCells(_ scan: inout Scan) -> Bool {
        let count = scan.varint()
        // Each takes as many bytes.
        guard count <= UInt64(scan.bytes.count / 5) else { return false }
        // Writes stand in the order in which they are first named.
        var named = 0
        for _ in 0..<count {
            let part = scan.varint()
            guard part & 1 == 0, let group = UInt32(exactly: part >> 1), cells.last.map({ $0.group < group }) ?? true else { return false }
            // The cell's sequence is its write's, and there is one.
            guard scan.byte() == 2, scan.byte() == 1, case let place = scan.varint(), place <= UInt64(named), place < UInt64(writes.count)
            else { return false }
            let content: PackedClock.ContentKind = group == 0 ? .alive : .shownValues
            guard scan.byte() == content.rawValue else { return false }
            if place == UInt64(named) { named += 1 }
            let write = writes[Int(place)]
            sequence = max(sequence, write.sequence)
            latestEffective = max(latestEffective, write.effective)
            cells.append(Cell(group: group, write: write))
        }
        return named == writes.count
    }

    /// Reads numbers in their shortest form, and remembers if one was not.
    private struct Scan {
        let bytes: UnsafeRawBufferPointer
        var position = 0
        var isGood = true

        init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

        @inline(__always)
        mutating func byte() -> UInt8 {
            guard position < bytes.count else { return fail() }
            defer { position += 1 }
            return bytes[position]
        }

        @inline(__always)
        mutating func varint() -> UInt64 {
            let first = byte()
            return first < 0x80 ? UInt64(first) : longVarint(UInt64(first & 0x7F))
        }

        private mutating func longVarint(_ lowest: UInt64) -> UInt64 {
            var value = lowest
            for shift in stride(from: UInt64(7), through: 63, by: 7) {
                let next = byte()
                if shift == 63, next > 1 { break }
                value |= UInt64(next & 0x7F) << shift
                // A last byte of zero would be one too many.
                if next < 0x80 { return next == 0 ? UInt64(fail()) : value }
            }
            return UInt64(fail())
        }

        mutating func fixed64() -> UInt64 {
            guard bytes.count - position >= 8 else { return UInt64(fail()) }
            defer { position += 8 }
            return UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
        }

        mutating func pass(_ count: Int) {
            if bytes.count - position >= count { position += count } else { _ = fail() }
        }

        func isSame(_ a: Range<Int>, _ b: Range<Int>) -> Bool { bytes[a].elementsEqual(bytes[b]) }

        private mutating func fail() -> UInt8 {
            isGood = false
            position = bytes.count
            return 0xFF
        }
    }
}
