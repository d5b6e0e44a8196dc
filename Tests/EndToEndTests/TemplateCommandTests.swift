import Domain
import Foundation
import ReplicationCore
import Testing
import TestTraits

/// An administrator adds and retires templates while a technician's device makes documents from them: through the real programs.
@Suite(.serialized, .realTime)
struct TemplateCommandTests {
    private let house: SampleHouse
    private let order = RowID.derived(collection: 12, key: ["wo_chiller"])

    init() throws { house = try SampleHouse() }

    private func converge(_ arguments: [String]) throws -> (code: Int32, output: String, errors: String) {
        try HubProcess.run("converge", ["template"] + arguments + ["--data", house.hub.folder])
    }

    /// What a device answers, or how it failed.
    private func shell(_ commands: String...) throws -> String {
        let result = try HubProcess.run("fieldsim", ["repl", "--replica", house.device("ines")] + commands.flatMap { ["-c", $0] })
        return result.output + result.errors
    }

    private func file(_ name: String, _ change: (String) -> String) throws -> String {
        let path = house.folder.path + "/" + name
        let shipped = try String(contentsOfFile: projectFolder + "/Protocol/documents/quote.en.yaml", encoding: .utf8)
        try change(shipped).write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    @Test(.timeLimit(.minutes(10)))
    func `templates are written, added, taken by region and language, and retired`() throws {
        try house.start()
        defer { house.hub.stop() }
        try house.enrol("ines")
        #expect(try shell("online", "sync 120", "document \(order) quote").contains("no template of quote"))

        let written = try HubProcess.run("converge", ["template", "write", house.folder.path + "/templates"])
        let files = try FileManager.default.contentsOfDirectory(atPath: house.folder.path + "/templates").sorted().map { house.folder.path + "/templates/" + $0 }
        #expect(written.code == 0 && files.count == 8, "\(written)")
        #expect(try HubProcess.run("converge", ["template", "write", house.folder.path + "/templates"]).output.contains("there already"))
        #expect(try converge(["add"] + files).output.hasPrefix("8 added"))
        #expect(try converge(["add"] + files).output.hasPrefix("0 added, 8 there already"))
        #expect(try shell("online", "sync 120", "document \(order) quote").contains("Price for everything"))

        // One for the order's own territory goes before, in another language before the general one of the reader's.
        let harbor = try file("harbor.yaml") { $0.replacing("template: quote.en", with: "template: harbor.es").replacing("language: en", with: "language: es").replacing("title: Quote", with: "title: Oferta del puerto") }
        #expect(try converge(["add", harbor, "--region", "Harborside"]).code == 0)
        let uptown = try file("uptown.yaml") { $0.replacing("template: quote.en", with: "template: uptown.en").replacing("title: Quote", with: "title: Uptown quote") }
        #expect(try converge(["add", uptown, "--region", "Uptown"]).code == 0)
        #expect(try shell("online", "sync 120", "document \(order) quote").contains("Oferta del puerto"))
        #expect(try shell("document \(order) uptown.en").contains("Uptown quote"))
        let second = try file("second.yaml") { $0.replacing("template: quote.en", with: "template: harbor.es").replacing("version: 1", with: "version: 2").replacing("title: Quote", with: "title: Second offer") }
        #expect(try converge(["add", second, "--region", "Harborside"]).code == 0)
        #expect(try shell("online", "sync 120", "document \(order) quote").contains("Second offer"))
        #expect(try converge(["retire", "harbor.es", "--version", "2"]).output.contains("1 version of"))
        #expect(try shell("online", "sync 120", "document \(order) quote").contains("Oferta del puerto"))
        #expect(try converge(["retire", "harbor.es"]).output.contains("1 version of") && converge(["retire", "harbor.es"]).output.contains("already"))
        // The customer reads Spanish.
        #expect(try shell("set contact \(RowID.derived(collection: 5, key: ["cold_store_chief"])) language=es-CL", "online", "sync 120", "document \(order) quote").contains("Presupuesto"))
        #expect(try shell("query SELECT template, template_version FROM document WHERE template = 'harbor.es' AND template_version = 2").contains("harbor.es"))
        let list = try converge(["list"]).output.split(separator: "\n")
        #expect(list.count == 12 && list.filter { $0.contains("harbor.es") && $0.contains("in Harborside") && $0.hasSuffix("retired") }.count == 2, "\(list)")

        for (name, change, code, said) in [
            ("other.yaml", { $0.replacing("title: Quote", with: "title: Offer") }, 3, "higher version"),
            ("wrong.yaml", { $0.replacing("kind: quote", with: "kind: letter") }, 3, "kind is one of"),
            ("account.yaml", { $0.replacing("subject: work_order", with: "subject: account") }, 3, "work_order"),
        ] as [(String, (String) -> String, Int32, String)] {
            let result = try converge(["add", try file(name, change)])
            #expect(result.code == code && result.errors.contains(said) && result.errors.contains(name), "\(result)")
        }
        #expect(try converge(["add", harbor, "--region", "Harborside"]).errors.contains("was retired"))
        #expect(try converge(["add", harbor, harbor]).code == 64)
        #expect(try converge(["add", harbor, "--region", "Atlantis"]).errors.contains("Atlantis"))
        #expect(try converge(["retire", "nothing"]).errors.contains("converge template list"))
        #expect(try converge(["list", "--json"]).output.contains("\"content\""))
    }
}
