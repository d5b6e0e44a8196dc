import ConvergeClient
import Foundation

@main struct MyDay {
    static let usage = """
        my-day FOLDER enrol URL CODE            make the folder a replica of a hub
        my-day FOLDER list                      today's visits and those that follow
        my-day FOLDER describe NUMBER TEXT      what was found, on the order of that number
        my-day FOLDER done NUMBER               the visit is done
        my-day FOLDER sync                      give and take everything, then say how things stand
        my-day FOLDER watch                     stay online, and show what changes
        my-day FOLDER inbox                     what waits for you
        my-day FOLDER settle CONFLICT SIDE      keep theirs or yours
        my-day FOLDER discard CHANGESET         let go of what was refused
        """

    static func main() async {
        do {
            try await run(Array(CommandLine.arguments.dropFirst()))
        } catch {
            // Every error of the library says what happened, and what to do.
            FileHandle.standardError.write(Data("\(error)\n".utf8))
            exit(1)
        }
    }

    private static func run(_ words: [String]) async throws {
        guard words.count >= 2 else { return print(usage) }
        let folder = folder(words[0])
        if words[1] == "enrol", words.count == 4 { return try await enrol(folder, at: words[2], code: words[3]) }

        let replica = try folder.open()
        defer { close(replica) }
        switch (words[1], words.count) {
        case ("list", 2): try list(replica)
        case ("describe", 4): try describe(words[2], words[3], in: replica)
        case ("done", 3): try finish(words[2], in: replica)
        case ("sync", 2): try await sync(replica)
        case ("watch", 2): try await watch(replica)
        case ("inbox", 2): try showInbox(replica)
        case ("settle", 4): try settle(words[2], words[3], in: replica)
        case ("discard", 3): try discard(words[2], in: replica)
        default: print(usage)
        }
    }

    private static func close(_ replica: Replica) {
        do { try replica.stop() } catch { print(error) }
    }
}
