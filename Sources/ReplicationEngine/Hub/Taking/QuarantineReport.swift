import ReplicationCore
import WireProtocol

/// Which refused operations are to be listed.
public struct QuarantineQuestion: Sendable {
    /// A rule's name; nil for all.
    public var rule: String?
    /// A replica's id, site or name; nil for all.
    public var device: String?
    public var limit: Int

    public init(rule: String? = nil, device: String? = nil, limit: Int) {
        self.rule = rule
        self.device = device
        self.limit = limit
    }
}

/// What was refused and not dealt with, for administrators.
struct QuarantineReport {
    let reader: any HubReader
    let schema: Schema

    func json(_ question: QuarantineQuestion) throws -> Result<String, ControlRefusal> {
        let replicas = Dictionary(try reader.replicas().map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        if let rule = question.rule, !Refusal.Rule.allCases.contains(where: { "\($0)" == rule }) {
            let names = Refusal.Rule.allCases.map { "\($0)" }.sorted().joined(separator: ", ")
            return .failure(ControlRefusal("There is no rule '\(rule)'. The rules are: \(names)."))
        }
        if let device = question.device, !replicas.values.contains(where: { $0.isCalled(device) }) {
            return .failure(ControlRefusal("No device is called '\(device)'. Give its name, site or id as `converge devices` lists them."))
        }
        let found = try reader.quarantined(limit: HubLimits.quarantineLookedThrough).filter { operation in
            (question.rule.map { $0 == "\(operation.refusal.rule)" } ?? true)
                && (question.device.map { replicas[operation.replica]?.isCalled($0) ?? false } ?? true)
        }
        let listed = try found.prefix(question.limit).map { try describe($0, replicas[$0.replica]) }
        return .success("{\"count\":\(found.count),\"operations\":[\(listed.joined(separator: ","))]}")
    }

    private func describe(_ operation: QuarantinedOperation, _ replica: ReplicaRecord?) throws -> String {
        let user = try reader.row(RowKey(collection: schema.userCollection, row: operation.author))
        let entry = try reader.entry(at: operation.sequence)
        var members: [(String, Value)] = [
            ("changeset", .text(operation.identity.description)), ("position", .integer(Int64(operation.position))),
            ("sequence", .text(operation.sequence.description)),
            ("receivedMilliseconds", .integer(Int64(clamping: entry?.receivedMilliseconds ?? 0))),
            ("author", .text(schema.userName(user) ?? operation.author.description)),
            ("device", .text(replica?.name ?? operation.replica.description)),
            ("rule", .text("\(operation.refusal.rule)")), ("detail", .text(operation.refusal.detail)),
            ("remedy", .text(operation.refusal.rule.remedy)), ("waits", .boolean(operation.awaits != nil)),
        ]
        if let written = entry.flatMap({ self.operation(at: operation.position, in: $0) }) {
            members += [
                ("collection", .text(schema.collection(written.key.collection)?.name ?? "\(written.key.collection)")),
                ("row", .text(written.key.row.description)), ("action", .text(written.action.name)),
            ]
            for (name, value) in values(of: written) { members.append(("value.\(name)", value)) }
        }
        return ValueJSON.object(members)
    }

    /// Nil for bytes that are no changeset.
    private func operation(at position: UInt32, in entry: LogEntry) -> CellOperation? {
        do throws(WireError) {
            return try ChangesetCodec.decode(entry.changeset).operations.first { $0.position == position }
        } catch {
            return nil
        }
    }

    private func values(of operation: CellOperation) -> [(String, Value)] {
        let group = schema.collection(operation.key.collection)?.group(operation.part.group)
        let name = group?.name ?? "\(operation.part.group)"
        switch operation.action {
        case .set(let values):
            if let key = operation.part.element { return values.map { ("\(name).\(key)", $0) } }
            guard let group, group.fields.count == values.count else { return values.map { (name, $0) } }
            return zip(group.fields.map(\.name), values).map { ($0, $1) }
        case .add, .remove: return [(name, .text(operation.part.element ?? ""))]
        case .increment(let amount): return [(name, .integer(amount))]
        case .create, .delete, .restore: return []
        }
    }
}

extension Action {
    /// In one word.
    fileprivate var name: String {
        switch self {
        case .set: "set"
        case .add: "add"
        case .remove: "remove"
        case .increment: "increment"
        case .create: "create"
        case .delete: "delete"
        case .restore: "restore"
        }
    }
}
