import ChildProcesses
import Foundation
import Testing
import TestTraits

/// What the programs say when something is wrong: what happened, where, and what to do.
@Suite(.serialized, .realTime)
struct CommandTests {
    @Test func `commands without a hub say how to start one`() throws {
        let folder = try TemporaryFolder()
        for command in [["status"], ["enrol", "nadia"], ["load", projectFolder + "/Fixtures/sample-company/company.yaml"]] {
            let result = try HubProcess(folder: folder.path).command(command)
            #expect(result.code == 2)
            #expect(result.errors.contains("converge serve --data"))
        }
    }

    @Test func `a port in use is named`() throws {
        let folder = try TemporaryFolder()
        let hub = HubProcess(folder: folder.path + "/hub")
        try hub.start()
        defer { hub.stop() }
        let port = try #require(URL(string: hub.url)?.port)
        let other = try HubProcess.run("converge", ["serve", "--data", folder.path + "/other", "--listen", "127.0.0.1:\(port)"])
        #expect(other.code == 1)
        #expect(other.errors.contains("\(port)") && other.errors.contains("in use"))
    }

    @Test func `a hub that is stopped as soon as it listens ends in order`() throws {
        let folder = try TemporaryFolder()
        let hub = HubProcess(folder: folder.path + "/hub")
        for _ in 0..<5 {
            try hub.start()
            hub.stop()
            #expect(!FileManager.default.fileExists(atPath: hub.folder + "/control.json"))
        }
    }

    @Test func `a hub that cannot write its control file ends, and lets go of its store`() throws {
        let folder = try TemporaryFolder()
        let control = folder.path + "/control.json"
        try FileManager.default.createDirectory(atPath: control, withIntermediateDirectories: true)
        for _ in 0..<3 {
            let result = try HubProcess.run("converge", ["serve", "--data", folder.path, "--listen", "127.0.0.1:0"])
            #expect(result.code == 1)
            #expect(result.errors.contains("control.json"))
        }
    }

    @Test func `a hub that may open few files says for how many connections that is enough`() throws {
        let folder = try TemporaryFolder()
        let program = try HubProcess.binaries.appendingPathComponent("converge").path
        let script = "ulimit -n 1000; exec \"$0\" serve --data \"$1\" --listen 127.0.0.1:0 --json & sleep 3; kill $!; wait $!"
        let run = try ChildProcess.run("/bin/sh", ["-c", script, program, folder.path], within: 60)
        #expect(run.end == .exited(0))
        #expect(run.errors.contains("1000 files") && run.errors.contains("744 connections"), "\(run.errors)")
    }

    @Test func `a folder that is served already is named`() throws {
        let folder = try TemporaryFolder()
        let hub = HubProcess(folder: folder.path + "/hub")
        try hub.start()
        defer { hub.stop() }
        let other = try HubProcess.run("converge", ["serve", "--data", hub.folder, "--listen", "127.0.0.1:0"])
        #expect(other.code == 1)
        #expect(other.errors.contains(hub.folder))
    }

    @Test func `a schema with a mistake names file, line and remedy`() throws {
        let folder = try TemporaryFolder()
        let text = try String(contentsOfFile: projectFolder + "/Protocol/schema/field-service.yaml", encoding: .utf8)
        let broken = text.replacingOccurrences(of: "policy: last-writer, mandatory: true}", with: "policy: last-writr, mandatory: true}")
        let file = folder.path + "/broken.yaml"
        try broken.write(toFile: file, atomically: true, encoding: .utf8)
        let result = try HubProcess.run("converge", ["check-schema", file])
        #expect(result.code == 1)
        #expect(result.errors.contains("broken.yaml:") && result.errors.contains("last-writer"))
    }

    @Test func `a public address without a certificate is refused`() throws {
        let folder = try TemporaryFolder()
        let result = try HubProcess.run("converge", ["serve", "--data", folder.path, "--listen", "0.0.0.0:0"])
        #expect(result.code == 1)
        #expect(result.errors.contains("TLS"))
    }

    @Test func `a file that is no store is not touched`() throws {
        let folder = try TemporaryFolder()
        let file = folder.path + "/hub.sqlite"
        try "this is a shopping list".write(toFile: file, atomically: true, encoding: .utf8)
        let result = try HubProcess.run("converge", ["serve", "--data", folder.path, "--listen", "127.0.0.1:0"])
        #expect(result.code == 1)
        #expect(result.errors.contains(file))
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "this is a shopping list")
    }

    @Test func `importing twice doubles nothing`() throws {
        let folder = try TemporaryFolder()
        let hub = HubProcess(folder: folder.path + "/hub")
        try hub.start()
        defer { hub.stop() }
        _ = try hub.command(["load", projectFolder + "/Fixtures/sample-company/company.yaml"])
        let arguments = ["import", projectFolder + "/Fixtures/sample-company/requests.csv", "--mapping", projectFolder + "/Fixtures/mappings/nyc311.yaml", "--json"]
        let first = try counts(hub.command(arguments).output), second = try counts(hub.command(arguments).output)
        #expect(first.created == 57 && first.unchanged == 0)
        #expect(second.created == 0 && second.unchanged == 57 && second.updated == 0)
    }

    private func counts(_ text: String) throws -> (created: Int, updated: Int, unchanged: Int) {
        let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        func number(_ name: String) throws -> Int { try #require((object[name] as? NSNumber)?.intValue) }
        return (try number("created"), try number("updated"), try number("unchanged"))
    }

    @Test func `an enrolment code works once`() throws {
        let folder = try TemporaryFolder()
        let hub = HubProcess(folder: folder.path + "/hub")
        try hub.start()
        defer { hub.stop() }
        _ = try hub.command(["load", projectFolder + "/Fixtures/sample-company/company.yaml"])
        let code = try hub.enrolmentCode(for: "kofi@harborlift.example")
        let first = try HubProcess.run("fieldsim", ["enrol", "--replica", folder.path + "/a", "--hub", hub.url, "--code", code])
        let second = try HubProcess.run("fieldsim", ["enrol", "--replica", folder.path + "/b", "--hub", hub.url, "--code", code])
        #expect(first.code == 0, "\(first.errors)")
        #expect(second.code == 1)
        #expect(second.errors.contains("new one"))
    }

    @Test(arguments: ["converge", "fieldsim"])
    func `help explains`(program: String) throws {
        let result = try HubProcess.run(program, ["--help"])
        #expect(result.code == 0)
        #expect(result.output.contains("in three steps") && result.output.contains("Exit codes"))
    }
}
