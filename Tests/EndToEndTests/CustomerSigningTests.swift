import ChildProcesses
import Foundation
import ReplicationCore
import Testing
import TestTraits

/// A technician asks somebody who is not there to sign: the mail comes, the page is read and signed, and the signed copy is on the
/// technician's device. Real hub, devices, mail server and HTTP.
@Suite(.serialized, .realTime)
struct CustomerSigningTests {
    let house: SampleHouse
    let mail: MailBox
    private let visitor = WebVisitor()
    private let order = "bf941b03-8b2c-84ca-b33f-d90b9025bb44"

    init() throws {
        house = try SampleHouse()
        mail = try MailBox(house.folder.path + "/mail")
    }

    func start() throws {
        try house.start([
            "--name", "Harbor Lift & Plumbing", "--pages", "127.0.0.1:0", "--mail", "smtp://127.0.0.1:\(mail.port)",
            "--mail-from", "Harbor Lift <office@harborlift.example>", "--contact", "Tel. +1 555 0100",
        ])
    }

    /// Ends when a query gives what is waited for, and fails if it never does.
    func wait(_ name: String, until query: String, _ isThere: ([[String: Any]]) -> Bool) throws -> [[String: Any]] {
        var found: [[String: Any]] = []
        for _ in 0..<60 {
            try house.shell(name, "online", "sync 120 blobs")
            found = try house.rows(name, query)
            if isThere(found) { return found }
        }
        Issue.record("\(name) still has \(found)")
        return found
    }

    func enrolNadia() throws {
        try house.enrol("ines", "nadia")
        try house.shell("ines", "online", "sync 120")
        let nadia = try #require(try house.rows("ines", "SELECT id FROM user WHERE name LIKE 'Nadia%'").first?["id"] as? String)
        try house.shell(
            "ines",
            "create appointment work_order=\(order) territory=a4ff5a59-075b-8c7c-a20b-30d48e76d620 assignee=\(nadia) planned_start=now planned_end=now+2h", "online", "sync 120")
        try house.shell("nadia", "online", "sync 120")
    }

    /// A document that the technician has signed, and a request for the customer's signature.
    func ask() throws -> (document: String, request: String) {
        let made = try #require(try house.shell("nadia", "document \(order) service_report.en").last?["document"] as? String)
        try house.shell("nadia", "sign \(made) technician \"Nadia Okafor\"")
        let asked = try house.shell("nadia", "ask customer \"W. Quist\" w.quist@example.com \(made) message \"Thank you for the coffee.\"", "online", "sync 120 blobs")
        return (made, try #require(asked.first?["row"] as? String))
    }

    @Test(.timeLimit(.minutes(10)))
    func `the mailed link is read and signed, and the signed copy comes by mail and to the device`() async throws {
        try start()
        defer { house.hub.stop() }
        try enrolNadia()
        try house.shell("nadia", "set work_order \(order) resolution=\"Valve soldered, refilled\"")
        let (document, request) = try ask()

        let invitation = try mail.next()
        #expect(invitation.to == ["w.quist@example.com"] && invitation.subject.contains("Service report"))
        #expect(invitation.text("text/plain").contains("Thank you for the coffee.") && invitation.text("text/html").contains("Valve soldered"))
        let link = try #require(invitation.link(house.hub.pages))

        #expect(try house.hub.command(["status"]).output.contains("open requests for signatures: 1 "))
        // A scanner of mail, many times.
        for _ in 0..<40 { #expect(try await visitor.get(link).status == 200) }
        #expect(try wait("nadia", until: "SELECT state, opened_at FROM signature_request") { $0.first?["state"] as? String == "sent" }.first?["opened_at"] is NSNull?)

        let page = try await visitor.get(link)
        #expect(page.text.contains("Valve soldered, refilled") && page.headers["referrer-policy"] == "no-referrer")
        let agreed = try #require(page.text.between("name=\"agree\" id=\"agree-0\" value=\"", "\""))
        // Consent, name, and the document that was read.
        #expect(try await visitor.post(link, [("name", "Wilma Quist"), ("method", "typed")]).status == 422)
        #expect(try await visitor.post(link, [("agree", agreed), ("name", " "), ("method", "typed")]).status == 422)
        let other = String(repeating: "0", count: 64) + agreed.dropFirst(64)
        #expect(try await visitor.post(link, [("agree", other), ("name", "Wilma Quist"), ("method", "typed")]).status == 422)
        let done = try await visitor.post(link, [("agree", agreed), ("name", "Wilma Quist"), ("role", "Head of operations"), ("method", "typed")])
        #expect(done.status == 303, "\(done.text)")
        let copies = try #require(done.headers["location"])
        #expect(try await visitor.post(link, [("agree", agreed), ("name", "Somebody else"), ("method", "typed")]).status == 410)
        #expect(try await visitor.get(link).status == 410)
        #expect(try await visitor.get(String(link.dropLast()) + (link.hasSuffix("0") ? "1" : "0")).status == 404)

        let thanks = try mail.next()
        let file = try #require(thanks.file("application/pdf"))
        let inspected = try HubProcess.run("converge", ["signatures", file])
        #expect(inspected.code == 0 && inspected.output.contains("B-B"), "\(inspected.output)")
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: file)))
        let pdf = try await visitor.get("\(house.hub.pages)\(copies)/\(document).pdf")
        #expect(pdf.status == 200 && [UInt8](pdf.bytes) == bytes)
        bytes[bytes.count / 3] ^= 1
        try Data(bytes).write(to: URL(fileURLWithPath: file + ".changed"))
        #expect(try HubProcess.run("converge", ["signatures", file + ".changed"]).code != 0)
        try judged(file, changed: file + ".changed")
        let trail = try ChildProcess.run("/usr/bin/pdftotext", ["-layout", file, "-"], within: 60).output
        #expect(trail.contains("127.0.0.1") && trail.contains("Converge, device ") && trail.contains("called “"), "\(trail)")

        // On the technician's device.
        let held = try wait("nadia", until: "SELECT state, copy, copy_level FROM document WHERE id = x'\(document.replacing("-", with: ""))'") { $0.first?["copy"] is String }
        #expect(held.first?["state"] as? String == "signed" && held.first?["copy_level"] as? String == "B-B")
        let reference = try #require((held.first?["copy"] as? String).flatMap { BlobReference(text: $0) })
        try house.shell("nadia", "save \(reference.blob.hash) \(house.folder.path)/copy.pdf")
        #expect(try Data(contentsOf: URL(fileURLWithPath: house.folder.path + "/copy.pdf")) == pdf.bytes)
        let events = try house.rows("nadia", "SELECT event, person, address, hex(hash_after) AS hash FROM signature_event ORDER BY happened_at, id")
        #expect(Set(events.compactMap { $0["event"] as? String }) == ["sent", "opened", "consented", "signed", "completed"])
        #expect(events.contains { $0["event"] as? String == "signed" && $0["person"] as? String == "Wilma Quist" && $0["address"] as? String == "127.0.0.1" })
        #expect(events.contains { $0["event"] as? String == "completed" && ($0["hash"] as? String)?.lowercased() == reference.blob.hash.description })
        #expect(try house.shell("nadia", "requests").first?["state"] as? String == "signed")
        #expect(try house.hub.command(["requests", "--state", "signed"]).output.contains(request))
        #expect(try house.hub.command(["status"]).output.contains("open requests for signatures: none; messages not sent: none"))

        // A field that the document shows is changed later.
        try house.shell("nadia", "set work_order \(order) resolution=\"Valve soldered, refilled, vented\"")
        let covered = try wait("nadia", until: "SELECT covers, changed FROM signature") { $0.allSatisfy { $0["covers"] as? String == "earlier" } }
        #expect(covered.count == 2 && covered.allSatisfy { $0["changed"] as? String == "work_order.resolution" })
        // So is a row that is gone.
        let item = try #require(try house.rows("ines", "SELECT id FROM checklist_item WHERE _alive AND work_order = x'\(order.replacing("-", with: ""))' LIMIT 1").first?["id"] as? String)
        try house.shell("ines", "delete checklist_item \(item)", "online", "sync 120")
        _ = try wait("nadia", until: "SELECT changed FROM signature") { $0.allSatisfy { ($0["changed"] as? String)?.contains("checklist_item.question") == true } }
        func reading() throws -> String { try HubProcess.run("fieldsim", ["repl", "--replica", house.device("nadia"), "-c", "read \(document)"]).output }
        #expect(try reading().contains("its row was deleted"))
        // And one that has come.
        let product = try #require(try house.rows("nadia", "SELECT id FROM product LIMIT 1").first?["id"] as? String)
        try house.shell("nadia", "create part_needed work_order=\(order) product=\(product) quantity=1", "online", "sync 120")
        _ = try wait("nadia", until: "SELECT changed FROM signature") { $0.allSatisfy { ($0["changed"] as? String)?.components(separatedBy: "\n").contains("part_needed") == true } }
        #expect(try reading().contains("Changed since: a part_needed was added"))
        for file in [house.hub.folder + "/house.hub.sqlite", house.hub.folder + "/house.hub.sqlite-wal"] where FileManager.default.fileExists(atPath: file) {
            let token = try #require(link.split(separator: "/").last)
            #expect(try Data(contentsOf: URL(fileURLWithPath: file)).range(of: Data(token.utf8)) == nil, "a token that was used is not in \(file)")
        }
    }

    @Test(.timeLimit(.minutes(10)))
    func `a link that was sent again, withdrawn or declined leads nowhere, and the hub goes on where it was killed`() async throws {
        try start()
        defer { house.hub.stop() }
        try enrolNadia()
        let (_, request) = try ask()
        let first = try #require(try mail.next().link(house.hub.pages))
        #expect(try house.hub.command(["resend", request]).code == 0)
        let second = try #require(try mail.next().link(house.hub.pages))
        #expect(first != second)
        #expect(try await visitor.get(first).status == 410)
        #expect(try await visitor.get(second).status == 200)

        try house.hub.kill()
        try start()
        let token = try #require(second.split(separator: "/").last)
        let moved = "\(house.hub.pages)/s/\(token)"
        #expect(try await visitor.get(moved).status == 200)
        #expect(try await visitor.post(moved + "/decline", [("name", "Wilma Quist"), ("reason", "The valve still drips.")]).status == 303)
        #expect(try await visitor.get(moved).status == 410)
        _ = try wait("nadia", until: "SELECT state FROM signature_request") { $0.first?["state"] as? String == "declined" }
        #expect(try house.rows("nadia", "SELECT note FROM signature_event WHERE event = 'declined'").first?["note"] as? String == "The valve still drips.")

        try await comesBack()

        let (_, other) = try ask()
        let third = try #require(try mail.next().link(house.hub.pages))
        try house.shell("nadia", "withdraw \(other)", "online", "sync 120")
        _ = try wait("nadia", until: "SELECT state FROM signature_request WHERE id = x'\(other.replacing("-", with: ""))'") { $0.first?["state"] as? String == "withdrawn" }
        #expect(try await visitor.get(third).status == 410)
        #expect(try house.hub.command(["withdraw", "01a203a1-775a-77a3-aae8-7297b4a59b54"]).code == 3)
    }

    /// What programs of others say of the mailed copy, and of the same with one byte changed: both trust the company's certificate.
    private func judged(_ copy: String, changed: String) throws {
        let certificate = house.hub.folder + "/certificate.pem", trust = house.folder.path + "/nss"
        try FileManager.default.createDirectory(atPath: trust, withIntermediateDirectories: true)
        func run(_ program: String, _ arguments: String...) throws -> String { try ChildProcess.run(program, arguments, within: 120).output }
        _ = try run("/usr/bin/certutil", "-N", "-d", "sql:" + trust, "--empty-password")
        _ = try run("/usr/bin/certutil", "-A", "-d", "sql:" + trust, "-n", "company", "-t", "P,P,P", "-i", certificate)
        let accepted = try run("/usr/bin/pdfsig", "-nssdir", trust, copy)
        #expect(accepted.contains("Signature is Valid.") && accepted.contains("Certificate is Trusted.") && accepted.contains("ETSI.CAdES.detached"), "\(accepted)")
        #expect(try !run("/usr/bin/pdfsig", "-nssdir", trust, changed).contains("Signature is Valid."))

        let python = try run(projectFolder + "/tools/python-environment", "pdf-verifiers", "Tests/PDFSigningTests/Verifiers/requirements.txt")
            .trimmingCharacters(in: .whitespacesAndNewlines)
        let list = house.folder.path + "/verified"
        try "\(certificate)\n\(copy)\n\(changed)".write(toFile: list, atomically: true, encoding: .utf8)
        let reports = try run(python, projectFolder + "/Tests/PDFSigningTests/Verifiers/check_signatures.py", list).split(separator: "\n").map { line in
            let report = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            return report?["signatures"] as? [[String: Any]] ?? []
        }
        #expect(reports.count == 2 && reports[0].count == 1 && reports[0].first?["bottomLine"] as? Bool == true, "\(reports)")
        #expect(reports.last?.contains { $0["bottomLine"] as? Bool == true } == false, "\(reports)")
    }

    /// A mail that comes back is told to whoever asked, and one that somebody made up is not.
    private func comesBack() async throws {
        let (_, request) = try ask()
        let sent = try mail.next()
        let names = try #require(sent.parts["names"] as? [String]), values = try #require(sent.parts["values"] as? [String])
        let id = try #require(zip(names, values).first { $0.0 == "Message-ID" }?.1)
        func bounce(_ recipient: String) throws -> Int32 {
            let text = """
                From: MAILER-DAEMON@mail.example\nTo: office@harborlift.example\nSubject: Undelivered\nMIME-Version: 1.0
                Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n
                --b\nContent-Type: text/plain\n\nSorry.\n
                --b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mail.example\n
                Final-Recipient: rfc822; \(recipient)\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 no such user\n
                --b\nContent-Type: text/rfc822-headers\n\nMessage-ID: \(id)\n
                --b--

                """
            let process = try ChildProcess(try HubProcess.binaries.appendingPathComponent("converge").path, ["bounce", "--data", house.hub.folder])
            try process.write(text)
            process.closeInput()
            guard case .exited(let code) = try process.wait(within: 60) else { return -1 }
            return code
        }
        #expect(try bounce("somebody.else@example.com") == 3)
        #expect(try bounce("w.quist@example.com") == 0)
        let failed = try wait("nadia", until: "SELECT state, trouble FROM signature_request WHERE id = x'\(request.replacing("-", with: ""))'") { $0.first?["state"] as? String == "failed" }
        #expect((failed.first?["trouble"] as? String)?.contains("550 no such user") == true)
    }
}
