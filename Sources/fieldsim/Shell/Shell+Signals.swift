import Foundation
import ReplicationClient
import ReplicationCore
import ReplicationEngine

extension Shell {
    /// Sends a live value.
    func sendSignal(_ words: [String]) throws {
        let replica = try replica()
        guard let kind = words.first.flatMap({ replica.schema.signal(named: $0) }) else {
            let names = replica.schema.signals.map(\.name).joined(separator: ", ")
            throw ShellError("signal takes: NAME ROW field=value … There are: \(names)")
        }
        guard words.count > 1, let row = RowID(words[1]) else { throw ShellError("signal takes the row's id after the name.") }
        var values: [String: Value] = [:]
        for word in words.dropFirst(2) {
            guard let equals = word.firstIndex(of: "=") else { throw ShellError("'\(word)' is not field=value.") }
            let name = String(word[..<equals])
            guard let field = kind.field(named: name)?.field else {
                let names = kind.fields.map(\.field.name).joined(separator: ", ")
                throw ShellError("\(kind.name) has no field '\(name)'. It has: \(names)")
            }
            values[name] = try Words.value(String(word[word.index(after: equals)...]), for: field)
        }
        try replica.sendSignal(kind.name, about: row, values)
        printer.reply("Sent to whoever is there.", ["signal": .text(kind.name), "row": .text(row.description)])
    }

    /// Shows what lives.
    func showSignals(_ name: String) throws {
        let replica = try replica()
        if !name.isEmpty, replica.schema.signal(named: name) == nil { throw ShellError("The schema has no signal '\(name)'.") }
        let now = SystemClock.now()
        printer.rows(replica.signals(name.isEmpty ? nil : name).map { signal in
            let values = ValueJSON.object(signal.values.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
            return [
                ("signal", .text(signal.name)), ("row", .text(signal.topic.row.description)), ("values", .text(values)),
                ("sender", .text(signal.sender.description)),
                ("seconds_left", .integer(Int64(signal.remaining(at: now) / 1_000))),
            ]
        }, named: "signals")
    }
}
