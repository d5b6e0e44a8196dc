import Foundation

/// How commands find the hub that serves a data folder: port and token, readable by its user only.
public struct ControlFile: Codable, Sendable {
    public var port: UInt16
    public var token: String
    public var pid: Int32

    public init(port: UInt16, token: String, pid: Int32) {
        self.port = port
        self.token = token
        self.pid = pid
    }

    /// Where it stands in a data folder.
    public static func path(in folder: String) -> String { folder + "/control.json" }

    /// Reads that of a folder.
    /// - Throws: `ControlFailure` with code 2 if no hub serves the folder.
    public static func read(in folder: String) throws -> ControlFile {
        let notServed = ControlFailure("No hub serves \(folder). Start it with: converge serve --data \(folder)", code: 2)
        guard let data = FileManager.default.contents(atPath: path(in: folder)) else { throw notServed }
        let control: ControlFile
        do { control = try JSONDecoder().decode(ControlFile.self, from: data) } catch { throw notServed }
        guard kill(control.pid, 0) == 0 || errno == EPERM else { throw notServed }
        return control
    }
}

/// Why a command was not carried out, with the exit code of a program that gives it.
public struct ControlFailure: Error, Sendable, CustomStringConvertible {
    public let message: String
    public let code: Int32

    public init(_ message: String, code: Int32 = 1) {
        self.message = message
        self.code = code
    }

    public var description: String { message }
}
