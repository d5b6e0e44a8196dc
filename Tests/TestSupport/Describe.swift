import ReplicationCore
/// Values of the core as JSON, so that another language can compare them. Numbers of 64 bits are texts.
public enum Describe {
    public static func sequence(_ sequence: CommitSequence) -> JSON { .text(sequence.description) }

    public static func value(_ value: Value) -> JSON {
        switch value {
        case .null: .null
        case .boolean(let value): .object([("boolean", .bool(value))])
        case .integer(let value): .object([("integer", .big(value))])
        case .real(let value): .object([("realBits", .text(String(value.bitPattern, radix: 16)))])
        case .text(let value): .object([("text", .text(value))])
        case .bytes(let value): .object([("bytes", .hex(value))])
        }
    }

    public static func part(_ part: Part) -> [(String, JSON)] {
        [("group", .number(Int(part.group)))] + (part.element.map { [("element", .text($0))] } ?? [])
    }

    public static func context(_ context: Context) -> JSON {
        .object([
            ("sequence", sequence(context.sequence)), ("pending", .array(context.pending.map { .text($0.description) })),
        ])
    }

    private static func covering(_ covering: [SeenCell]) -> JSON {
        .array(covering.map { .object(part($0.part) + [("context", context($0.context))]) })
    }

    public static func action(_ action: Action) -> [(String, JSON)] {
        switch action {
        case .set(let values): [("action", .text("set")), ("values", .array(values.map { value($0) }))]
        case .add: [("action", .text("add"))]
        case .remove: [("action", .text("remove"))]
        case .increment(let amount): [("action", .text("increment")), ("amount", .big(amount))]
        case .create: [("action", .text("create"))]
        case .restore: [("action", .text("restore"))]
        case .delete(let seen): [("action", .text("delete")), ("covering", covering(seen))]
        }
    }

    public static func operation(_ operation: CellOperation) -> JSON {
        .object([
            ("position", .number(Int(operation.position))), ("collection", .number(Int(operation.key.collection))),
            ("row", .text(operation.key.row.description)),
        ] + part(operation.part) + action(operation.action) + [
            ("context", context(operation.context)), ("resolves", .array(operation.resolves.map { .text($0.description) })),
        ])
    }

    public static func header(_ header: ChangesetHeader) -> JSON {
        .object([
            ("identity", .text(header.identity.description)), ("author", .text(header.author.description)),
            ("role", .number(Int(header.role))), ("stamp", .big(header.stamp.rawValue)),
            ("schemaVersion", .number(Int(header.schemaVersion))), ("basis", sequence(header.basis)),
            ("atomic", .bool(header.isAtomic)), ("job", optional(header.job)), ("mends", optional(header.mends)),
            ("cause", optional(header.cause)),
        ])
    }

    private static func optional(_ identity: ChangesetID?) -> JSON { identity.map { .text($0.description) } ?? .null }

    public static func write(_ write: Write) -> [(String, JSON)] {
        [
            ("identity", .text(write.identity.description)), ("dot", .text(write.dot.description)),
            ("author", .text(write.author.description)), ("role", .number(Int(write.role))),
            ("rank", .number(Int(write.rank))), ("effective", .big(write.effective.rawValue)),
            ("sequence", sequence(write.sequence)),
        ] + (write.former.map { [("former", .array($0.places.map { sequence($0) }))] } ?? [])
    }

    private static func content(_ content: Sibling.Content) -> [(String, JSON)] {
        switch content {
        case .values(let values): [("content", .text("values")), ("values", .array(values.map { value($0) }))]
        case .present: [("content", .text("present"))]
        case .alive: [("content", .text("alive"))]
        case .deleted(let seen): [("content", .text("deleted")), ("covering", covering(seen))]
        }
    }

    public static func cell(_ cell: CellState) -> JSON {
        .object(part(cell.part) + [
            ("sequence", sequence(cell.sequence)),
            ("siblings", .array(cell.siblings.map { .object(write($0.write) + content($0.content)) })),
            ("tally", cell.tally.map { tally in
                .object([("sum", .big(tally.sum)), ("contained", .array(tally.contained.map { .text($0.description) }))])
            } ?? .null),
        ])
    }

    public static func verdict(_ verdict: Verdict) -> JSON {
        let outcome: [(String, JSON)] = switch verdict.outcome {
        case .accepted: [("outcome", .text("accepted"))]
        case .conflict: [("outcome", .text("conflict"))]
        case .review: [("outcome", .text("review"))]
        case .refused(let refusal):
            [("outcome", .text("refused")), ("rule", .number(Int(refusal.rule.rawValue))), ("detail", .text(refusal.detail))]
        }
        return .object(outcome + [
            ("sequence", sequence(verdict.sequence)), ("rank", .number(Int(verdict.rank))),
            ("effective", .big(verdict.effective.rawValue)), ("late", .bool(verdict.isLate)),
        ])
    }

    public static func policy(_ policy: Policy) -> JSON {
        switch policy {
        case .lastWriter: .object([("name", .text("last-writer"))])
        case .authority: .object([("name", .text("authority"))])
        case .lattice(let lattice):
            .object([
                ("name", .text("lattice")), ("states", .array(lattice.states.map { .text($0) })),
                ("clashes", .array(lattice.clashes.map { .array([.text($0.first), .text($0.second)]) })),
            ])
        case .keepBoth: .object([("name", .text("keep-both"))])
        case .addWinsSet: .object([("name", .text("add-wins-set"))])
        case .counter: .object([("name", .text("counter"))])
        case .writeOnce: .object([("name", .text("write-once"))])
        case .hubOnly: .object([("name", .text("hub-only"))])
        case .derived: .object([("name", .text("derived"))])
        }
    }
}
