import Foundation

/// Files of the repository that tests compare with, or scan.
public enum Fixture {
    /// The repository's folder.
    public static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Set to write the generated fixtures instead of comparing with them.
    public static let isWriting = ProcessInfo.processInfo.environment["CONVERGE_WRITE_FIXTURES"] == "1"

    public static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    }

    public static func json(_ path: String) throws -> JSON {
        let data = try Data(contentsOf: root.appendingPathComponent(path))
        return JSON(try JSONSerialization.jsonObject(with: data))
    }

    /// True if the committed file is what the generator makes now; writes it first when asked to.
    public static func isCurrent(_ path: String, _ generated: JSON) throws -> Bool {
        try isCurrent(path, text: generated.text + "\n")
    }

    /// The same for a file in a form of its own.
    public static func isCurrent(_ path: String, text: String) throws -> Bool {
        let file = root.appendingPathComponent(path)
        if isWriting {
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        return FileManager.default.fileExists(atPath: file.path) ? try self.text(path) == text : false
    }
}
