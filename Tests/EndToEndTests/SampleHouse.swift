import Foundation
import Testing

/// The sample company at a real hub, and devices of its people, each a folder that `fieldsim` opens anew for each call.
final class SampleHouse {
    let folder: TemporaryFolder
    let hub: HubProcess

    init() throws {
        folder = try TemporaryFolder()
        hub = HubProcess(folder: folder.path + "/my-hub")
    }

    /// Starts the hub, and loads the company.
    func start(_ more: [String] = []) throws {
        try hub.start(more)
        let loaded = try hub.command(["load", projectFolder + "/Fixtures/sample-company/company.yaml"])
        try #require(loaded.code == 0, "\(loaded.errors)")
    }

    func device(_ name: String) -> String { folder.path + "/" + name }

    /// Devices of people by their first names, as their addresses have them.
    func enrol(_ names: String...) throws {
        for name in names {
            let code = try hub.enrolmentCode(for: "\(name)@harborlift.example")
            let enrolled = try HubProcess.run("fieldsim", ["enrol", "--replica", device(name), "--hub", hub.url, "--code", code])
            try #require(enrolled.code == 0, "\(enrolled.errors)")
        }
    }

    /// What the shell answers people; fails if one of the commands does.
    @discardableResult
    func say(_ name: String, _ commands: [String]) throws -> String {
        let run = try HubProcess.run("fieldsim", ["repl", "--replica", device(name)] + commands.flatMap { ["-c", $0] })
        #expect(run.code == 0, "\(name): \(commands): \(run.output) \(run.errors)")
        return run.output
    }

    /// What the shell answers programs, command by command; fails if one of them does.
    @discardableResult
    func shell(_ name: String, _ commands: String...) throws -> [[String: Any]] {
        let run = try HubProcess.run("fieldsim", ["repl", "--replica", device(name), "--json"] + commands.flatMap { ["-c", $0] })
        #expect(run.code == 0, "\(name): \(commands): \(run.output) \(run.errors)")
        return try run.output.split(separator: "\n").compactMap { line in
            try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        }.filter { $0["ok"] != nil }
    }

    /// What is wrong with a command; nil if nothing is.
    func failure(_ name: String, _ command: String) throws -> String? {
        let run = try HubProcess.run("fieldsim", ["repl", "--replica", device(name), "-c", command])
        return run.code == 0 ? nil : run.output + run.errors
    }

    func rows(_ name: String, _ query: String) throws -> [[String: Any]] {
        try #require(try shell(name, "query \(query)").last?["rows"] as? [[String: Any]])
    }
}
