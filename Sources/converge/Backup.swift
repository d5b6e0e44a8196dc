import ArgumentParser
import Foundation
import HubControl
import ReplicationCore
import ReplicationEngine
import WireProtocol

struct Backup: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Copy the hub's store to a file from which it can be restored, while it serves.",
        discussion: """
            The copy is complete, as of one commit, and readable by this user only. From then on devices keep what they \
            wrote since the oldest backup that is offered, so that a restored hub gets it back from them. So make \
            backups often, and keep few:

              converge backup --data ./hub --keep 7

            Copy the files to another machine as well. Do not copy hub.sqlite itself while the hub runs.
            """)

    @OptionGroup var data: DataOption

    @Option(help: ArgumentHelp("The file to make; one with the time in its name, in the data folder's `backups`, if none is given.", valueName: "file"))
    var to: String?

    @Option(help: ArgumentHelp("Keep so many backups; older ones are offered no longer, and their files removed.", valueName: "count"))
    var keep: Int?

    @Flag(help: "Print what was made as JSON.")
    var json = false

    mutating func validate() throws {
        if let keep, keep < 1 { throw ValidationError("--keep takes 1 or more: a hub without a backup cannot be restored.") }
    }

    func run() throws {
        try reporting {
            let path = try target()
            let client = try ControlClient(dataFolder: data.folder.path)
            defer { client.stop() }
            var command = WireBackupCommand()
            command.path = path
            command.keep = UInt32(keep ?? 0)
            guard case .backups(let report) = try client.perform(.backup(command)) else {
                throw CommandFailure("The hub answered something else; is it of the same version?")
            }
            for backup in report.withdrawn { try removeFile(backup.path) }
            guard let made = report.offered.last(where: { $0.path == path }) else {
                throw CommandFailure("The hub made no backup at \(path).")
            }
            if json {
                print(BackupList.json([made]))
            } else {
                print("Backup: \(path), holding everything up to \(made.sequence.epoch):\(made.sequence.number).")
                if !report.withdrawn.isEmpty { print("Removed: \(report.withdrawn.map(\.path).joined(separator: ", "))") }
            }
        }
    }

    private func target() throws -> String {
        if let to { return URL(fileURLWithPath: to).path }
        let folder = URL(fileURLWithPath: data.data).appendingPathComponent("backups")
        do {
            try FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw CommandFailure("The folder \(folder.path) cannot be made: \(error.localizedDescription) Name a file with --to.")
        }
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(identifier: "UTC")
        format.dateFormat = "yyyyMMdd-HHmmss"
        return folder.appendingPathComponent("hub-\(format.string(from: Date()))Z.sqlite").path
    }

    /// One that was removed by hand before is not missed.
    private func removeFile(_ path: String) throws {
        guard FileManager.default.fileExists(atPath: path) else { return }
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            throw CommandFailure("The backup was made. The old one at \(path) is offered no longer, and cannot be removed: \(error.localizedDescription)")
        }
    }
}

struct Backups: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the backups from which the hub may be restored, or withdraw some.",
        discussion: """
            Devices keep what they wrote since the oldest backup of this list. Withdraw one whose file is gone or not \
            trusted; the file itself stays.

            Below the list stand files in the data folder that are offered no longer and hold what the hub held: former \
            stores that restores have put aside, and backups that a restored hub does not know. Nothing removes them but you.
            """)

    @OptionGroup var data: DataOption

    @Option(help: ArgumentHelp("Do not offer this backup any longer. May be given several times.", valueName: "file"))
    var withdraw: [String] = []

    @Flag(help: "Print the list as JSON.")
    var json = false

    func run() throws {
        try reporting {
            let client = try ControlClient(dataFolder: data.folder.path)
            defer { client.stop() }
            var command = WireBackupsCommand()
            command.withdraw = withdraw.map { URL(fileURLWithPath: $0).path }
            guard case .backups(let report) = try client.perform(.backups(command)) else {
                throw CommandFailure("The hub answered something else; is it of the same version?")
            }
            for path in command.withdraw where !report.withdrawn.contains(where: { $0.path == path }) {
                throw CommandFailure("No backup at \(path) is offered. See the list: converge backups --data \(data.data)")
            }
            if json { return print(BackupList.json(report.offered)) }
            if report.offered.isEmpty { print("No backup is offered. Make one: converge backup --data \(data.data)") }
            for backup in report.offered { print(BackupList.line(backup)) }
            let offered = Set(report.offered.map(\.path))
            let other = try data.folder.formerStores() + data.folder.backupFiles().filter { !offered.contains($0) }
            if !other.isEmpty {
                print("Not offered, and holding what the hub held; remove them when you are sure: rm \(other.joined(separator: " "))")
            }
        }
    }
}

/// Backups as people and programs read them.
enum BackupList {
    static func json(_ backups: [WireBackup]) -> String {
        "[" + backups.map {
            "{\"path\":\(ValueJSON.string($0.path)),\"sequence\":\"\($0.sequence.epoch):\($0.sequence.number)\",\"madeMilliseconds\":\($0.madeMilliseconds)}"
        }.joined(separator: ",") + "]"
    }

    static func line(_ backup: WireBackup) -> String {
        let made = ListText.moment(Double(backup.madeMilliseconds), withSeconds: true)
        let state = FileManager.default.fileExists(atPath: backup.path) ? "" : "  (the file is not there: withdraw it, or bring it back)"
        return "\(made)  up to \(backup.sequence.epoch):\(backup.sequence.number)  \(backup.path)\(state)"
    }
}
