import Domain
import Foundation
import HubControl
import ReplicationCore
import SQLiteStore

extension DataFolder {
    /// Makes the folder, where there is none.
    func make() throws {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw CommandFailure("The folder \(path) cannot be made: \(error.localizedDescription) Choose another with --data.")
        }
    }

    func createStore(_ schema: Schema, _ schemaText: String, name: String) throws -> SQLiteHubStore {
        var random = SystemRandomNumberGenerator()
        return try SQLiteHubStore.create(
            at: store, schema: schema, schemaText: schemaText, hubName: name,
            milliseconds: UInt64(max(0, Date().timeIntervalSince1970 * 1_000)), random: &random)
    }
}

/// The schema that a hub is given.
enum SchemaOption {
    /// - Parameter file: the built-in one for nil.
    static func load(_ file: String?) throws -> (Schema, String) {
        guard let file else { return (try StandardSchema.load(), StandardSchema.text) }
        guard let bytes = FileManager.default.contents(atPath: file) else {
            throw CommandFailure("The schema file \(file) cannot be read. Check the path and its permissions.")
        }
        guard let text = String(data: bytes, encoding: .utf8) else {
            throw CommandFailure("The schema file \(file) is not UTF-8 text.")
        }
        return (try SchemaLoader.load(text: text, file: file), text)
    }
}
