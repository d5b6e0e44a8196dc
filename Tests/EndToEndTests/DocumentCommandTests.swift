import ChildProcesses
import Foundation
import ReplicationCore
import Testing
import TestTraits

/// A technician without a network has a service report signed; the office reads it, and sees what has changed since.
@Suite(.serialized, .realTime)
struct DocumentCommandTests {
    private let house: SampleHouse
    private let order = "bf941b03-8b2c-84ca-b33f-d90b9025bb44"

    init() throws { house = try SampleHouse() }

    @Test(.timeLimit(.minutes(10)))
    func `a report is made and signed without a network, and the office sees what it covers`() throws {
        try house.start()
        defer { house.hub.stop() }
        try house.enrol("ines", "nadia")
        let nadia = try #require(try house.shell("ines", "online", "sync 120", "query SELECT id FROM user WHERE name LIKE 'Nadia%'").last?["rows"] as? [[String: Any]])
        let user = try #require(nadia.first?["id"] as? String)
        try house.shell(
            "ines",
            "create appointment work_order=\(order) territory=a4ff5a59-075b-8c7c-a20b-30d48e76d620 assignee=\(user) planned_start=now planned_end=now+2h", "online", "sync 120")
        try house.shell("nadia", "online", "sync 120")

        // From here on without a network.
        try house.shell("nadia", "set work_order \(order) resolution=\"Valve soldered, refilled\"")
        let made = try #require(try house.shell("nadia", "document \(order) service_report.en").last)
        let document = try #require(made["document"] as? String), hash = try #require(made["hash"] as? String)
        let read = try HubProcess.run("fieldsim", ["repl", "--replica", house.device("nadia"), "-c", "read \(document) to customer \"W. Quist\""])
        #expect(read.output.contains("Valve soldered, refilled") && read.output.contains("SHA-256 \(hash)") && read.output.contains("By signing: "))
        // Prices are not for the road, and the account is not held.
        #expect(!read.output.contains("Unit price") && !read.output.contains("$"))
        #expect(try house.failure("nadia", "sign \(document) nobody \"W. Quist\"")?.contains("customer, technician") == true)
        let strokes = house.folder.path + "/strokes.txt"
        try "100 200 0 90\n300 260 16 120\n\n400 200 40 100\n".write(toFile: strokes, atomically: true, encoding: .utf8)
        #expect(try house.failure("nadia", "sign \(document) customer \"W. Quist\" role \"Head of operations\" drawn \(strokes)") == nil)
        #expect(try house.failure("nadia", "sign \(document) customer \"Somebody else\"")?.contains("W. Quist has signed there already") == true)
        #expect(try house.failure("nadia", "document \(order) nothing")?.contains("service_report.es") == true)
        #expect(try house.failure("nadia", "online") == nil)
        #expect(try house.shell("nadia", "online", "sync 120 blobs").last?["blobs"] as? NSNumber == 0)
        let seen = try house.shell("ines", "online", "sync 120 blobs", "read \(document)").last
        #expect(seen?["hash"] as? String == hash && seen?["covers"] as? String == "present", "\(seen ?? [:])")
        let events = try #require(try house.shell("ines", "query SELECT event FROM signature_event WHERE document = x'\(document.replacing("-", with: ""))' ORDER BY id").last?["rows"] as? [[String: Any]])
        #expect(events.compactMap { $0["event"] as? String } == ["presented", "consented", "signed"])
        let hashes = try #require(try house.shell("ines", "query SELECT hex(hash_before) AS before, hex(hash_after) AS after FROM signature_event WHERE event = 'signed'").last?["rows"] as? [[String: Any]])
        #expect((hashes.first?["before"] as? String)?.lowercased() == hash && (hashes.first?["after"] as? String)?.count == 64 && hashes.first?["after"] as? String != hashes.first?["before"] as? String)
        let signed = try #require(try house.shell("ines", "query SELECT method, signer_role, consent, hex(document_hash) AS hash, length(strokes) AS bytes FROM signature").last?["rows"] as? [[String: Any]])
        #expect(signed.count == 1 && (signed[0]["hash"] as? String)?.lowercased() == hash && (signed[0]["bytes"] as? NSNumber)?.intValue == 1 + 2 + 14 + 2 + 7)
        #expect((signed[0]["consent"] as? String)?.contains("sign it electronically") == true && signed[0]["method"] as? String == "drawn")

        try printedAndSigned(document)
        // A field that it covers is changed: nothing is lost silently.
        let after = try #require(try house.shell("ines", "set work_order \(order) resolution=\"Another story\"", "read \(document)").last)
        #expect(after["covers"] as? String == "earlier" && after["changed"] as? String == "work_order.resolution")
        let second = try #require(try house.shell("nadia", "document \(order) service_report.es").last?["document"] as? String)
        #expect(try house.failure("nadia", "decline \(second) customer \"W. Quist\" \"The price was another\"") == nil)
        #expect(try house.failure("nadia", "decline \(second) nobody \"W. Quist\" \"no\"")?.contains("customer, technician") == true)
        let states = try #require(try house.shell("nadia", "query SELECT state FROM document ORDER BY id").last?["rows"] as? [[String: Any]])
        #expect(states.compactMap { $0["state"] as? String } == ["viewed", "declined"])
        #expect(try house.failure("nadia", "sign \(document) technician Nadia") == nil)
        let signedState = try #require(try house.shell("nadia", "query SELECT state FROM document ORDER BY id").last?["rows"] as? [[String: Any]])
        #expect(signedState.first?["state"] as? String == "signed")
        try severalInOneSession()
        #expect(try HubProcess.run("fieldsim", ["verify", "--replica", house.device("nadia")]).code == 0)
    }

    /// Somebody reads three documents, and gives name, consent and drawing once for two of them.
    private func severalInOneSession() throws {
        let documents = try ["acceptance.en", "quote.en", "contract.en"].map { name in
            try #require(try house.shell("nadia", "document \(order) \(name)").last?["document"] as? String)
        }
        let together = documents[..<2].joined(separator: " "), strokes = house.folder.path + "/strokes.txt"
        #expect(try house.failure("nadia", "read \(documents.joined(separator: " ")) to customer \"W. Quist\"") == nil)
        #expect(try house.failure("nadia", "sign \(documents[0]) \(documents[0]) customer \"W. Quist\"")?.contains("each of them once") == true)
        let signed = try #require(try house.shell("nadia", "sign \(together) customer \"W. Quist\" role \"Head of operations\" drawn \(strokes)").last)
        #expect(signed["signatures"] as? NSNumber == 2)
        // All or none: the third is not signed because the first is already.
        #expect(try house.failure("nadia", "sign \(documents[2]) \(documents[0]) customer \"W. Quist\"")?.contains("has signed") == true)
        func rows(_ query: String) throws -> [[String: Any]] { try house.rows("nadia", query) }
        func key(_ id: String) -> String { "x'\(id.replacing("-", with: ""))'" }
        #expect(try rows("SELECT id FROM signature WHERE document = \(key(documents[2]))").isEmpty)
        var sessions: Set<String> = []
        for document in documents {
            let events = try rows("SELECT event, session FROM signature_event WHERE document = \(key(document)) ORDER BY id")
            let isSigned = document != documents[2]
            #expect(events.compactMap { $0["event"] as? String } == (isSigned ? ["presented", "consented", "signed"] : ["presented"]))
            sessions.formUnion(events.compactMap { $0["session"] as? String })
        }
        #expect(sessions.count == 1)
        let given = try rows("SELECT hex(document_hash) AS hash, hex(strokes) AS strokes, consent FROM signature WHERE document IN (\(key(documents[0])), \(key(documents[1])))")
        #expect(Set(given.compactMap { $0["hash"] as? String }).count == 2 && Set(given.compactMap { $0["strokes"] as? String }).count == 1)
        #expect(given.allSatisfy { ($0["consent"] as? String)?.isEmpty == false })
    }

    /// On paper, and under the company's certificate, as an independent program sees it.
    private func printedAndSigned(_ document: String) throws {
        let plain = house.folder.path + "/report.pdf", signed = house.folder.path + "/signed.pdf"
        #expect(try house.failure("ines", "pdf \(document) \(plain)") == nil)
        #expect(try house.failure("ines", "pdf \(document) \(plain)")?.contains("already") == true)
        func run(_ arguments: String...) throws -> (code: Int32, output: String, errors: String) { try HubProcess.run("converge", arguments) }
        #expect(try run("sign", plain, signed, "--data", house.hub.folder).errors.contains("converge certificate make"))
        let company = ["certificate", "make", "--organisation", "Harbor Lift", "--country", "US", "--email", "office@harborlift.example", "--data", house.hub.folder]
        #expect(try HubProcess.run("converge", company).output.contains("fingerprint  SHA-256 "))
        #expect(try HubProcess.run("converge", company).errors.contains("is there already"))
        let made = try run("sign", plain, signed, "--attach", plain + ".json", "--reason", "Service report", "--data", house.hub.folder)
        #expect(made.code == 0 && made.output.contains("level B-B"), "\(made)")
        #expect(try run("sign", plain, signed, "--data", house.hub.folder).errors.contains("already"))
        let told = try run("signatures", signed)
        #expect(told.code == 0 && told.output.contains("Holds: ") && told.output.contains("Harbor Lift") && told.output.contains("B-B, Service report"), "\(told)")
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: signed)))
        bytes[1_000] ^= 1
        let changed = house.folder.path + "/changed.pdf"
        try Data(bytes).write(to: URL(fileURLWithPath: changed))
        #expect(try run("signatures", changed).code != 0 && run("signatures", plain).code == 3)
        let seen = try ChildProcess.run("/usr/bin/pdfsig", ["-nocert", signed], within: 60)
        #expect(seen.output.contains("Signature is Valid") && seen.output.contains("Total document signed"), "\(seen.output)")
        let text = try ChildProcess.run("/usr/bin/pdftotext", ["-layout", signed, "-"], within: 60).output
        #expect(text.contains("Valve soldered, refilled") && text.contains("W. Quist") && !text.contains("DRAFT"), "\(text)")
        #expect(try ChildProcess.run("/usr/bin/pdfdetach", ["-list", signed], within: 60).output.contains("report.pdf.json"))
    }
}
