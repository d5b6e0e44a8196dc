import Foundation
import ReplicationCore
import ReplicationEngine
import WireProtocol

extension World {
    /// The hub takes one changeset, or takes it again.
    /// - Returns: the receipt, as the writer gets it; nil if the stream has split, and the writer has another site now.
    func commit(_ submission: Submission, number: Int, viewer: Int) throws -> WireReceipt? {
        let planted = try planter.submission(submission, conditions.mistake)
        let moment = CommitMoment(wallMilliseconds: now)
        let (committed, results) = try store.commit { reader in
            try CommitBatch.decide(
                [.changesets(ConnectionID(rawValue: 1), [planted])], reader: reader, schema: schema, moment: moment)
        }
        guard case .outcomes(_, let outcomes, _)? = results.first else { throw Deviation(what: "write \(number) was not taken") }
        if case .fork(let site)? = outcomes.first, !state.copies.isEmpty {
            try adopt(site, viewer)
            return nil
        }
        guard case .receipt(let wire, _)? = outcomes.first else {
            throw Deviation(what: "write \(number) got no receipt")
        }
        let receipt = try ReceiptCodec.decode(wire)
        guard let verdict = receipt.verdicts.first, verdict.isAccepted, let write = state.oracle.writes[number] else {
            throw Deviation(what: "write \(number) was not accepted: \(receipt.verdicts)")
        }
        if write.position == nil {
            state.oracle.commit(number, at: receipt.sequence.number, .init(
                time: verdict.effective.rawValue, site: receipt.dot.site, counter: receipt.dot.counter))
            push(committed, committer: viewer)
            try checkCommit(number, receipt.sequence.number, verdict)
        } else if write.position != receipt.sequence.number {
            throw Deviation(what: "write \(number) was committed again at \(receipt.sequence)")
        }
        return try planter.receipt(wire, conditions.mistake)
    }

    /// The hub's store, as a mistaken hub would use it.
    var store: any HubStore {
        conditions.mistake == .keepingOnlyTheWinner ? WinnerOnlyHubStore(base: hub, schema: schema) : hub
    }

    /// The office gives seats at a row, or takes them.
    func importRow(_ row: Int, seats: [Int], isIn: Bool) throws {
        state.imports += 1
        let job = ChangesetID(high: 9, low: state.imports)
        let fields = seats.map { (name: "seat\($0)", value: isIn ? Value.reference(Self.user($0)) : .null) }
        let line = ImportBatch.Line(number: 1, rows: [
            .init(collection: "items", row: key(row).row, fields: fields, sets: [], fillsOnly: false),
        ])
        let moment = CommitMoment(wallMilliseconds: now)
        let (committed, _) = try hub.commit { reader in
            try CommitBatch.decide(
                [.importLines(ConnectionID(rawValue: 1), request: 1, ImportBatch(job: job, isDryRun: false, lines: [line]))],
                reader: reader, schema: schema, moment: moment)
        }
        for seat in seats {
            if isIn { state.away.remove(.init(row: row, replica: seat)) } else { state.away.insert(.init(row: row, replica: seat)) }
        }
        push(committed)
    }

    /// What a commit changed goes to the devices that are live, as `Hub` sends it.
    private func push(_ committed: Committed, committer: Int? = nil) {
        for device in 0..<Self.devices where state.devices[device].link.isLive {
            let scopes: Set = [Scope(kind: "user", key: Self.user(device).description)]
            var rows: [(collection: UInt32, change: WireRowChange)] = []
            var evicted: [RowKey] = []
            for row in committed.rows {
                let wasIn = !row.scopesBefore.isDisjoint(with: scopes)
                if !row.scopesAfter.isDisjoint(with: scopes) {
                    let after = wasIn ? committed.before : nil
                    if let change = encoder.change(of: row.state, role: ClockSchema.role, after: after) {
                        rows.append((row.state.key.collection, change))
                    }
                } else if wasIn {
                    evicted.append(row.state.key)
                }
            }
            let cursor = CatchUpCursor(complete: committed.head)
            state.devices[device].link.sent = cursor
            // A committer is told how far it is complete, also where its write is in none of its scopes.
            if rows.isEmpty, evicted.isEmpty, device != committer { continue }
            let message = encoder.message(
                rows: rows, evicted: evicted, cursor: cursor.bytes, complete: committed.head, isLive: true)
            state.devices[device].link.data.append(parcel(message, at: committed.head.number))
        }
    }

    /// The hub reads a page for a device.
    func request(_ device: Int) throws {
        if state.devices[device].link.needsHello { return try greet(device) }
        let reading = HubReading(schema: schema, rowsPerPage: conditions.rowsPerPage)
        let work = CatchUpRequest(
            cursor: state.devices[device].link.sent, user: Self.user(device), replica: Self.replica(device),
            site: state.devices[device].replica.progress.site, receiptsAfter: .zero,
            role: ClockSchema.role, isRestart: false, fingerprint: [])
        let (result, head) = try hub.read { reader in
            (try reading.perform(.catchUp(ConnectionID(rawValue: 1), work), reader), try reader.head)
        }
        guard case .catchUp(_, let page) = result else { return }
        if page.isOfFormerSite { throw Deviation(what: "device \(device) reads as of a former site") }
        for (frame, _, _) in page.messages {
            for message in try WireFrame(serializedBytes: frame).messages {
                guard case .changes(let changes)? = message.body else { continue }
                state.devices[device].link.data.append(parcel(changes, at: head.number))
            }
        }
        state.devices[device].link.sent = page.next
        state.devices[device].link.isLive = page.completeAt != nil
    }

    private func parcel(_ message: WireChanges, at position: UInt64) -> Parcel {
        func numbers(_ rows: [Data]) -> [Int] {
            rows.compactMap { RowID(bytes: $0) }.compactMap { number(of: RowKey(collection: ClockSchema.items, row: $0)) }
        }
        let items = message.collections.filter { $0.collection == ClockSchema.items }
        return Parcel(
            message: message, position: position, rows: numbers(items.flatMap { $0.rows.map(\.row) }),
            // What the hub itself wrote can be read.
            evicted: numbers(items.flatMap(\.evicted)), complete: message.hasComplete ? (try? message.complete.core().number) : nil)
    }
}
