import Foundation
import ReplicationClient
import ReplicationCore
import ReplicationEngine

extension Shell {
    /// Runs one command and answers it.
    func run(_ line: String) throws {
        let (name, rest) = split(line)
        switch name {
        case "help": printer.reply(Shell.help, [:])
        case "enrol":
            let words = try Words.split(rest)
            guard words.count >= 2 else { throw ShellError("enrol takes: URL CODE [NAME]") }
            try enrol(words[0], words[1], words.count > 2 ? words[2] : "fieldsim")
        case "online":
            let text = rest.isEmpty ? try replica().identity.endpoint : rest
            try device().goOnline(text)
            printer.reply("Connecting to \(text).", ["endpoint": .text(text)])
        case "offline":
            try device().goOffline()
            printer.reply("Offline. Work goes on.", [:])
        case "sync": try sync(rest)
        case "verify": _ = try verify()
        case "status": try status()
        case "query": try query(rest)
        case "fields": try showFields(rest)
        case "row": try showRow(try Words.split(rest))
        case "conflicts": try showConflicts()
        case "refused": try showRefused()
        case "discard":
            guard let identity = ChangesetID(rest) else { throw ShellError("discard takes the id of a changeset; refused lists them.") }
            try replica().discardRefused(identity)
            printer.reply("Discarded here; the hub is told with the next upload.", [:])
        case "explain": try explain(try Words.split(rest))
        case "preview": try preview()
        case "mend": try mend(try Words.split(rest))
        case "signal": try sendSignal(try Words.split(rest))
        case "signals": try showSignals(rest)
        case "photo": try addPhoto(try Words.split(rest))
        case "blobs": try showBlobs()
        case "fetch": try fetch(rest)
        case "save": try save(try Words.split(rest))
        case "document": try makeDocument(try Words.split(rest))
        case "read": try readDocuments(try Words.split(rest))
        case "sign": try sign(try Words.split(rest))
        case "pdf": try printDocument(try Words.split(rest))
        case "ask": try askForSignature(try Words.split(rest))
        case "requests": try showRequests()
        case "again": try change(request: rest, { try $0.sendAgain($1) }, "The hub sends another link, and the former ones lead nowhere then.")
        case "withdraw": try change(request: rest, { try $0.withdrawRequest($1) }, "Withdrawn: its links lead nowhere from when the hub knows.")
        case "decline": try decline(try Words.split(rest))
        case "clock": try moveClock(rest)
        case "weather": try changeWeather(rest)
        case "frames": try showFrames(rest)
        case "resend":
            try replica().resend()
            printer.reply("Uploading everything once more.", [:])
        case "unchecked":
            isUnchecked = rest == "on"
            printer.reply(isUnchecked ? "Writes are not checked here any more; the hub will." : "Writes are checked again.", [:])
        case "begin":
            guard rest.isEmpty || rest == "atomic" else { throw ShellError("begin takes nothing, or: atomic") }
            steps = []
            isAtomic = rest == "atomic"
            printer.reply("What follows is one changeset, until commit\(isAtomic ? "; the hub takes all of it or nothing" : "").", [:])
        case "commit": try commit()
        case "create", "set", "add", "remove", "increment", "delete", "restore", "resolve":
            try write(name, try Words.split(rest))
        default: throw ShellError("There is no command '\(name)'. Type help for those that there are.")
        }
    }

    private func split(_ line: String) -> (String, String) {
        guard let space = line.firstIndex(of: " ") else { return (line, "") }
        return (String(line[..<space]), line[space...].trimmingCharacters(in: .whitespaces))
    }

    private func sync(_ text: String) throws {
        let words = text.split(separator: " ")
        let withBlobs = words.last == "blobs"
        let seconds = words.first.flatMap { Int($0) } ?? (words.isEmpty || words == ["blobs"] ? 30 : 0)
        guard seconds > 0, words.count <= (withBlobs ? 2 : 1) else { throw ShellError("sync takes a number of seconds, and blobs to wait for photos and documents as well.") }
        let deadline = ContinuousClock.now + .seconds(seconds)
        let replica = try replica()
        let printer = printer
        let ticker = DispatchSource.makeTimerSource()
        ticker.schedule(deadline: .now() + 2, repeating: 2)
        // Programs are told by events.
        ticker.setEventHandler {
            if !printer.isJSON, let progress = replica.catchUp { printer.text("Catching up: \(progress.text).") }
        }
        ticker.resume()
        defer { ticker.cancel() }
        try waiting { try await replica.syncNow(within: .seconds(seconds)) }
        if withBlobs { try waiting { try await Self.waitForBlobs(of: replica, until: deadline) } }
        let blobs = try replica.blobsToHandIn()
        let onTheirWay = blobs == 0 ? "" : " \(Self.counted(blobs)) on the way to the hub: stay online until blobs says that it has them."
        printer.reply(
            "In step with the hub, up to \(replica.progress.basis).\(onTheirWay)",
            [
                "basis": .text(replica.progress.basis.description), "pending": .integer(Int64(replica.pendingCount)),
                "blobs": .integer(Int64(blobs)),
            ])
    }

    /// Until all are handed in, and those that come by themselves have come.
    private static func waitForBlobs(of replica: Replica, until deadline: ContinuousClock.Instant) async throws {
        func isMissing(_ state: BlobState) -> Bool { if case .coming = state { true } else { state == .elsewhere } }
        while true {
            let missing = try replica.blobsToHandIn() + replica.blobs().filter { isMissing($0.state) }.count
            if missing == 0 { return }
            guard ContinuousClock.now < deadline else {
                throw ShellError("Rows are in step with the hub; \(missing) photos or documents are still on the way. They go on while you are online.")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    private static func counted(_ blobs: Int) -> String { blobs == 1 ? "1 photo or document is still" : "\(blobs) photos and documents are still" }

    /// - Returns: whether device and hub hold the same.
    func verify() throws -> Bool {
        let replica = try replica()
        let report = try waiting { try await replica.verify() }
        let receipt = ConvergenceReceipt(report)
        printer.reply(receipt.text, receipt.members)
        return report.isEqual
    }

    private func status() throws {
        let replica = try replica()
        let progress = replica.progress
        var rows = 0
        for collection in replica.schema.collections {
            let count = try replica.query("SELECT count(*) AS n FROM \"\(collection.name)\" WHERE _alive").first?.integer("n")
            rows += Int(count ?? 0)
        }
        let role = replica.schema.role(progress.role)?.label ?? "role \(progress.role)"
        let refused = try replica.refused().count
        let conflicts = try replica.conflicts().count
        let blobs = try replica.blobsToHandIn()
        printer.reply(
            """
            \(role) · \(replica.connection)\(replica.catchUp.map { ": \($0.text)" } ?? "") · complete up to \(progress.basis)
            \(rows) rows · \(replica.pendingCount) changesets\(blobs == 0 ? "" : " and \(blobs) photos or documents") wait for the hub · \(conflicts) conflicts · \(refused) refused operations
            """,
            [
                "role": .text(role), "user": .text(replica.identity.user.description), "connection": .text("\(replica.connection)"),
                "basis": .text(progress.basis.description), "rows": .integer(Int64(rows)),
                "pending": .integer(Int64(replica.pendingCount)), "conflicts": .integer(Int64(conflicts)),
                "refused": .integer(Int64(refused)), "blobs": .integer(Int64(blobs)),
            ])
    }

    private func query(_ sql: String) throws {
        guard !sql.isEmpty else { throw ShellError("query takes SQL, as in: query SELECT title FROM work_order WHERE _alive") }
        let rows = try replica().query(sql)
        printer.rows(rows.map { row in row.columns.map { ($0, row[$0]) } })
    }

    private func showRow(_ words: [String]) throws {
        guard words.count == 2, let id = RowID(words[1]) else { throw ShellError("row takes: COLLECTION ID") }
        let replica = try replica()
        guard let collection = replica.schema.collection(named: words[0]),
            let row = try replica.query("SELECT * FROM \"\(collection.name)\" WHERE id = ?", [.reference(id)]).first
        else { throw ShellError("This device has no \(words[0]) \(words[1]).") }
        let status = try replica.status(of: words[0], id).map(\.rawValue) ?? "unknown"
        let names = row.columns.filter { !$0.hasPrefix("_") }
        var fields = [("status", Value.text(status))]
        for name in names {
            if collection.customGroup?.name == name {
                fields += try customValues(row.text(name), collection)
                continue
            }
            fields.append((name, row[name]))
            if let field = collection.field(named: name), let words = try blobWords(of: field, row.text(name)) {
                fields.append((name + " (blob)", .text(words)))
            }
        }
        printer.fields(fields)
    }

    private func explain(_ words: [String]) throws {
        guard 3...4 ~= words.count, let row = RowID(words[1]) else {
            throw ShellError("explain takes: COLLECTION ID FIELD, and the element if the field is a set.")
        }
        let answer = try replica().explain(ExplainQuestion(
            collection: words[0], row: row, field: words[2], element: words.count == 4 ? words[3] : nil))
        printer.document(text: answer.text, json: try answer.json, named: "explanation")
    }

    private func preview() throws {
        let device = try device()
        let preview = try waiting { try await device.preview() }
        printer.document(text: preview.text, json: try preview.json, named: "preview")
    }

    private func showConflicts() throws {
        let rows = try replica().conflicts()
        printer.rows(rows.map { row in
            ["id", "subject", "part_label", "rule", "base", "theirs", "yours", "shown", "assignee", "note"].map { ($0, row[$0]) }
        })
    }

    private func showRefused() throws {
        let rows = try replica().refused().map { refused -> [(String, Value)] in
            [
                ("changeset", .text(refused.identity.description)),
                ("what", .text(try name(of: refused.key))),
                ("rule", .text("\(refused.refusal.rule)")), ("detail", .text(refused.refusal.detail)),
                ("remedy", .text(refused.remedy)), ("waits", .boolean(refused.refusal.rule.waitsForRow)),
            ]
        }
        printer.rows(rows, named: "refused")
    }

    /// What people call a row.
    private func name(of key: RowKey) throws -> String {
        guard let collection = try replica().schema.collection(key.collection) else { return key.description }
        guard let title = collection.titleField,
            let row = try replica().query("SELECT \"\(title)\" AS title FROM \"\(collection.name)\" WHERE id = ?", [.reference(key.row)]).first,
            let text = row.text("title")
        else { return "\(collection.label) …\(key.row.short)" }
        return "\(collection.label) “\(text)”"
    }

    private func moveClock(_ text: String) throws {
        guard let milliseconds = text == "reset" ? 0 : Words.duration(text) else { throw ShellError("clock takes +2d, -1h, +15m or reset.") }
        try device().clockOffset = milliseconds
        printer.reply("The device's wall clock is now \(text == "reset" ? "right" : "off by \(text)").", [:])
    }
}
