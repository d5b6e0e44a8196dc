import Foundation
import ReplicationClient
import ReplicationCore
import ReplicationEngine

/// Signatures of people who are not there.
extension Shell {
    /// `ask PLACE NAME ADDRESS DOCUMENT… [contact ID] [phone +…] [language es] [message "…"]`
    func askForSignature(_ words: [String]) throws {
        let usage = "ask takes: PLACE \"NAME\" ADDRESS DOCUMENT …, and behind that, if you like: phone +34… · language es · message \"…\". ADDRESS is an e-mail address, or the id of a contact."
        guard words.count >= 4 else { throw ShellError(usage) }
        var asking = SignatureAsking(place: words[0], name: words[1])
        if let contact = RowID(words[2]) { asking.contact = contact } else { asking.email = words[2] }
        let ids = words[3...].prefix { RowID($0) != nil }.compactMap { RowID($0) }
        let rest = Array(words[3...].dropFirst(ids.count))
        guard !ids.isEmpty, rest.count % 2 == 0 else { throw ShellError(usage) }
        for index in stride(from: 0, to: rest.count, by: 2) {
            switch rest[index] {
            case "phone": asking.phone = rest[index + 1]
            case "language": asking.language = rest[index + 1]
            case "message": asking.message = rest[index + 1]
            default: throw ShellError(usage)
            }
        }
        let request = try replica().requestSignature(of: ids, asking)
        printer.reply("Asked: \(request). The hub sends \(asking.name) a link as soon as it has the request and the documents.", ["row": .text(request.description)])
    }

    /// `requests`: what was asked, and what became of it and of the messages about it.
    func showRequests() throws {
        let replica = try replica()
        let requests = try replica.query("SELECT * FROM signature_request WHERE _alive ORDER BY id")
        if requests.isEmpty { return printer.reply("Nobody was asked for a signature.", [:]) }
        for request in requests {
            let id = try request.id
            let messages = try replica.query("SELECT kind, state, tries, trouble FROM message WHERE _alive AND request = ? ORDER BY made_at, id", [.reference(id)])
            let state = request.text("standing") == "withdrawn" ? "withdrawn" : request.text("state") ?? "not at the hub yet"
            var lines = ["\(id)  \(request.text("signer_name") ?? "?"): \(state)"]
            for (name, field) in [("sent", "sent_at"), ("opened", "opened_at"), ("until", "expires_at")] {
                if let time = request.integer(field) { lines.append("    \(name)  \(Date(timeIntervalSince1970: Double(time) / 1_000).formatted(.iso8601))") }
            }
            if let trouble = request.text("trouble") { lines.append("    trouble  \(trouble)") }
            for message in messages {
                lines.append("    \(message.text("kind") ?? "?")  \(message.text("state") ?? "?"), \(message.integer("tries") ?? 0) tries\(message.text("trouble").map { ": \($0)" } ?? "")")
            }
            printer.reply(lines.joined(separator: "\n"), [
                "request": .text(id.description), "state": .text(state), "signer": .text(request.text("signer_name") ?? ""),
                "trouble": .text(request.text("trouble") ?? ""),
            ])
        }
    }

    /// `again REQUEST` · `withdraw REQUEST`
    func change(request text: String, _ change: (Replica, RowID) throws -> Void, _ told: String) throws {
        guard let request = RowID(text) else { throw ShellError("That takes the id of a request; requests lists them.") }
        try change(try replica(), request)
        printer.reply(told, ["row": .text(request.description)])
    }
}
