import Foundation

extension DayPlay {
    func evening() throws {
        story.chapter("Evening: everyone comes back, in a bad order")
        let mei = try device("Mei"), kofi = try device("Kofi"), nadia = try device("Nadia"), tomas = try device("Tomás")
        try mei.run("online")
        try mei.run("sync 30")
        story.tell("Mei", "is back first. Her work is accepted as it is.")

        let pending = (try tomas.run("status")["pending"] as? NSNumber)?.intValue ?? 0
        try tomas.send("online")
        _ = try tomas.waitForEvent("verdicts")
        try tomas.kill()
        story.tell("Tomás", "comes out of the tunnel with \(pending) changesets to hand in. In the middle of the upload his phone dies (kill -9).")

        try kofi.run("online")
        try kofi.run("sync 30")
        story.tell("Kofi", "comes back, and the hub finds that he and Mei wrote the same field.")

        try nadia.run("online")
        try nadia.run("sync 30")
        try nadia.run("resend")
        try nadia.run("sync 30")
        story.tell("Nadia", "hands in her day, and then the very same changesets once more. The hub repeats its verdicts and applies nothing twice.")

        try tomas.restart()
        let left = (try tomas.run("status")["pending"] as? NSNumber)?.intValue ?? 0
        story.tell("Tomás", "has charged his phone. \(left) of \(pending) changesets have no verdict yet; the device goes on from there.")
        try tomas.run("online")
        try tomas.run("sync 60")
        for member in Self.cast { try device(member.name).run("sync 60") }
    }

    /// What came of it, and whether all hold the same.
    func reckoning() throws -> Bool {
        try tellConflicts()
        try tellReviews()
        try tellRefusals()
        try tellStock()
        return try tellConvergence()
    }

    private func tellConflicts() throws {
        story.chapter("What was merged, and who lost what")
        var seen: Set<String> = []
        for name in ["Inês", "Kofi", "Mei", "Nadia", "Tomás"] {
            let rows = try device(name).query("SELECT c.id, c.subject, c.part_label, c.rule, c.base, c.theirs, c.yours, c.shown, t.name AS their_name, y.name AS your_name FROM conflict c LEFT JOIN user t ON t.id = c.theirs_author LEFT JOIN user y ON y.id = c.yours_author WHERE c._alive AND c.state = 'open' ORDER BY c.raised_at, c.id")
            for row in rows where seen.insert(row["id"] as? String ?? "").inserted { tell(conflict: row) }
        }
        if seen.isEmpty { story.note("There were no conflicts.") }
        let kofi = try device("Kofi")
        let account = try kofi.query("SELECT phones, next_step, lifecycle FROM account WHERE name = 'Pier Nine Cold Store'").first ?? [:]
        story.note("Merged without a conflict: both new phone numbers stand (add-wins set): \(account["phones"] ?? "").")
        let notes = try kofi.query("SELECT summary FROM interaction WHERE summary LIKE 'Walter wants%' OR summary LIKE 'Saw the%'")
        story.note("Both call notes and both tasks are there (\(notes.count) notes): new rows never collide.")
        let hoist = try device("Inês").query("SELECT status, eta_revision FROM appointment WHERE id = x'\(hex(appointments["hoist"]))'").first ?? [:]
        story.note("The hoist's planned time moved in the office and its status moved on the road: different cells, both stand (status: \(hoist["status"] ?? "")).")
    }

    private func tell(conflict row: [String: Any]) {
        func text(_ key: String) -> String { row[key] as? String ?? "nothing" }
        let subject = text("subject").split(separator: "/").first.map(String.init) ?? "row"
        let rule = switch text("rule") {
        case "laterTime": "the later write is shown"
        case "higherRole": "the higher role is shown"
        case "furtherState": "the further state is shown"
        case "keptBoth": "both stand until a person chooses"
        case "firstCommitted": "the first one committed stands"
        default: text("rule")
        }
        story.tell("Conflict", "\(text("part_label")) of \(subject.replacingOccurrences(of: "_", with: " ")): \(rule). The loser is kept.")
        let yoursShown = text("shown") == "yours"
        story.side("base", nil, values(row["base"]))
        story.side(yoursShown ? "lost" : "shown", text("their_name"), values(row["theirs"]))
        story.side(yoursShown ? "shown" : "lost", text("your_name"), values(row["yours"]))
    }

    /// The values of a side, out of the JSON that a conflict carries.
    private func values(_ json: Any?) -> String {
        guard let text = json as? String,
            let object = try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]  // shown as it is
        else { return json as? String ?? "nothing" }
        return object.sorted { $0.key < $1.key }.map { "\($0.value is NSNull ? "nothing" : "\($0.value)")" }.joined(separator: ", ")
    }

    private func tellReviews() throws {
        story.chapter("What a person should look at")
        var seen: Set<String> = []
        for name in ["Inês", "Nadia", "Tomás"] {
            let rows = try device(name).query("SELECT r.id, r.subject, r.rule, r.detail, u.name FROM review r LEFT JOIN user u ON u.id = r.author WHERE r._alive ORDER BY r.raised_at, r.id")
            for row in rows where seen.insert(row["id"] as? String ?? "").inserted {
                let subject = (row["subject"] as? String ?? "").split(separator: "/").first ?? "row"
                story.note("• \(row["rule"] ?? ""): \(subject.replacingOccurrences(of: "_", with: " ")) — \(row["detail"] ?? "") (work of \(row["name"] as? String ?? "the hub"))")
            }
        }
        if seen.isEmpty { story.note("Nothing.") }
    }

    private func tellRefusals() throws {
        story.chapter("What was refused")
        for member in Self.cast {
            let rows = try device(member.name).run("refused")["refused"] as? [[String: Any]] ?? []
            for row in rows {
                story.tell(member.name, "\(row["what"] ?? ""): \(row["detail"] ?? "") What to do: \(row["remedy"] ?? "")")
            }
        }
        story.note("A refused operation stays in quarantine, whole, on the device and at the hub; nothing behind it waited.")
    }

    private func tellStock() throws {
        story.chapter("Stock in the vans")
        for name in ["Nadia", "Tomás"] {
            let after = try stock(try device(name))
            let before = Dictionary(uniqueKeysWithValues: (stockBefore[name] ?? []).map { ($0.product, $0.onHand) })
            let rows = after.filter { before[$0.product] != $0.onHand }.map {
                [name, $0.product, "\(before[$0.product] ?? 0)", "\($0.onHand)"]
            }
            story.table(["van of", "product", "before", "after"], rows)
        }
    }

    private func tellConvergence() throws -> Bool {
        story.chapter("Does everybody hold the same?")
        var isEqual = true
        for member in Self.cast {
            let shell = try device(member.name)
            let result = try shell.attempt("verify")
            let status = try shell.run("status")
            let pending = (status["pending"] as? NSNumber)?.intValue ?? -1
            if result["equal"] as? Bool == true, result["mended"] == nil, pending == 0 {
                story.good("\(member.name): \(result["rows"] ?? 0) rows, \(result["cells"] ?? 0) cells, digest \((result["digest"] as? String ?? "").prefix(16))… at \(result["at"] ?? ""): the same as the hub's.")
            } else {
                isEqual = false
                story.bad("\(member.name): differs from the hub: \(result), \(pending) changesets pending.")
            }
        }
        let hubStatus = try hub.command("status", [])
        story.note("")
        story.note("Hub: head \(hubStatus["head"] ?? ""), \(hubStatus["openConflicts"] ?? 0) open conflicts, \(hubStatus["openReviews"] ?? 0) open reviews, \(hubStatus["quarantined"] ?? 0) refused in quarantine.")
        story.note(String(format: "The day took %.1f seconds.", story.elapsed))
        return isEqual
    }
}
