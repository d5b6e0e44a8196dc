import CustomerPages
import Documents
import Foundation
import PDFSigning
import ReplicationCore
import TestSupport
import Testing
import TestTraits

@testable import CustomerDesk

/// What was signed beside what stands, and the signed copies.
@Suite(.realTime)
struct CopyTests {
    private static let certificate = Result {
        try CompanyCertificate.makeSelfSigned(
            organisation: "Harbor Lift", country: "US", email: "office@harborlift.example", validYears: 2, at: Date(timeIntervalSince1970: 1_781_000_000))
    }

    // MARK: Coverage

    @Test func `a signature covers an earlier version while a source is otherwise`() throws {
        let house = try DeskHouse()
        let document = try house.makeDocument()
        try house.signOnDevice(document)
        try house.settle()
        func signature() throws -> HubRow { try #require(try house.rows("signature").first) }
        #expect(try signature().text("covers") == "present")
        house.pass(hours: 1)
        try house.put("work_order", House.order, ["resolution": .text("Valve replaced.")])
        try house.settle()
        #expect(try signature().text("covers") == "earlier")
        #expect(try signature().text("changed") == "work_order.resolution")
        #expect(try #require(try signature().integer("changed_at")) > Int64(house.now) - 1_000)
        try house.put("account", House.account, ["name": .text("Pier Ten Cold Store")])
        try house.settle()
        #expect(try signature().text("changed") == "account.name\nwork_order.resolution")
        try house.put("work_order", House.order, ["resolution": .text("Valve soldered.")])
        try house.put("account", House.account, ["name": .text("Pier Nine Cold Store")])
        try house.settle()
        #expect(try signature().text("covers") == "present")
        #expect(try signature().text("changed") == nil && signature().integer("changed_at") == nil)
        // What the form does not show is nothing to it.
        try house.put("work_order", House.order, ["kind": .text("repair")])
        try house.settle()
        #expect(try signature().text("covers") == "present")
    }

    @Test func `a signature covers an earlier version while the document would list another row`() throws {
        let house = try DeskHouse()
        let other = House.id(60), product = House.id(61), part = House.id(62)
        try house.put("product", product, ["name": .text("Seal kit"), "sku": .text("SK-1"), "unit": .text("piece")])
        try house.put("work_order", other, ["account": .reference(House.account), "territory": .reference(House.territory), "number": .text("HLP-0060"), "title": .text("Another"), "kind": .text("repair")])
        let document = try house.makeDocument()
        try house.signOnDevice(document)
        try house.settle()
        func covers() throws -> [String?] {
            let signature = try #require(try house.rows("signature").first)
            return [signature.text("covers"), signature.text("changed")]
        }
        #expect(try covers() == ["present", nil])
        try house.put("part_needed", House.id(63), ["work_order": .reference(other), "product": .reference(product), "quantity": .integer(2)])
        try house.settle()
        #expect(try covers() == ["present", nil])
        try house.put("part_needed", part, ["work_order": .reference(House.order), "product": .reference(product), "quantity": .integer(2)])
        try house.settle()
        #expect(try covers() == ["earlier", "part_needed"])
        try house.delete("part_needed", part)
        try house.settle()
        #expect(try covers() == ["present", nil])
        try house.put("part_needed", House.id(64), ["work_order": .reference(House.order), "product": .reference(product), "quantity": .integer(2)])
        try house.settle()
        #expect(try covers() == ["earlier", "part_needed"])
        try house.erase("part_needed", House.id(64))
        try house.settle()
        #expect(try covers() == ["present", nil])
    }

    @Test func `what is otherwise in more fields than a row holds is written once`() throws {
        let house = try DeskHouse()
        let form = try house.makeDocument().form.form
        // Of rows that are not there every field counts as changed.
        let sources = house.schema.collections.flatMap { collection in
            collection.fields.map { DocumentForm.Source(collection: collection.name, row: House.id(99).description, field: $0.name, value: "null") }
        }
        let hostile = try CanonicalForm(DocumentForm(
            kind: form.kind, template: form.template, language: form.language, title: form.title, number: form.number, date: form.date,
            letterhead: form.letterhead, blocks: form.blocks, sources: sources))
        let id = House.id(21)
        try house.bring(hostile)
        try house.put("document", id, [
            "work_order": .reference(House.order), "title": .text("Everything"), "form": .text(DeskHouse.reference(hostile.bytes, CanonicalForm.mediaType).description),
            "kind": .text("service_report"), "language": .text("en"), "state": .text("draft"),
        ])
        try house.signOnDevice((id, hostile))
        try house.settle()
        let changed = try #require(try house.rows("signature").first?.text("changed"))
        #expect(changed.count == 4_000)
        let head = try house.store.read { try $0.head }
        house.pass(minutes: 1)
        try house.settle()
        try house.settle()
        #expect(try house.store.read { try $0.head } <= CommitSequence(epoch: head.epoch, number: head.number + 1))
    }

    @Test func `a signature covers an earlier version once a row that it shows is erased`() throws {
        let house = try DeskHouse()
        let part = House.id(62)
        try house.put("product", House.id(61), ["name": .text("Seal kit"), "sku": .text("SK-1"), "unit": .text("piece")])
        try house.put("part_needed", part, ["work_order": .reference(House.order), "product": .reference(House.id(61)), "quantity": .integer(2)])
        let document = try house.makeDocument()
        try house.signOnDevice(document)
        try house.settle()
        #expect(try house.rows("signature").first?.text("covers") == "present")
        try house.erase("part_needed", part)
        try house.settle()
        let signature = try #require(try house.rows("signature").first)
        #expect(signature.text("covers") == "earlier" && signature.text("changed")?.contains("part_needed.quantity") == true)
        // Ids are left of it, until one of its rows changes.
        try house.erase("document", document.id)
        try house.settle()
        #expect(try house.records(CoveredRow.self, of: CoveredRow.owner(of: House.account)).count == 1)
        try house.put("account", House.account, ["name": .text("Pier Ten Cold Store")])
        try house.settle()
        #expect(try house.records(CoveredRow.self, of: CoveredRow.owner(of: House.account)).isEmpty)
    }

    @Test func `a place that may stay empty is waited for only while somebody is asked`() async throws {
        let house = try DeskHouse()
        let document = try house.makeDocument(places: ["customer", "technician"], optional: "customer")
        let request = try house.ask([document.id])
        let token = try house.token("signature_request")
        try house.signOnDevice(document, place: "technician", name: "Nadia Okafor", state: "signed")
        try house.settle()
        try house.desk.makeDueCopies()
        #expect(try house.row("document", document.id).text("copy") == nil)
        guard case .declined = await house.desk.decline(token, .init(name: "Wilma Quist", reason: "Not needed."), by: DeskHouse.visitor) else {
            Issue.record("it was not declined")
            return
        }
        try house.settle()
        try house.desk.makeDueCopies()
        #expect(try house.row("signature_request", request).text("state") == "declined")
        #expect(try house.row("document", document.id).text("state") == "signed" && house.row("document", document.id).text("copy") != nil)
        // Another signature would stand in no copy.
        let late = try house.ask([document.id], number: 41)
        #expect(try house.row("signature_request", late).text("state") == "failed")
        #expect(try house.row("signature_request", late).text("trouble")?.contains("signed copy is made") == true)
    }

    @Test func `a signature that came before its form is compared once that is there`() throws {
        let house = try DeskHouse()
        let document = try house.makeDocument(isHere: false)
        try house.signOnDevice(document)
        try house.settle()
        try house.desk.makeDueCopies()
        #expect(try house.rows("signature").first?.text("covers") == nil)
        try house.put("work_order", House.order, ["resolution": .text("Valve replaced.")])
        try house.bring(document.form)
        house.pass(minutes: 1)
        try house.desk.makeDueCopies()
        #expect(try house.rows("signature").first?.text("covers") == "earlier")
        try house.desk.makeDueCopies()
        #expect(try house.row("document", document.id).text("copy_level") == "unsigned")
    }

    @Test func `what is not signed by everybody is compared as well, and nobody waits for its copy`() throws {
        let house = try DeskHouse()
        let document = try house.makeDocument(places: ["customer", "technician"], isHere: false)
        try house.signOnDevice(document, state: "viewed")
        try house.settle()
        try house.bring(document.form)
        house.pass(minutes: 1)
        try house.desk.makeDueCopies()
        #expect(try house.rows("signature").first?.text("covers") == "present")
        #expect(try house.store.read { try CopyOrder.read(document.id.bytes, $0) } == nil)
    }

    @Test func `a document that two devices signed without knowing of each other is signed`() throws {
        let house = try DeskHouse()
        let document = try house.makeDocument(places: ["customer", "technician"])
        // Each saw its own signature only.
        try house.signOnDevice(document, place: "customer", state: "viewed")
        try house.settle()
        try house.signOnDevice(document, place: "technician", name: "Nadia Okafor", state: "viewed")
        try house.settle()
        try house.desk.makeDueCopies()
        #expect(try house.row("document", document.id).text("state") == "signed")
        #expect(try house.row("document", document.id).text("copy") != nil)
    }

    @Test func `a signature under another form is none of this document`() throws {
        let house = try DeskHouse()
        let document = try house.makeDocument()
        try house.put("work_order", House.order, ["resolution": .text("Something else.")])
        let other = try house.makeDocument(21)
        try house.signOnDevice((document.id, other.form), state: nil)
        let request = try house.ask([document.id])
        try house.desk.makeDueCopies()
        #expect(try house.row("signature_request", request).text("state") == "waiting")
        #expect(try house.row("document", document.id).text("copy") == nil)
    }

    // MARK: Copies

    private func copy(_ house: DeskHouse, _ document: RowID) throws -> [UInt8]? {
        let reference = try house.row("document", document).text("copy").flatMap { BlobReference(text: $0) }
        return try reference.flatMap { try house.desk.bytes(of: $0.blob) }
    }

    @Test func `a copy is made once, unsigned where there is no certificate`() async throws {
        let house = try DeskHouse()
        let document = try house.makeDocument()
        try house.signOnDevice(document)
        try house.settle()
        try house.desk.makeDueCopies()
        let made = try #require(try copy(house, document.id))
        #expect(made.starts(with: Array("%PDF".utf8)))
        #expect(try house.row("document", document.id).text("copy_level") == "unsigned")
        #expect(try house.events()["completed"] == 1)
        let event = try #require(try house.rows("signature_event").first { $0.text("event") == "completed" })
        #expect(event.bytes("hash_after") == event.bytes("hash_before") && event.bytes("form_hash") == document.form.hash)
        house.pass(days: 2)
        try house.settle()
        try house.desk.makeDueCopies()
        #expect(try copy(house, document.id) == made)
        #expect(try house.events()["completed"] == 1)
        #expect(try house.rows("interaction").map { $0.text("summary") } == ["Service report 20 ✓"])
        // Nobody asked by mail, so nobody is sent it.
        #expect(try house.messages("signed_copy").isEmpty)
    }

    @Test func `a copy is signed with the company's certificate, and the customer can fetch it`() async throws {
        let signer = PDFSigner(try Self.certificate.get())
        let house = try DeskHouse { $0.signer = signer }
        let document = try house.makeDocument()
        try house.ask([document.id])
        let token = try house.token("signature_request")
        guard case .signed(let copies, 0) = await house.sign(token, try await house.submission(token)) else {
            Issue.record("it was not signed")
            return
        }
        guard case .notReady = await house.desk.copy(copies, document: document.id.description) else {
            Issue.record("a copy is there before it was made")
            return
        }
        try house.settle()
        try house.desk.makeDueCopies()
        #expect(try house.row("document", document.id).text("copy_level") == "B-B")
        let made = try #require(try copy(house, document.id))
        guard case .pdf(let bytes, let name) = await house.desk.copy(copies, document: document.id.description) else {
            Issue.record("there is no copy for the customer")
            return
        }
        #expect(bytes == made && name == "service-report-20.pdf")
        #expect(String(decoding: made, as: UTF8.self).contains("ETSI.CAdES.detached"))
        // The mailed link leads there as well; the link for signing does not.
        let mailed = try house.token("signed_copy")
        guard case .pdf(made, _) = await house.desk.copy(mailed, document: document.id.description), case .ended = await house.desk.copy(token, document: document.id.description),
            case .unknown = await house.desk.copy(copies, document: House.id(99).description)
        else {
            Issue.record("links to copies lead elsewhere than they should")
            return
        }
        let event = try #require(try house.rows("signature_event").first { $0.text("event") == "completed" })
        #expect(event.bytes("hash_after") != event.bytes("hash_before") && event.text("note") == "B-B")
    }

    @Test func `a copy waits for its photos`() async throws {
        let house = try DeskHouse()
        let photo = [UInt8](try Data(contentsOf: Fixture.root.appendingPathComponent(Self.photo)))
        let reference = DeskHouse.reference(photo, "image/jpeg")
        try house.put(
            "checklist_item", House.id(80), ["work_order": .reference(House.order), "position": .integer(1), "question": .text("Leak closed?"), "answer_kind": .text("check")],
            sets: ["photos": [reference.description]])
        let document = try house.makeDocument()
        try house.ask([document.id])
        let token = try house.token("signature_request")
        #expect(await house.desk.picture(token, hash: reference.blob.hash.description) == nil)
        try house.signOnDevice(document)
        try house.settle()
        for _ in 0..<20 {
            try house.desk.makeDueCopies()
            house.pass(minutes: 1)
        }
        #expect(try house.row("document", document.id).text("copy") == nil)
        try house.blobs.put(photo, named: reference.blob)
        // It is looked for more and more rarely, 80 seconds apart at most.
        house.pass(minutes: 2)
        try house.desk.makeDueCopies()
        #expect(try house.row("document", document.id).text("copy") != nil)
    }

    private static let photo = "Fixtures/documents/pictures/3ff9179f31c1763db420cf3040fd01df9aeee7aaa3c2eff154cf622407b960c4.jpg"

    @Test func `a copy that cannot be made is tried again, and made when it can be`() async throws {
        let signer = PDFSigner(try Self.certificate.get())
        let house = try DeskHouse { $0.signer = signer }
        let document = try house.makeDocument()
        try house.signOnDevice(document)
        try house.settle()
        // The certificate is of 2026 and 2027.
        house.pass(days: 3_000)
        for tries in 1...3 {
            try house.desk.makeDueCopies()
            let order = try #require(try house.store.read { try CopyOrder.read(document.id.bytes, $0) })
            #expect(order.tries == tries && order.at == house.now + 5_000 << UInt64(tries))
            try house.desk.makeDueCopies()
            house.pass(minutes: 1)
        }
        #expect(try house.row("document", document.id).text("copy") == nil)
        #expect(house.log.contains { $0.contains("signed copy") })
        let bare = try house.restarted()
        try bare.desk.makeDueCopies()
        #expect(try house.row("document", document.id).text("copy_level") == "unsigned")
        #expect(try house.store.read { try CopyOrder.read(document.id.bytes, $0) } == nil)
    }
}
