import ArgumentParser
import Foundation
import HubControl
import SQLiteStore

/// Where a hub keeps everything.
struct DataFolder {
    let path: String

    var store: String { path + "/hub.sqlite" }
    /// Former stores that restores have kept, and copies that restores never completed; with the files that belong to them.
    func formerStores() throws -> [String] { try StoreFile.leftovers(of: store) }

    /// Stores in the folder of backups, whether the hub offers them or not.
    func backupFiles() throws -> [String] {
        try StoreFile.files(in: path + "/backups") { $0.hasSuffix(".sqlite") || $0.hasSuffix(".partial") }
    }

    /// What was erased, by id. It belongs into no backup of the store, but into one of its own.
    var erasures: String { path + "/erasures.journal" }
    /// Blobs, by their hashes. They belong into a copy of their own beside backups of the store.
    var blobs: String { path + "/blobs" }
    /// How commands find the hub that serves the folder: port and token, readable by its user only.
    var control: String { ControlFile.path(in: path) }

    /// Seals what messages to customers bring while they wait in the store. It belongs into no backup.
    private var linkKeyFile: String { path + "/links.key" }

    /// Made where there is none: then what waits cannot be sent, and is asked for again.
    func linkKey() throws -> [UInt8] {
        if let key = FileManager.default.contents(atPath: linkKeyFile), key.count == 32 { return [UInt8](key) }
        let key = (0..<32).map { _ in UInt8.random(in: .min ... .max) }
        guard FileManager.default.createFile(atPath: linkKeyFile, contents: Data(key), attributes: [.posixPermissions: 0o600]) else {
            throw CommandFailure("The file \(linkKeyFile) cannot be written. Check the folder's owner and free space.")
        }
        return key
    }

    func writeControl(_ control: ControlFile) throws {
        let data = try JSONEncoder().encode(control)
        // Made with its final mode, so that the token is never readable by others.
        let made = FileManager.default.createFile(
            atPath: self.control, contents: data, attributes: [.posixPermissions: 0o600])
        guard made else { throw CommandFailure("The file \(self.control) cannot be written. Check the folder's owner and free space.") }
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: self.control)
    }

    func removeControl() {
        // A hub that was killed leaves the file, and readControl copes with it; so does this.
        _ = unlink(control)
    }
}

/// What every command takes.
struct DataOption: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("The hub's data folder.", valueName: "folder"))
    var data = "converge-data"

    var folder: DataFolder { DataFolder(path: data) }
}

/// A failure that the user is told of, with an exit code.
typealias CommandFailure = ControlFailure

/// Runs a command's work, and ends with its message and code if it fails.
func reporting(_ work: () throws -> Void) throws {
    do {
        try work()
    } catch let failure as CommandFailure {
        FileHandle.standardError.write(Data("converge: \(failure.message)\n".utf8))
        throw ExitCode(failure.code)
    } catch let exit as ExitCode {
        throw exit
    } catch {
        FileHandle.standardError.write(Data("converge: \(error)\n".utf8))
        throw ExitCode(1)
    }
}
