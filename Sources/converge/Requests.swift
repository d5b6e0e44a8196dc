import ArgumentParser
import Foundation
import HubControl
import ReplicationCore
import WireProtocol

struct Requests: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List whom the hub has asked for signatures by a link, and what became of it.",
        discussion: """
              converge requests --data ./hub                what is open, or went wrong
              converge requests --data ./hub --state signed
              converge resend --data ./hub REQUEST          send another link; the former ones lead nowhere then
              converge withdraw --data ./hub REQUEST        take a request back
            """)

    @OptionGroup var data: DataOption

    @Option(help: ArgumentHelp("Only in this state: waiting, sent, opened, signed, declined, expired, withdrawn, failed.", valueName: "state"))
    var state: String?

    @Flag(help: "Print the list as JSON.")
    var json = false

    func run() throws {
        try reporting {
            let client = try ControlClient(dataFolder: data.folder.path)
            defer { client.stop() }
            let (requests, text) = try client.rows("signature_request", "state", state.map { [$0] } ?? ["waiting", "sent", "opened", "failed"])
            if json { return print(text) }
            if requests.isEmpty { print("There are no such requests.") }
            for request in requests {
                print("\(request.word("id"))  \(request.word("state"))  \(request.word("signer_name"))\(request.word("signer_email", before: " <", after: ">"))")
                for (name, field) in [("sent", "sent_at"), ("opened", "opened_at"), ("until", "expires_at"), ("ended", "ended_at")] {
                    if let time = request.time(field) { print("    \(name)  \(time)") }
                }
                if !request.word("trouble").isEmpty { print("    trouble  \(request.word("trouble"))") }
                for message in try client.rows("message", "request", [request.word("id")]).rows {
                    print("    \(message.word("kind"))  \(message.word("state")), \(message.word("tries")) tries\(message.time("next_try").map { ", next \($0)" } ?? "")\(message.word("trouble", before: ": "))")
                }
            }
        }
    }
}

struct Messages: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List what customers are to be sent and were not, or in another state.",
        discussion: """
              converge messages --data ./hub                    what waits or went wrong
              converge messages --data ./hub --state sent
            """)

    @OptionGroup var data: DataOption

    @Option(help: ArgumentHelp("Only in this state: waiting, sent, failed, undelivered, canceled.", valueName: "state"))
    var state: String?

    @Flag(help: "Print the list as JSON.")
    var json = false

    func run() throws {
        try reporting {
            let client = try ControlClient(dataFolder: data.folder.path)
            defer { client.stop() }
            let (messages, text) = try client.rows("message", "state", state.map { [$0] } ?? ["waiting", "failed", "undelivered"])
            if json { return print(text) }
            if messages.isEmpty { print("There are no such messages.") }
            for message in messages {
                print("\(message.word("kind"))  \(message.word("state"))  \(message.word("address"))  \(message.word("tries")) tries\(message.time("next_try").map { ", next \($0)" } ?? "")\(message.word("trouble", before: "\n    "))")
            }
        }
    }
}

struct Resend: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Send somebody another link to sign; the former ones lead nowhere then.")

    @OptionGroup var data: DataOption

    @Argument(help: "The request, as `converge requests` lists it.")
    var request: String

    func run() throws {
        try reporting {
            let now = Int64(Date().timeIntervalSince1970 * 1_000)
            try ChangedRequest(data.folder, request).write(["again_at": .integer(now)])
            print("It is sent within a minute: converge requests --data \(data.folder.path)")
        }
    }
}

struct Withdraw: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Take a request for a signature back; its links lead nowhere then.")

    @OptionGroup var data: DataOption

    @Argument(help: "The request, as `converge requests` lists it.")
    var request: String

    func run() throws {
        try reporting {
            try ChangedRequest(data.folder, request).write(["standing": .text("withdrawn")])
            print("Withdrawn.")
        }
    }
}

/// A request that is there.
private struct ChangedRequest {
    private let folder: DataFolder
    private let row: RowID

    init(_ folder: DataFolder, _ text: String) throws {
        self.folder = folder
        guard let row = RowID(text) else { throw CommandFailure("'\(text)' is no request's id; converge requests lists them.", code: 64) }
        self.row = row
    }

    func write(_ values: [String: Value]) throws {
        let client = try ControlClient(dataFolder: folder.path)
        defer { client.stop() }
        do {
            _ = try client.write("signature_request", row, values)
        } catch let failure as CommandFailure where failure.code == 3 {
            throw CommandFailure("There is no request \(row), or it cannot be changed: \(failure.message)", code: 3)
        }
    }
}

/// A row as the hub lists it.
struct ListedRow {
    let values: [String: Any]

    /// Empty if there is none.
    func word(_ field: String, before: String = "", after: String = "") -> String {
        guard let value = values[field] else { return "" }
        return "\(before)\(value)\(after)"
    }

    func time(_ field: String) -> String? {
        (values[field] as? NSNumber).map { Date(timeIntervalSince1970: $0.doubleValue / 1_000).formatted(.iso8601) }
    }
}

extension ControlClient {
    /// Living rows whose field has one of these values.
    func rows(_ collection: String, _ field: String, _ values: [String]) throws -> (rows: [ListedRow], json: String) {
        var command = WireRowsCommand()
        command.collection = collection
        command.field = field
        command.values = values
        command.limit = 1_000
        let text = try report(.rows(command))
        guard let answer = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any], let rows = answer["rows"] as? [[String: Any]] else {
            throw CommandFailure("The hub answered something else; is it of the same version?")
        }
        return (rows.map { ListedRow(values: $0) }, text)
    }
}
