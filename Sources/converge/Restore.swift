import ArgumentParser
import Foundation
import HubControl
import ReplicationCore
import ReplicationEngine
import SQLiteStore

struct Restore: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Put a backup in the place of the hub's store, and let devices hand in what it lacks.",
        discussion: """
            Stop the hub first. The store that stands there is kept beside it under another name.

              converge restore --data ./hub --from ./hub/backups/hub-20260301-020000Z.sqlite
              converge serve --data ./hub

            A restored hub begins a new epoch. Devices notice by themselves: each hands in what it wrote since the backup, \
            and what it holds of others' work, before it is sent anything. Nothing is to be done on them, and none of them \
            is reset. Never put a backup back by copying files: the hub would give numbers a second time.
            """)

    @OptionGroup var data: DataOption

    @Option(help: ArgumentHelp("The backup.", valueName: "file"))
    var from: String

    @Option(help: ArgumentHelp("The epoch that the lost hub was in; needed where its store is gone or cannot be read. It is the highest number before the colon that any device shows (`complete up to 2:131` in `fieldsim repl`, status), or that `converge status` last showed in `head`.", valueName: "number"))
    var epoch: Int?

    @Flag(help: "Print what was done as JSON.")
    var json = false

    mutating func validate() throws {
        if let epoch, !(1...32_000).contains(epoch) { throw ValidationError("--epoch takes 1 to 32000.") }
    }

    func run() throws {
        try reporting {
            do {
                try FileManager.default.createDirectory(
                    atPath: data.data, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            } catch {
                throw CommandFailure("The folder \(data.data) cannot be made: \(error.localizedDescription) Choose another with --data.")
            }
            let restored = try SQLiteHubStore.restore(from: from, to: data.folder.store, endedEpoch: epoch.map { UInt32($0) })
            let (hub, former) = (restored.hub, restored.former)
            let kept = hub.kept.last.map { "\($0)" } ?? "the beginning"
            let warnings = warnings(restored)
            if json {
                let listed = warnings.map { ValueJSON.string($0) }.joined(separator: ",")
                return print("{\"epoch\":\(hub.epoch),\"kept\":\(ValueJSON.string(kept)),\"former\":\(former.map { ValueJSON.string($0) } ?? "null"),\"warnings\":[\(listed)]}")
            }
            for warning in warnings { FileHandle.standardError.write(Data("converge: \(warning)\n".utf8)) }
            print("""
                Restored \(data.folder.store): it holds everything up to \(kept), and begins epoch \(hub.epoch).
                \(former.map { "The former store is kept at \($0); remove it when you are sure.\n" } ?? "")\
                Start it: converge serve --data \(data.data)
                Devices hand in what is missing as they come back.
                """)
        }
    }

    /// What may be missing in a hub that was restored as it was asked for.
    private func warnings(_ restored: RestoredHub) -> [String] {
        var warnings: [String] = []
        if restored.isOffered == false {
            warnings.append("This backup is older than those that the hub offered, or it offered none: devices may have let go of what it lacks. If there is a later backup, restore that one.")
        }
        if !FileManager.default.fileExists(atPath: data.folder.erasures) {
            warnings.append("There is no \(data.folder.erasures). If anything was ever erased, put its newest copy there before the hub starts: without it, the hub has again what was erased after the backup.")
        }
        return warnings
    }
}
