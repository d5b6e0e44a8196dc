import ArgumentParser
import Foundation
import HubControl
import ReplicationCore
import ReplicationEngine
import WireProtocol

struct Erase: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Erase a person's row, and what belongs to it, wherever it stands: a person's right to erasure.",
        discussion: """
            What belongs to a row is what names it as its parent in the schema, and so on downwards, with conflicts and \
            reviews about it. Look first, then erase:

              converge erase --data ./hub contact 0f1c2b8a-…  --dry-run
              converge erase --data ./hub contact 0f1c2b8a-…  --reason "request 2026-114"

            Erased are the rows, their values in every changeset of the log, in quarantine, conflicts and reviews, and on \
            every device: at once on connected ones, on others before anything else when they come back. What still \
            arrives is discarded, and the device is told. Ids stay, so that references stay valid.

            The hub writes its store anew afterwards, so that no copy stays in unused parts of the file. Devices wait \
            for it. Backups that were made before still hold it, and so do stores that a restore has put aside: those that \
            this machine knows of are listed.

            The file erasures.journal in the data folder remembers what was erased, by id. Keep a copy of it apart from \
            the backups of the store: a hub that is restored from an older backup erases again before it serves.
            """)

    @OptionGroup var data: DataOption
    @OptionGroup var reason: ReasonOption

    @Argument(help: "The collection's name.")
    var collection: String

    @Argument(help: "The row's id.")
    var row: String

    @Option(help: ArgumentHelp("Rows of this collection stay, with what belongs to them; may be given several times.", valueName: "collection"))
    var keep: [String] = []

    @Flag(help: "Say what would be erased, and change nothing.")
    var dryRun = false

    @Flag(help: "Do not write the store anew afterwards. For all but the last of several erasures in a row: until then copies may stand in unused parts of its file.")
    var deferCompaction = false

    @Flag(help: "Print the result as JSON.")
    var json = false

    private struct Report: Decodable {
        var rows: [String: Int]
        var changesets: Int
        var notCleared: String?
        var namedBy: [String]
    }

    func run() throws {
        try reporting {
            var command = WireEraseCommand()
            command.collection = collection
            command.row = try identityBytes(row)
            command.keep = keep
            command.dryRun = dryRun
            command.deferCompaction = deferCompaction
            command.reason = reason.reason
            command.administrator = reason.administrator
            let client = try ControlClient(dataFolder: data.folder.path)
            defer { client.stop() }
            let text = try client.report(.erase(command))
            // What comes after this may fail, and it is erased all the same.
            let before = dryRun ? .success([]) : Result { try filesOfBefore(client) }
            if json {
                print(dryRun ? text : text.dropLast() + ",\"filesOfBefore\":\(list(before))}")
            } else {
                try tell(JSONDecoder().decode(Report.self, from: Data(text.utf8)), before)
            }
            if case .failure(let error) = before {
                throw CommandFailure("It is erased, but which files of before still hold it cannot be told: \(error) converge backups lists them when that is mended.")
            }
        }
    }

    private func tell(_ report: Report, _ before: Result<[String], any Error>) throws {
        print(dryRun
            ? "Would be erased: \(words(report.rows)); \(report.changesets) changesets of the log hold something of it."
            : "Erased: \(words(report.rows)), also in \(report.changesets) changesets of the log. converge devices says which devices have still to erase it.")
        if !report.namedBy.isEmpty {
            print("These rows stay and name it. Look whether their texts hold copies: \(report.namedBy.joined(separator: " "))")
        }
        if case .success(let files) = before, !files.isEmpty {
            print("""
                These files are of before and hold it still:
                  \(files.joined(separator: "\n  "))
                Remove former stores (.replaced-) when you are sure of the restored one, with their -wal and -shm; let backups \
                go with converge backup --keep, or remove them. What is restored from one is erased again, by the journal.
                """)
        }
        if let reason = report.notCleared {
            throw CommandFailure("It is erased, but copies may stand in unused parts of the store's files: \(reason) When that is mended, erase the row once more.")
        }
    }

    /// Null where it cannot be told.
    private func list(_ files: Result<[String], any Error>) -> String {
        switch files {
        case .success(let files): "[" + files.map { ValueJSON.string($0) }.joined(separator: ",") + "]"
        case .failure: "null"
        }
    }

    /// The files of before that this machine knows of.
    private func filesOfBefore(_ client: ControlClient) throws -> [String] {
        guard case .backups(let known) = try client.perform(.backups(WireBackupsCommand())) else {
            throw CommandFailure("The hub answered something else; is it of the same version?")
        }
        let offered = known.offered.map(\.path).filter { FileManager.default.fileExists(atPath: $0) }
        return try Set(offered + data.folder.backupFiles() + data.folder.formerStores()).sorted()
    }
}
