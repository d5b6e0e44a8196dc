import Domain
import Foundation
import ReplicationCore
import Testing
import TestTraits

/// What an administrator types when a phone is lost, somebody is dismissed, or a person asks to be erased.
@Suite(.serialized, .realTime)
struct TakingCommandTests {
    private let folder: TemporaryFolder
    private let hub: HubProcess
    private var device: String { folder.path + "/ines" }

    init() throws {
        folder = try TemporaryFolder()
        hub = HubProcess(folder: folder.path + "/hub")
    }

    private func shell(_ commands: String...) throws -> String {
        try HubProcess.run("fieldsim", ["repl", "--replica", device, "--json"] + commands.flatMap { ["-c", $0] }).output
    }

    private func json(_ arguments: String...) throws -> Any {
        let result = try hub.command(arguments)
        #expect(result.code == 0, "\(arguments): \(result.errors)")
        return try JSONSerialization.jsonObject(with: Data(result.output.utf8))
    }

    private func files(holding text: String) -> [String] {
        let files = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        return files.filter { FileManager.default.contents(atPath: folder.path + "/" + $0)?.range(of: Data(text.utf8)) != nil }
    }

    @Test(.timeLimit(.minutes(3)))
    func `a lost phone and an erased contact`() throws {
        try hub.start()
        defer { hub.stop() }
        _ = try hub.command(["load", projectFolder + "/Fixtures/sample-company/company.yaml"])
        let code = try hub.enrolmentCode(for: "ines@harborlift.example")
        #expect(try HubProcess.run("fieldsim", ["enrol", "--replica", device, "--hub", hub.url, "--code", code]).code == 0)
        _ = try shell("online", "sync")

        let order = "bf941b03-8b2c-84ca-b33f-d90b9025bb44"
        _ = try shell("set work_order \(order) resolution=LOSTPHONE")
        let name = try #require(((try json("devices", "--json") as? [[String: Any]])?.first)?["name"] as? String)
        #expect(try hub.command(["revoke", "--device", name, "--reason", "left in a taxi"]).code == 0)
        #expect(try hub.command(["revoke", "--device", name]).code == 1)
        let told = try shell("online", "sync")
        #expect(told.contains("Access of this device was taken away"), "\(told)")
        let listed = try #require(try json("quarantine", "--rule", "revoked", "--json") as? [String: Any])
        let operations = try #require(listed["operations"] as? [[String: Any]])
        #expect(operations.contains { $0["value.resolution"] as? String == "LOSTPHONE" }, "\(operations)")
        let unknown = try hub.command(["quarantine", "--rule", "nonsense"])
        #expect(unknown.code == 1 && unknown.errors.contains("revoked"), "\(unknown)")
        #expect(try hub.command(["quarantine", "--device", "nobody's"]).code == 1)
        let devices = try hub.command(["devices"]).output
        #expect(devices.contains("revoked") && devices.contains("left in a taxi"))
        #expect(try hub.command(["reinstate", "--device", name]).code == 0)
        #expect(try hub.command(["devices"]).output.contains("revoked") == false)

        let contact = RowID.derived(collection: 5, key: ["cold_store_chief"]).description
        let would = try #require(try json("erase", "contact", contact, "--dry-run", "--json") as? [String: Any])
        // Orders name him, and one holds a copy of his name: an administrator is told where to look.
        #expect((would["namedBy"] as? [String])?.contains("work_order/\(order)") == true)
        #expect((would["rows"] as? [String: Int])?["contact"] == 1 && files(holding: "quist@coldstore.example").contains { $0.hasPrefix("hub/") })
        let before = try json("status", "--json") as? [String: Any]
        // A backup of before, and a former store that a restore has put aside.
        #expect(try hub.command(["backup"]).code == 0)
        let former = hub.folder + "/hub.sqlite.replaced-1"
        try Data("quist@coldstore.example".utf8).write(to: URL(fileURLWithPath: former))
        let erased = try #require(try json("erase", "contact", contact, "--reason", "request 7", "--json") as? [String: Any])
        #expect((erased["rows"] as? [String: Int])?["contact"] == 1 && erased["notCleared"] is NSNull)
        let left = try #require(erased["filesOfBefore"] as? [String])
        #expect(left.count == 2 && left.contains { $0.hasSuffix("hub.sqlite.replaced-1") } && left.contains { $0.contains("/backups/hub-") }, "\(left)")
        #expect(try hub.command(["backups"]).output.contains("rm " + left.filter { $0.contains("replaced") }.joined()))
        #expect(Set(left.map { URL(fileURLWithPath: $0).lastPathComponent }) == Set(files(holding: "quist@coldstore.example").filter { $0.hasPrefix("hub/") }.map { URL(fileURLWithPath: $0).lastPathComponent }))
        for file in left { try FileManager.default.removeItem(atPath: file) }
        // What cannot be listed is not taken for nothing.
        let backups = hub.folder + "/backups"
        try FileManager.default.moveItem(atPath: backups, toPath: backups + ".away")
        try Data().write(to: URL(fileURLWithPath: backups))
        let unlisted = try hub.command(["backups"])
        #expect(unlisted.code == 1 && unlisted.errors.contains("Cannot list the folder \(backups)"), "\(unlisted)")
        let again = try hub.command(["erase", "contact", contact, "--json"])
        #expect(again.code == 1 && again.output.contains("\"filesOfBefore\":null") && again.errors.contains("It is erased"), "\(again)")
        try FileManager.default.removeItem(atPath: backups)
        try FileManager.default.moveItem(atPath: backups + ".away", toPath: backups)
        let after = try json("status", "--json") as? [String: Any]
        #expect((before?["rows"] as? [String: Int])?["contact"] == ((after?["rows"] as? [String: Int])?["contact"] ?? 0) + 1)
        // A device that is away erases before anything else when it comes back.
        #expect(files(holding: "quist@coldstore.example").allSatisfy { $0.hasPrefix("ines/") })
        #expect(FileManager.default.fileExists(atPath: hub.folder + "/erasures.journal"))
        #expect(try hub.command(["purge", "--older-than", "0", "--dry-run"]).output.contains("Would be purged"))
        #expect(try hub.command(["erase", "contact", "00000000-0000-7000-8000-000000000001"]).code == 1)
        let synced = try shell("online", "sync", "verify")
        #expect(synced.contains("\"equal\":true"), "\(synced)")
        #expect(files(holding: "quist@coldstore.example") == [])
    }
}
