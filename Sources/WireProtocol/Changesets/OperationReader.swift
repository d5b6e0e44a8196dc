import ReplicationCore

/// Collects the operations of a changeset, block by block, straight from the bytes.
struct OperationReader {
    private(set) var operations: [CellOperation] = []
    /// Operations that stand in the bytes but cannot be understood, by position.
    private(set) var undecodable: [UInt32: Refusal] = [:]
    private let header: ChangesetHeader
    private var positions = PositionSet()
    private var rows: RowKeySet
    /// The operations of the block that is being read; kept for its memory.
    private var bodies: [UnsafeRawBufferPointer] = []

    /// - Parameters:
    ///   - rowCount: how many blocks it has: no more than a changeset may have.
    ///   - byteCount: how long the changeset is. Operations take about 28 bytes, so their array rarely has to grow.
    init(header: ChangesetHeader, rowCount: Int, byteCount: Int) {
        self.header = header
        rows = RowKeySet(capacity: rowCount)
        operations.reserveCapacity(min(byteCount / 24, ProtocolLimits.operationsPerChangeset))
    }

    /// - Parameter bytes: a `RowOperations`.
    mutating func read(_ bytes: UnsafeRawBufferPointer) throws(WireError) {
        var reader = MessageReader(bytes)
        var collection: UInt32 = 0, id = UnsafeRawBufferPointer(start: nil, count: 0), next: UInt32 = 0
        bodies.removeAll(keepingCapacity: true)
        // What an operation means depends on all fields around it, and a writer may put those last.
        while let field = try reader.next() {
            switch (field.number, field.format) {
            case (1, .varint): collection = try reader.varint32()
            case (2, .body): id = try reader.body()
            case (3, .varint): next = try reader.varint32()
            case (4, .body): bodies.append(try reader.body())
            default: try reader.skip(field)
            }
        }
        guard let row = RowID(bytes: id) else { throw WireError(.malformed, "a row id has 16 bytes") }
        let key = RowKey(collection: collection, row: row)
        guard rows.insert(key) else { throw WireError(.malformed, "two blocks of one row") }
        guard positions.count + bodies.count <= ProtocolLimits.operationsPerChangeset else {
            throw WireError(.tooLarge, "a changeset takes \(ProtocolLimits.operationsPerChangeset) operations")
        }
        for body in bodies {
            var fields = OperationFields()
            try fields.read(body)
            let position = fields.position > 0 ? fields.position - 1 : next
            guard positions.insert(position) else {
                throw WireError(.malformed, "operation \(position) stands twice or out of range")
            }
            next = position + 1
            if let refusal = try append(fields, key, position) { undecodable[position] = refusal }
        }
    }

    /// - Returns: why the operation cannot be understood; nil if it is taken.
    @inline(__always)
    private mutating func append(_ fields: OperationFields, _ key: RowKey, _ position: UInt32) throws(WireError) -> Refusal? {
        do {
            operations.append(try operation(fields, key: key, position: position))
            return nil
        } catch let refusal as Refusal {
            return refusal
        } catch let error as WireError {
            throw error
        } catch {
            throw WireError(.malformed, "\(error)")
        }
    }

    /// - Throws: `Refusal` for what an app of a later version may have meant, `WireError` for what no app means.
    @inline(__always)
    private func operation(_ fields: OperationFields, key: RowKey, position: UInt32) throws -> CellOperation {
        var part = Part(group: fields.group)
        let action: Action
        switch WireOperationKind(rawValue: Int(fields.kind)) {
        case .set: action = .set(try settled(fields.values))
        case .remove where fields.values.isEmpty: action = .remove
        case .add, .remove:
            guard fields.values.count == 1, let element = try settled(fields.values)[0].text,
                element.utf8.count <= ProtocolLimits.elementBytes
            else { throw Refusal(.wrongType, "An element of a set is one text of at most \(ProtocolLimits.elementBytes) bytes.") }
            part.element = element
            action = fields.kind == WireOperationKind.add.rawValue ? .add : .remove
        case .put:
            guard fields.values.count == 2, case let values = try settled(fields.values), let key = values[0].text,
                key.utf8.count <= ProtocolLimits.elementBytes
            else { throw Refusal(.wrongType, "A value by key is a key, one text of at most \(ProtocolLimits.elementBytes) bytes, and a value.") }
            part.element = key
            action = .set([values[1]])
        case .increment:
            guard fields.values.count == 1, let amount = try settled(fields.values)[0].integer else {
                throw Refusal(.wrongType, "An increment is one integer.")
            }
            action = .increment(amount)
        case .create: action = .create
        case .restore: action = .restore
        case .delete:
            action = .delete(covering: try fields.covering.map { seen in
                SeenCell(part: Part(group: seen.group, element: seen.element), context: try context(seen.context))
            })
        case .UNRECOGNIZED, nil:
            throw Refusal(.undecodable, "Operation of kind \(fields.kind), which this hub does not know.")
        }
        return CellOperation(
            position: position, key: key, part: part, action: action, context: try context(fields.context),
            resolves: try fields.resolves.map { try identifier($0) })
    }

    /// The values in their only form.
    private func settled(_ values: [Value]) throws(WireError) -> [Value] {
        var settled = values
        for index in values.indices {
            guard case .real(let real) = values[index] else { continue }
            guard let normalized = Value.normalized(real: real) else { throw WireError(.malformed, "a real is not finite") }
            settled[index] = normalized
        }
        return settled
    }

    private func context(_ fields: OperationFields.ContextFields) throws -> Context {
        guard fields.pending.count <= ProtocolLimits.pendingPerContext else {
            throw WireError(.tooLarge, "a context names at most \(ProtocolLimits.pendingPerContext) pending writes")
        }
        let sequence = fields.seen == 0
            ? .zero : CommitSequence(epoch: fields.seenEpoch == 0 ? header.basis.epoch : fields.seenEpoch, number: fields.seen)
        guard sequence.isPossible else {
            throw Refusal(.impossibleContext, "It claims to have seen \(sequence), which no hub has given.")
        }
        return Context(sequence: sequence, pending: try fields.pending.map { try identifier($0) })
    }

    private func identifier<Subject>(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> Identifier<Subject> {
        guard let identifier = Identifier<Subject>(bytes: bytes) else {
            throw WireError(.malformed, "an identity has 16 bytes")
        }
        return identifier
    }
}

/// The places of a changeset's operations that were met: one bit for each.
private struct PositionSet {
    private(set) var count = 0
    private var words: [UInt64] = []

    /// False for a place that was met before, or that no changeset has.
    mutating func insert(_ position: UInt32) -> Bool {
        guard position < ProtocolLimits.operationsPerChangeset else { return false }
        let word = Int(position / 64), bit = UInt64(1) << UInt64(position % 64)
        while words.count <= word { words.append(0) }
        guard words[word] & bit == 0 else { return false }
        words[word] |= bit
        count += 1
        return true
    }
}

/// The rows of a changeset that were met. Those of one changeset mostly come with rising ids, and then need no hashing.
private struct RowKeySet {
    private var rising: [RowKey] = []
    /// All that were met, once they have ceased to rise.
    private var mixed: Set<RowKey> = []

    init(capacity: Int) { rising.reserveCapacity(capacity) }

    /// False for a row that was met before.
    mutating func insert(_ key: RowKey) -> Bool {
        if mixed.isEmpty {
            guard let last = rising.last, key <= last else {
                rising.append(key)
                return true
            }
            mixed = Set(rising)
        }
        return mixed.insert(key).inserted
    }
}
