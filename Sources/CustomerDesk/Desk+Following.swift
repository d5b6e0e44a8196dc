import CustomerPages
import Documents
import ReplicationCore
import ReplicationEngine

/// Reading the log.
extension Desk {
    /// Looks at what was written since the last time, and at what has become due.
    func follow() throws {
        while isRunning, try followOn() {}
        let now = now
        let (requests, visits) = try store.read {
            (try RequestWatch.read(dueBy: now, limit: DeskLimits.dueAtOnce, $0), try VisitRecord.read(dueBy: now, limit: DeskLimits.dueAtOnce, $0))
        }
        // One that cannot be dealt with holds up no others.
        for request in requests where isRunning {
            do { try keep(request.request) } catch { options.log("a request for a signature could not be dealt with: \(error)") }
        }
        for visit in visits where isRunning {
            do { try keepVisit(visit.appointment) } catch { options.log("a visit could not be dealt with: \(error)") }
        }
    }

    /// How far it has read is noted once a second at most: a commit of its own behind each of everybody's would be half of all commits. What
    /// was not noted is read again after a crash, and finds nothing to do.
    private func notePlace() throws {
        let (now, read) = (now, progress.withLock { $0 })
        guard let place = read.place, place != read.noted, now >= read.notedAt + DeskLimits.pause || now < read.notedAt else { return }
        try note(place)
        progress.withLock {
            $0.noted = place
            $0.notedAt = now
        }
    }

    /// - Returns: whether more may follow.
    private func followOn() throws -> Bool {
        let known = progress.withLock { $0.place }
        let (place, entries) = try store.read { reader in
            // What was there before the hub had a desk is looked at when it changes.
            guard let place = try known ?? LogPlace.read([], reader)?.sequence else { return (try reader.head, [LogEntry]()) }
            return (place, try reader.entries(after: place, limit: DeskLimits.entries))
        }
        var seen: Set<RowKey> = []
        for key in entries.flatMap({ $0.touched.map(\.key) }) where seen.insert(key).inserted {
            guard isRunning else { return false }
            do { try look(at: key) } catch { options.log("a row of collection \(key.collection) could not be dealt with: \(error)") }
        }
        try compareDocuments(showing: seen)
        progress.withLock { $0.place = entries.last?.sequence ?? place }
        try notePlace()
        return entries.count == DeskLimits.entries
    }

    private func note(_ place: CommitSequence) throws {
        try settle { records, _ in
            var draft = DeskDraft()
            let record = LogPlace(place)
            if try LogPlace.read([], records.reader) != record { try draft.put(record) }
            return draft
        }
    }

    private func look(at key: RowKey) throws {
        guard let collection = schema.collection(key.collection) else { return }
        switch collection.name {
        case "signature_request":
            try keep(key.row)
            for document in try store.read({ try HubRecords($0, schema).row("signature_request", key.row)?.elements("documents") ?? [] }) {
                if let document = RowID(document) { try settleSignatures(of: document) }
            }
        case "message": try noteUndelivered(key.row)
        case "appointment": try keepVisit(key.row)
        case "work_order": for appointment in try store.read({ try HubRecords($0, schema).rows("appointment", where: "work_order", names: key.row).map(\.id) }) { try keepVisit(appointment) }
        case "document", "signature":
            let (document, requests) = try store.read { reader in
                let records = HubRecords(reader, schema)
                guard let row = try records.row(collection.name, key.row), let order = row.reference("work_order") else { return (RowID?.none, [RowID]()) }
                let document = collection.name == "document" ? row.id : row.reference("document")
                let requests = try records.rows("signature_request", where: "work_order", names: order)
                return (document, requests.filter { document.map { [$0.description] }.map(Set($0.elements("documents")).isSuperset) == true }.map(\.id))
            }
            for request in requests { try keep(request) }
            if let document { try settleSignatures(of: document) }
        default: break
        }
    }

    /// A message came back: whoever asked is told, and nobody waits for a signature that nobody was asked for.
    private func noteUndelivered(_ message: RowID) throws {
        try settle { records, now in
            var draft = DeskDraft()
            guard let message = try records.row("message", message), message.text("state") == "undelivered", message.text("kind") == "signature_request",
                let request = try message.reference("request").flatMap({ try records.row("signature_request", $0) }),
                let order = request.reference("work_order"), ["waiting", "sent"].contains(request.text("state")),
                // Of a link that another has taken the place of, nobody needs to know.
                message.text("purpose") == RequestKeeper.purpose(of: request.id, links: request.integer("links") ?? 0)
            else { return draft }
            draft.write("signature_request", request.id, [
                "state": .text("failed"), "trouble": message.text("trouble").map { .text($0) } ?? .null,
            ])
            for document in Set(try LinkRecord.read(owner: request.id, records.reader).flatMap(\.documents)).sorted(by: { $0.id < $1.id }) {
                DeskEvent(request: request, order: order, document: document.id, formHash: document.formHash, at: now).write(.undelivered, part: message.id.description, &draft)
            }
            return draft
        }
    }

    /// Does for a request what is to be done now.
    func keep(_ request: RowID) throws {
        var random = SystemRandomNumberGenerator()
        let token = LinkToken(using: &random)
        let rules = rules
        let written = try settle { [self] records, now in
            try RequestKeeper(records: records, rules: rules, now: now, token: token, box: options.box, form: { try self.form(of: $0) }).draft(for: request)
        }
        if written { wakePost() }
    }
}
