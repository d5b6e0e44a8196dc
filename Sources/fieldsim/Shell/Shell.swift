import ArgumentParser
import FieldDevice
import Foundation
import ReplicationClient
import ReplicationCore
import ReplicationEngine

/// One device, driven by lines of text. It uses the client library's public interface and nothing else.
final class Shell {
    let folder: DeviceFolder
    let printer: Printer
    private let stopsAtFailure: Bool
    private var opened: StandIn?
    /// Where the line stands that is carried out, before its failure.
    private var place = ""
    /// The transaction that `begin` opened.
    var steps: [(LocalTransaction) throws -> Void]?
    var isUnchecked = false
    /// What `begin` opened is accepted whole or not at all.
    var isAtomic = false
    var identifiers = IdentifierGenerator()

    static let help = """
        Commands:
          enrol URL CODE [NAME]            make this folder a replica
          online [URL] · offline           connect, and stay connected · work without the network
          sync [SECONDS] [blobs]           wait until the hub has judged everything and nothing is missing;
                                           with blobs, photos and documents as well
          status · conflicts · refused     how the device stands · what waits for a person
          verify                           compare this device's data with the hub's, and mend what differs
          query SQL                        read; collections are tables, `_alive` is 0 for deleted rows
          create COLLECTION field=value …  set COLLECTION ID field=value …
          add COLLECTION ID SET ELEMENT    remove COLLECTION ID SET ELEMENT
          increment COLLECTION ID FIELD N  delete COLLECTION ID · restore COLLECTION ID
          resolve CONFLICT field=value …   write the value that settles a conflict
          begin [atomic] · commit          the writes between are one changeset; atomic: all of it or nothing
          mend CHANGESET [ROW] field=value …   write what was refused of a changeset anew, corrected;
                                               -field gives a field up
          discard CHANGESET                let go of a refused changeset, here and at the hub
          explain COLLECTION ID FIELD [ELEMENT]   why a field shows what it shows, and what lost
          preview                          what a sync would change, and what would be refused; changes nothing
          fields COLLECTION                the fields, those that an administrator has added as custom.KEY, and what is mandatory
          row COLLECTION ID                a row's values, and whether it is synced, pending, refused, in conflict
          signal NAME ROW field=value …    send a live value to whoever is connected and holds the row; stored nowhere
          signals [NAME]                   the live values that are shown now, and for how long
          photo FILE on COLLECTION ID FIELD [thumbnail FILE] [type TYPE]   keep a file as a blob, and name it in a field
          blobs · fetch HASH               the blobs that rows name, and whether they are here · ask for one
          save HASH FILE                   copy one that is here to a file
          document ORDER KIND              make a document of an order, to be read and signed here
          read DOCUMENT … [to PLACE "NAME"]   what it says, who has signed, what has changed since; that somebody was shown it
          sign DOCUMENT … PLACE "NAME" [role "ROLE"] [drawn FILE]   sign it, or several at once; without a drawing the typed name stands
          pdf DOCUMENT FILE [letter]       print it with its signatures, on A4 or US Letter, and its form beside it (FILE.json)
          decline DOCUMENT PLACE "NAME" "REASON"   note that somebody read it and does not sign
          ask PLACE "NAME" ADDRESS DOCUMENT …   have somebody who is not here sign by a link; ADDRESS: e-mail, or a contact's id
          requests                         who was asked, and what became of it
          again REQUEST · withdraw REQUEST   send another link · take it back
          weather [KIND]                   the line to the hub: clear, slow, lossy, half-open or offline
          frames [on | off]                what passed between device and hub; it is noted while on
          clock +2d | -1h | reset          move the device's wall clock, as a user might
          resend                           upload everything once more (the hub must not apply it twice)
          unchecked on | off               write without asking the rules first, as a broken app might
          help · quit

        Fields that an administrator has added are written as custom.KEY, as in: set account ID custom.loyalty=gold

        Values: text (in "quotes" if it has spaces), 12, 1.5, true, null, an id, now, now+2h, now-15m,
        2026-06-15T08:30:00Z, hex:00ff, random:100 (so many random bytes).
        """

    init(folder: DeviceFolder, isJSON: Bool, stopsAtFailure: Bool) {
        self.folder = folder
        self.stopsAtFailure = stopsAtFailure
        printer = Printer(isJSON: isJSON)
    }

    /// Reads lines until the end of input or `quit`.
    func readCommands() throws {
        let isTerminal = isatty(STDIN_FILENO) == 1 && !printer.isJSON
        if isTerminal { printer.text("Type help for the commands.") }
        while true {
            if isTerminal { printer.prompt("\(URL(fileURLWithPath: folder.path).lastPathComponent)> ") }
            guard let line = readLine(strippingNewline: true) else { break }
            if try !perform(line: line) { break }
        }
        try close()
    }

    /// - Parameter script: what lines are counted in, for the message of one that fails.
    func perform(_ commands: [String], named script: String? = nil) throws {
        for (index, command) in commands.enumerated() {
            place = script.map { "\($0):\(index + 1): " } ?? ""
            if try !perform(line: command) { break }
        }
        try close()
    }

    /// - Returns: false after `quit`.
    private func perform(line: String) throws -> Bool {
        let line = line.trimmingCharacters(in: .whitespaces)
        if line.isEmpty || line.hasPrefix("#") { return true }
        if line == "quit" || line == "exit" { return false }
        do {
            try run(line)
        } catch {
            if stopsAtFailure { throw end(error) }
            printer.failure("\(error)")
        }
        return true
    }

    /// Connects, comes in step and compares; for a command of its own.
    ///
    /// - Returns: whether device and hub hold the same.
    func verifyWithHub() throws -> Bool {
        do {
            let device = try device()
            try device.goOnline()
            let replica = device.replica
            try waiting { try await replica.syncNow(within: .seconds(120)) }
            let isEqual = try verify()
            try close()
            return isEqual
        } catch {
            throw end(error)
        }
    }

    /// Tells a failure, and how the program ends with it.
    private func end(_ failure: any Error) -> any Error {
        printer.failure("\(place)\(failure)")
        do { try close() } catch { printer.failure("\(error)") }
        return ExitCode(1)
    }

    private func close() throws {
        try opened?.stop()
        opened = nil
    }

    /// The device, opened when it is first needed.
    func device() throws -> StandIn {
        if let opened { return opened }
        let device = try folder.open()
        opened = device
        let printer = printer
        let events = device.replica.events()
        Task.detached { for await event in events { printer.event(event) } }
        return device
    }

    func replica() throws -> Replica { try device().replica }

    func enrol(_ url: String, _ code: String, _ name: String) throws {
        try close()
        let folder = folder
        let endpoint = try waiting { try await folder.enrol(at: url, code: code, deviceName: name) }
        printer.reply("Enrolled at \(endpoint). Next: online", ["enrolled": .text(endpoint.description)])
    }
}

struct ShellError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }

    static func unknownField(
        _ name: String, _ collection: ReplicationCore.Collection, _ custom: CustomDefinitions? = nil
    ) -> ShellError {
        let added = custom?.fields.values.filter { !$0.isRetired }.map { "\(collection.customGroup?.name ?? "").\($0.key)" }.sorted() ?? []
        let names = (collection.fields.filter { $0.type != .custom }.map(\.name) + added).joined(separator: ", ")
        return ShellError("\(collection.name) has no field '\(name)'. It has: \(names)")
    }
}

/// Runs asynchronous work from a synchronous command, on another thread, and waits for it.
func waiting<Result: Sendable>(_ work: @escaping () async throws -> Result) throws -> Result {
    let box = ResultBox(work)
    let done = DispatchSemaphore(value: 0)
    Task.detached {
        do { box.result = .success(try await box.work()) } catch { box.result = .failure(error) }
        done.signal()
    }
    done.wait()
    guard let result = box.result else { preconditionFailure("the work ended without a result") }
    return try result.get()
}

/// `@unchecked` because the result is written before the semaphore is signalled and read after it was
/// waited for, and the caller of the work stands still while it runs.
private final class ResultBox<Result: Sendable>: @unchecked Sendable {
    var result: Swift.Result<Result, any Error>?
    let work: () async throws -> Result
    init(_ work: @escaping () async throws -> Result) { self.work = work }
}
