import ReplicationCore
import WireProtocol

/// The last values of topics, as a hub holds them in memory, and who may be shown them.
///
/// At most `HubLimits.topics` values, of one user at most `HubLimits.topicsPerSender`: the oldest goes first. A row is
/// known here as long as a value is about it, or one waits for its scopes.
struct SignalBoard: Sendable {
    private(set) var values: [SignalTopic: HeldSignal] = [:]
    private(set) var rows: [RowKey: TopicRow] = [:]
    private(set) var bySender: [RowID: Set<SignalTopic>] = [:]
    private(set) var byScope: [Scope: Set<SignalTopic>] = [:]
    private var lastOrder: UInt64 = 0
    /// When the first of the values ends, at the earliest.
    private var nextEnd = UInt64.max

    /// What is known of a row that values are about.
    struct TopicRow: Sendable {
        /// Nil while they are being read.
        var scopes: Set<Scope>?
        /// What was read before this commit is out of date.
        var since = CommitSequence.zero
        var topics: Set<SignalTopic> = []
        /// Values that came before the scopes were known, in the order in which they came: the last one of each topic
        /// and connection.
        var waiting: [WaitingSignal] = []
    }

    // MARK: Values

    /// The number of the next value in the hub's order.
    mutating func nextOrder() -> UInt64 {
        lastOrder += 1
        return lastOrder
    }

    /// Puts a value in the place of the topic's former one. The row's scopes must be known.
    ///
    /// - Returns: topics that had to go for it.
    mutating func put(_ value: HeldSignal) -> [(SignalTopic, Set<Scope>)] {
        // The row is known all the while, also if its other values go.
        let known = rows[value.key] ?? TopicRow()
        detach(value.topic)
        var gone: [(SignalTopic, Set<Scope>)] = []
        if let own = bySender[value.user], own.count >= HubLimits.topicsPerSender {
            gone += removeOldest(1, of: own)
        }
        if values.count >= HubLimits.topics { gone += removeOldest(HubLimits.topics / 16, of: values.keys) }
        values[value.topic] = value
        bySender[value.user, default: []].insert(value.topic)
        rows[value.key, default: TopicRow(scopes: known.scopes, since: known.since)].topics.insert(value.topic)
        for scope in known.scopes ?? [] { byScope[scope, default: []].insert(value.topic) }
        nextEnd = min(nextEnd, value.endMilliseconds)
        return gone
    }

    /// Takes a value away.
    /// - Returns: the scopes in which its row was.
    @discardableResult
    mutating func remove(_ topic: SignalTopic) -> Set<Scope> {
        let key = values[topic]?.key
        defer { if let key { forgetUnused(key) } }
        return detach(topic)
    }

    @discardableResult
    private mutating func detach(_ topic: SignalTopic) -> Set<Scope> {
        guard let value = values.removeValue(forKey: topic) else { return [] }
        bySender[value.user]?.remove(topic)
        if bySender[value.user]?.isEmpty == true { bySender[value.user] = nil }
        rows[value.key]?.topics.remove(topic)
        let scopes = rows[value.key]?.scopes ?? []
        for scope in scopes { leave(scope, topic) }
        return scopes
    }

    private mutating func removeOldest(_ count: Int, of topics: some Sequence<SignalTopic>) -> [(SignalTopic, Set<Scope>)] {
        let oldest = topics.compactMap { topic in values[topic].map { ($0.order, topic) } }.sorted { $0.0 < $1.0 }.prefix(count)
        return oldest.map { ($0.1, remove($0.1)) }
    }

    /// Lets go of what has ended.
    mutating func expire(at now: UInt64) {
        guard now >= nextEnd else { return }
        for (topic, value) in values where value.endMilliseconds <= now { remove(topic) }
        nextEnd = values.values.lazy.map(\.endMilliseconds).min() ?? .max
    }

    /// The topics whose rows are in any of these scopes, rising.
    func topics(in scopes: Set<Scope>) -> [SignalTopic] {
        if byScope.isEmpty { return [] }
        return scopes.reduce(into: Set<SignalTopic>()) { $0.formUnion(byScope[$1] ?? []) }.sorted()
    }

    func scopes(of topic: SignalTopic) -> Set<Scope> { values[topic].flatMap { rows[$0.key]?.scopes } ?? [] }

    // MARK: Rows

    /// - Returns: false if the row has to be read first, and was not asked for yet.
    mutating func wait(_ signal: WaitingSignal, for key: RowKey) -> Bool {
        let isKnown = rows[key] != nil
        var row = rows[key] ?? TopicRow()
        row.waiting.removeAll { $0.topic == signal.topic && $0.connection == signal.connection }
        row.waiting.append(signal)
        rows[key] = row
        return isKnown
    }

    /// Says where a row is.
    /// - Returns: where it was, if that was known.
    mutating func place(_ key: RowKey, in scopes: Set<Scope>, since: CommitSequence) -> Set<Scope>? {
        guard var row = rows[key] else { return nil }
        let before = row.scopes
        for topic in row.topics {
            for scope in before ?? [] { leave(scope, topic) }
            for scope in scopes { byScope[scope, default: []].insert(topic) }
        }
        row.scopes = scopes
        row.since = since
        rows[key] = row
        return before
    }

    mutating func takeWaiting(for key: RowKey) -> [WaitingSignal] {
        defer { rows[key]?.waiting = [] }
        return rows[key]?.waiting ?? []
    }

    /// Where a row is has to be read anew, as it is at a commit or after it.
    mutating func doubt(_ key: RowKey, since: CommitSequence) { rows[key]?.since = since }

    mutating func forgetUnused(_ key: RowKey) {
        if let row = rows[key], row.topics.isEmpty, row.waiting.isEmpty { rows[key] = nil }
    }

    mutating func noteSender(of topic: SignalTopic, receives scopes: Set<Scope>) { values[topic]?.senderScopes = scopes }

    private mutating func leave(_ scope: Scope, _ topic: SignalTopic) {
        byScope[scope]?.remove(topic)
        if byScope[scope]?.isEmpty == true { byScope[scope] = nil }
    }
}

/// A value that the hub holds.
struct HeldSignal: Sendable {
    let topic: SignalTopic
    let key: RowKey
    let replica: ReplicaID
    let user: RowID
    /// What the sender's user received when that was last known.
    var senderScopes: Set<Scope>
    /// As it is sent, but for its age.
    let message: WireSignal
    /// By the hub's wall clock.
    let madeMilliseconds: UInt64
    let endMilliseconds: UInt64

    var order: UInt64 { message.order }
}

/// A value whose row is being looked up.
struct WaitingSignal: Sendable {
    let topic: SignalTopic
    let connection: ConnectionID
    let message: WireSignal
    let madeMilliseconds: UInt64
    let lifeMilliseconds: UInt32
}
