import ChildProcesses
import Foundation

/// One of the Python servers, in a process of its own on a port of its own. It ends with this value.
final class TestServer {
    let port: Int
    private let process: ChildProcess

    /// - Parameter options: as the script says.
    init(_ script: String, _ options: [String: Any] = [:]) throws {
        let folder = try TestFolder.shared
        var options = options
        options["folder"] = folder.path
        let json = String(decoding: try JSONSerialization.data(withJSONObject: options), as: UTF8.self)
        process = try ChildProcess(folder.python, ["-B", "\(TestFolder.servers)/\(script)", json])
        guard let line = try process.readLine(within: 60) else { throw TestFailure(description: "\(script) did not start") }
        struct Start: Decodable { let port: Int }
        port = try JSONDecoder().decode(Start.self, from: Data(line.utf8)).port
    }

    static func tls(_ identity: TestFolder.Identity) -> [String: Any] { ["certificate": identity.certificate, "key": identity.key] }

    /// The next thing that the server tells.
    func next<Told: Decodable>(_ type: Told.Type) throws -> Told {
        guard let line = try process.readLine(within: 30) else { throw TestFailure(description: "the server has ended") }
        return try JSONDecoder().decode(type, from: Data(line.utf8))
    }
}
