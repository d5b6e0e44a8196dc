import CustomerPages
import Documents
import ReplicationCore
import Testing
import TestTraits

@testable import CustomerDesk

/// What customers sign through links.
@Suite(.realTime)
struct SigningTests {
    @Test func `a thousand who sign one link at once make one signature`() async throws {
        let house = try DeskHouse()
        let document = try house.makeDocument()
        let request = try house.ask([document.id])
        let token = try house.token("signature_request")
        let agreed = try await house.submission(token).agreed
        let outcomes = await withTaskGroup(of: Signed.self) { group in
            for number in 1...1_000 { group.addTask { Signed(await house.sign(token, SigningSubmission(agreed: agreed, name: "Wilma \(number)"))) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.count { $0 == .signed(remaining: 0) } == 1)
        #expect(outcomes.count { $0 == .ended(.used) } == 999)
        #expect(try house.row("signature_request", request).text("state") == "signed")
        try house.settle()
        try house.desk.makeDueCopies()
        try house.desk.makeDueCopies()
        #expect(try house.rows("signature", where: "document", names: document.id).count == 1)
        #expect(try house.events() == ["opened": 1, "consented": 1, "signed": 1, "completed": 1])
        #expect(try house.messages("signed_copy").count == 1)
        #expect(try house.row("signature_request", request).text("state") == "signed")
        #expect(try house.row("document", document.id).text("state") == "signed")
    }

    @Test func `opening a link writes nothing, however often`() async throws {
        let house = try DeskHouse()
        try house.ask([try house.makeDocument().id])
        let token = try house.token("signature_request")
        let head = try house.store.read { try $0.head }
        for _ in 0..<100 { #expect(await house.end(token) == nil) }
        #expect(try house.store.read { try $0.head } == head)
        var random = SystemRandomNumberGenerator()
        #expect(await house.end(LinkToken(using: &random)) == .unknown)
    }

    @Test func `a link that expires between look and signature cannot sign, and asked for again it can`() async throws {
        let house = try DeskHouse()
        let document = try house.makeDocument()
        let request = try house.ask([document.id])
        let token = try house.token("signature_request")
        let read = try await house.submission(token)
        house.pass(days: 14)
        #expect(Signed(await house.sign(token, read)) == .ended(.expired))
        #expect(try house.rows("signature").isEmpty)
        try house.settle()
        #expect(try house.row("signature_request", request).text("state") == "expired")
        #expect(try house.events() == ["expired": 1])
        #expect(try house.records(LinkRecord.self, of: request).map(\.ended?.reason) == ["expired"])
        #expect(try house.messages("signature_request").map { $0.text("state") } == ["canceled"])

        try house.askAgain(request)
        let again = try house.token("signature_request")
        #expect(again != token)
        #expect(await house.end(token) == .expired)
        #expect(Signed(await house.sign(again, read)) == .signed(remaining: 0))
        try house.settle()
        #expect(try house.row("signature_request", request).text("state") == "signed")
    }

    @Test func `a link that was sent again replaces the former, and copies of what was signed stay`() async throws {
        let house = try DeskHouse()
        let documents = [try house.makeDocument(20).id, try house.makeDocument(21).id]
        let request = try house.ask(documents)
        let token = try house.token("signature_request")
        var half = try await house.submission(token)
        half.agreed.removeLast()
        guard case .signed(let copies, 1) = await house.sign(token, half) else {
            Issue.record("one of two was not signed")
            return
        }
        try house.settle()
        #expect(try house.row("signature_request", request).text("state") == "opened")

        try house.askAgain(request)
        #expect(await house.end(token) == .replaced)
        #expect(await house.end(copies) == nil)
        let second = try house.token("signature_request")
        // What is signed stays signed, and is offered no more.
        let rest = try await house.submission(second)
        #expect(rest.agreed.map(\.document) == [documents[1].description])
        #expect(Signed(await house.sign(second, SigningSubmission(agreed: half.agreed, name: "Wilma Quist"))) == .refused(.changed))
        #expect(Signed(await house.sign(second, rest)) == .signed(remaining: 0))
        try house.settle()
        #expect(try house.row("signature_request", request).text("state") == "signed")
        #expect(try house.rows("signature").count == 2)
    }

    @Test func `a request that is withdrawn ends its links for good`() async throws {
        let house = try DeskHouse()
        let request = try house.ask([try house.makeDocument().id])
        let token = try house.token("signature_request")
        let read = try await house.submission(token)
        try house.put("signature_request", request, ["standing": .text("withdrawn")])
        try house.settle()
        #expect(await house.end(token) == .withdrawn)
        #expect(Signed(await house.sign(token, read)) == .ended(.withdrawn))
        #expect(try house.row("signature_request", request).text("state") == "withdrawn")
        #expect(try house.messages("signature_request").map { $0.text("state") } == ["canceled"])
        #expect(try house.events() == ["withdrawn": 1])
        try house.askAgain(request)
        #expect(try house.messages("signature_request").count == 1)
    }

    @Test func `what is declined has its reason in the ledger, and is not asked for again by itself`() async throws {
        let house = try DeskHouse()
        let document = try house.makeDocument()
        let request = try house.ask([document.id])
        let token = try house.token("signature_request")
        func decline(_ name: String, _ reason: String) async -> DecliningOutcome { await house.desk.decline(token, .init(name: name, reason: reason), by: DeskHouse.visitor) }
        guard case .noName = await decline(" ", "No."), case .noReason = await decline("Wilma Quist", "") else {
            Issue.record("nobody declines without name and reason")
            return
        }
        guard case .declined = await decline("Wilma Quist", "The valve still drips.") else {
            Issue.record("it was not declined")
            return
        }
        guard case .ended(let end) = await decline("Wilma Quist", "Again."), end.reason == .declined else {
            Issue.record("it was declined twice")
            return
        }
        try house.settle()
        #expect(try house.row("signature_request", request).text("state") == "declined")
        #expect(try house.row("document", document.id).text("state") == "declined")
        #expect(try house.rows("signature_event").first { $0.text("event") == "declined" }?.text("note") == "The valve still drips.")
        // The desk comes to rest, whatever is wished for.
        try house.askAgain(request)
        #expect(try house.row("signature_request", request).text("state") == "declined")
        #expect(try house.messages("signature_request").count == 1)
    }

    @Test func `several documents are signed in two goes`() async throws {
        let house = try DeskHouse()
        let documents = [try house.makeDocument(20).id, try house.makeDocument(21).id, try house.makeDocument(22).id]
        let request = try house.ask(documents)
        let token = try house.token("signature_request")
        let all = try await house.submission(token)
        #expect(all.agreed.map(\.document) == documents.map(\.description))
        var first = all, rest = all
        first.agreed.removeSubrange(1...)
        rest.agreed.removeFirst()
        #expect(Signed(await house.sign(token, first)) == .signed(remaining: 2))
        #expect(Signed(await house.sign(token, first)) == .refused(.changed))
        #expect(Signed(await house.sign(token, all)) == .refused(.changed))
        #expect(try house.rows("signature").count == 1)
        try house.settle()
        #expect(Signed(await house.sign(token, rest)) == .signed(remaining: 0))
        #expect(await house.end(token) == .used)
        try house.settle()
        try house.desk.makeDueCopies()
        #expect(try house.row("signature_request", request).text("state") == "signed")
        #expect(try house.messages("signed_copy").count == 3)
    }

    @Test func `nothing is signed without consent, name, or the text that was read`() async throws {
        let house = try DeskHouse()
        let document = try house.makeDocument()
        try house.ask([document.id])
        let token = try house.token("signature_request")
        let read = try await house.submission(token)
        let id = document.id.description
        let wrong: [(SigningSubmission, SigningRefusal)] = [
            (.init(agreed: [], name: "Wilma Quist"), .noConsent), (.init(agreed: read.agreed, name: " \n"), .noName),
            (.init(agreed: [(id, String(repeating: "0", count: 64))], name: "Wilma Quist"), .changed),
            (.init(agreed: read.agreed + read.agreed, name: "Wilma Quist"), .changed),
            (.init(agreed: [(House.order.description, read.agreed[0].hash)], name: "Wilma Quist"), .changed),
        ]
        for (submission, refusal) in wrong { #expect(Signed(await house.sign(token, submission)) == .refused(refusal)) }
        #expect(try house.rows("signature").isEmpty)
    }

    @Test(arguments: [("other order", "no document"), ("no document", "names no document"), ("no place", "no place"), ("no address", "no e-mail address")])
    func `a request that cannot be met fails and says why`(_ fault: String, _ trouble: String) throws {
        let house = try DeskHouse()
        let other = House.id(60)
        try house.put("work_order", other, ["account": .reference(House.account), "territory": .reference(House.territory), "title": .text("Another")])
        let document = try house.makeDocument(order: fault == "other order" ? other : House.order)
        let request = try house.ask(
            fault == "no document" ? [] : [document.id], email: fault == "no address" ? nil : "w.quist@example.com", place: fault == "no place" ? "witness" : "customer")
        let row = try house.row("signature_request", request)
        #expect(row.text("state") == "failed")
        #expect(row.text("trouble")?.contains(trouble) == true, "\(row.text("trouble") ?? "")")
        #expect(try house.messages("signature_request").isEmpty)
        #expect(try house.records(LinkRecord.self, of: request).isEmpty)
    }

    @Test func `a request whose documents become another order's ends its links`() async throws {
        let house = try DeskHouse()
        let other = House.id(60)
        try house.put("work_order", other, ["account": .reference(House.account), "territory": .reference(House.territory), "title": .text("Another")])
        let request = try house.ask([try house.makeDocument().id])
        let token = try house.token("signature_request")
        try house.put("signature_request", request, [:], sets: ["documents": [try house.makeDocument(21, order: other).id.description]])
        try house.settle()
        #expect(try house.row("signature_request", request).text("state") == "failed")
        #expect(await house.end(token) == .withdrawn)
        #expect(try house.messages("signature_request").map { $0.text("state") } == ["canceled"])
    }

    @Test func `a request waits for the forms of its documents`() async throws {
        let house = try DeskHouse()
        let document = try house.makeDocument(isHere: false)
        let request = try house.ask([document.id], email: nil, contact: House.contact)
        #expect(try house.row("signature_request", request).text("state") == "waiting")
        #expect(try house.messages("signature_request").isEmpty)
        try house.bring(document.form)
        house.pass(minutes: 1)
        try house.settle()
        #expect(try house.messages("signature_request").map { $0.text("address") } == ["w.quist@example.com"])
    }

    @Test func `a form that is none fails its request, and holds up no other`() throws {
        let house = try DeskHouse()
        let bytes = Array("{\"title\": \"no form\"}".utf8)
        let reference = DeskHouse.reference(bytes, CanonicalForm.mediaType)
        let broken = House.id(30)
        try house.put("document", broken, ["work_order": .reference(House.order), "title": .text("Broken"), "form": .text(reference.description)])
        let document = try house.makeDocument(isHere: false)
        let first = try house.ask([broken]), second = try house.ask([document.id], number: 41)
        #expect(try [first, second].map { try house.row("signature_request", $0).text("state") } == ["waiting", "waiting"])
        try house.blobs.put(bytes, named: reference.blob)
        try house.bring(document.form)
        house.pass(minutes: 1)
        try house.settle()
        #expect(try house.row("signature_request", first).text("state") == "failed")
        #expect(try house.row("signature_request", first).text("trouble")?.contains("cannot be read") == true)
        #expect(try house.messages("signature_request").map { $0.reference("request") } == [second])
    }

    @Test func `what a person has before them is noted once`() async throws {
        let house = try DeskHouse()
        let request = try house.ask([try house.makeDocument().id])
        let token = try house.token("signature_request")
        for _ in 0..<3 { await house.desk.noteOpened(token, by: DeskHouse.visitor) }
        #expect(try house.events() == ["opened": 1])
        #expect(try house.row("signature_request", request).text("state") == "opened")
        let event = try #require(try house.rows("signature_event").first)
        #expect(event.text("address") == "192.0.2.7" && event.text("agent") == "Test" && event.reference("request") == request)
    }

    @Test(arguments: [("pt", "es", "pt"), (nil, "es", "es"), ("pt", nil, "pt"), (nil, nil, "en")] as [(String?, String?, String)])
    func `a link is sent in the language that was asked for, else in the contact's, else in the document's`(asked: String?, contact: String?, expected: String) async throws {
        let house = try DeskHouse()
        if let contact { try house.put("contact", House.contact, ["language": .text(contact)]) }
        let document = try house.makeDocument()
        let request = try house.ask([document.id], contact: House.contact, language: asked)
        #expect(try house.messages("signature_request").map { $0.text("language") } == [expected])
        #expect(try house.records(LinkRecord.self, of: request).map(\.language) == [expected])
        let token = try house.token("signature_request")
        #expect(Signed(await house.sign(token, try await house.submission(token))) == .signed(remaining: 0))
        try house.settle()
        try house.desk.makeDueCopies()
        #expect(try house.messages("signed_copy").map { $0.text("language") } == [expected])
    }
}
