import Domain
import Foundation
import TestSupport
import Testing

/// What scenario files say, and what is said of mistakes in them.
@Suite struct ScenarioFileTests {
    static let shipped: [String] = (try? FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".yaml") }.sorted()) ?? []  // the first test says it
    static let folder = Fixture.root.appendingPathComponent("Fixtures/scenarios").path

    private func load(_ text: String) throws -> Scenario {
        try ScenarioFile.load(text: text, file: "s.yaml") { try String(contentsOfFile: Self.folder + "/" + $0, encoding: .utf8) }.scenario
    }

    /// A scenario with these steps.
    private func steps(_ text: String, head: String = "") throws -> [Scenario.Step] {
        try load("""
            scenario: 1
            title: A test
            company: ../sample-company/company.yaml
            begins: "08:00"
            \(head)
            devices: {nadia: {user: nadia}, ines: {user: ines}}
            steps:
            \(text)
            """).steps
    }

    @Test func theLibraryIsThere() { #expect(Self.shipped.count >= 13) }

    @Test(arguments: shipped) func shippedFilesFitTheirSchema(_ name: String) throws {
        let check = try JSONSchemaCheck(Data(Fixture.text("Protocol/scenarios/scenario.schema.json").utf8))
        let text = try Fixture.text("Fixtures/scenarios/\(name)")
        let mistakes = try check.mistakes(in: text)
        #expect(mistakes.isEmpty, "\(mistakes)")
        // What is not of the format is found.
        for (from, to) in [("scenario: 1", "scenario: 2"), ("title:", "titel:"), ("expect: same", "expect: alike"), ("user: ", "person: ")] {
            #expect(try !check.mistakes(in: text.replacingOccurrences(of: from, with: to)).isEmpty, "\(to)")
        }
    }

    @Test(arguments: shipped) func shippedFilesAreRead(_ name: String) throws {
        let scenario = try load(Fixture.text("Fixtures/scenarios/\(name)"))
        #expect(!scenario.about.isEmpty && !scenario.devices.isEmpty)
        #expect(scenario.steps.contains { if case .expect = $0.what { true } else { false } })
    }

    @Test func timesGoForwardOnly() throws {
        let steps = try steps("""
            - {at: "08:15", who: nadia, does: sync}
            - {after: 20 m, who: nadia, does: sync}
            - {who: nadia, does: sync}
            - {at: "08:00", who: nadia, does: sync}
            - {after: 3 d, who: nadia, does: sync}
            """)
        let minute: UInt64 = 60_000
        #expect(steps.map(\.at) == [15 * minute, 35 * minute, nil, 1_440 * minute, 4 * 1_440 * minute])
    }

    @Test func whatIsWrongIsToldWithItsLine() {
        for (step, problem) in [
            ("- {who: nadja, does: sync}", "no device `nadja`"),
            ("- {who: nadia, does: dance}", "no action of a device `dance`"),
            ("- {who: nadia, does: set, row: work_order/wo_chillr, fields: {title: x}}", "no row `work_order/wo_chillr` yet"),
            ("- {who: nadia, does: set, row: work_order/wo_chiller, fields: {titel: x}}", "no field `titel`"),
            ("- {who: nadia, does: set, row: work_order/wo_chiller, fields: {due_at: tomorrow}}", "`tomorrow` is not a time"),
            ("- {who: nadia, does: set, row: work_order/wo_chiller, fields: {priority: max}}", "no choice `max`"),
            ("- {who: nadia, does: create, row: work_order/wo_chiller, fields: {title: x}}", "already"),
            ("- {who: nadia, does: sync, row: work_order/wo_chiller}", "no key `row`"),
            ("- {who: nadia, does: weather, is: fine}", "no weather `fine`"),
            ("- {at: noon, who: nadia, does: sync}", "`noon` is no time of the day"),
            ("- {after: soon, who: nadia, does: sync}", "`soon` is no span of time"),
            ("- {who: hub, does: revoke, device: karl}", "no device `karl`"),
            ("- {expect: value, row: work_order/wo_chiller, field: title, where: nadia}", "has no `is`"),
            ("- {expect: value, row: work_order/wo_chiller, field: priority, is: max, where: nadia}", "no choice `max`"),
            ("- {expect: peace}", "no expectation `peace`"),
            ("- {who: nadia, does: sync, only: [reel]}", "no stage `reel`"),
        ] {
            do {
                _ = try steps(step)
                Issue.record("taken: \(step)")
            } catch {
                #expect("\(error)".contains(problem) && "\(error)".hasPrefix("s.yaml:8:"), "\(step): \(error)")
            }
        }
    }

    @Test func customersAreToldApartFromDevices() throws {
        let head = "only: real\ncustomers: {walter: {mail: w@example.com}}", paper = """
            - {who: nadia, does: make_document, row: document/report, about: work_order/wo_chiller, template: service_report.en}
            - {who: nadia, does: ask, row: signature_request/one, documents: [document/report], place: customer, name: Walter, customer: walter}

            """
        let steps = try steps(paper + "- {who: walter, does: scan_link, times: 1000}\n- {expect: link, where: walter, is: open}", head: head)
        let request = Scenario.RowName(collection: "signature_request", key: "one"), document = Scenario.RowName(collection: "document", key: "report")
        #expect(steps.dropFirst().prefix(2).map(\.what) == [
            .device("nadia", .document(.ask(request, of: [document], place: "customer", customer: "walter", name: "Walter"))), .customer("walter", .scan(times: 1_000)),
        ])
        guard case .expect(let expectation) = steps.last?.what else { return #expect(Bool(false), "no expectation") }
        #expect(expectation.what == .link(of: "walter", isOpen: true))
        for (step, problem) in [
            ("- {who: walter, does: sync}", "no action of a customer `sync`"), ("- {who: nadia, does: scan_link, times: 2}", "no action of a device `scan_link`"),
            ("- {who: walter, does: scan_link, times: 20000}", "`times` in the step is `20000`"), ("- {expect: mail, where: nadia}", "no customer `nadia`"),
            ("- {who: nadia, does: sign, row: work_order/wo_chiller, place: a, name: b}", "is no document"),
            ("- {who: nadia, does: withdraw, row: signature_request/two}", "no row `signature_request/two` yet"),
            ("- {expect: link, where: walter, is: gone}", "no state of a link `gone`"),
        ] {
            do {
                _ = try self.steps(paper + step, head: head)
                Issue.record("taken: \(step)")
            } catch {
                #expect("\(error)".contains(problem), "\(step): \(error)")
            }
        }
        for (head, problem) in [
            ("customers: {walter: {mail: w@example.com}}", "Say `only: real`"), ("only: real\ncustomers: {walter: {mail: w}}", "`w` is no e-mail address"),
            ("only: real\ncustomers: {nadia: {mail: w@example.com}}", "somebody else already"),
        ] {
            do {
                _ = try self.steps("- {who: ines, does: sync}", head: head)
                Issue.record("taken: \(head)")
            } catch {
                #expect("\(error)".contains(problem), "\(head): \(error)")
            }
        }
    }

    @Test func rowsAreKnownFromTheStepThatMakesThem() throws {
        let create = "- {who: ines, does: create, row: task/call, fields: {subject: account/bakery, title: Call}}"
        let expect = "- {expect: held, row: task/call, where: ines}"
        #expect(try steps(create + "\n" + expect).count == 2)
        #expect(throws: FileMistakes.self) { try steps(expect + "\n" + create) }
    }

    @Test func anOlderAppIsSpokenToInItsWords() throws {
        let text = try Fixture.text("Fixtures/scenarios/app-two-versions-behind.yaml")
        #expect(throws: FileMistakes.self) { try load(text.replacingOccurrences(of: "user: ben, app: 4", with: "user: ben")) }
        #expect(throws: FileMistakes.self) { try load(text.replacingOccurrences(of: "app: 4", with: "app: 99")) }
    }
}
