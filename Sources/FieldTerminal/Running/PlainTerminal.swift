import Dispatch
import FieldDevice
import Foundation
import ReplicationCore
import Synchronization
import TerminalScreen

/// The same device as lines of text, one after another, for screen readers and for terminals that can do nothing: it prints where
/// one is and reads a line.
struct PlainTerminal {
    private let device: StandIn
    private let runner: DeviceRunner
    private let mailbox = PlainMailbox()
    private var model: TerminalModel

    init(device: StandIn, person: Person, model: TerminalModel) {
        self.device = device
        self.model = model
        let mailbox = mailbox
        runner = DeviceRunner(device: device, person: person, text: model.text) { mailbox.post($0) }
        // Wide enough for every column.
        self.model.size = Size(columns: 200, rows: 60)
    }

    func run() throws {
        var copy = self
        try copy.converse()
    }

    private mutating func converse() throws {
        runner.start()
        take(model.firstEffects)
        Self.print(model.language(.plainHelp))
        say()
        while true {
            FileHandle.standardOutput.write(Data("> ".utf8))
            guard let line = readLine() else { break }
            if try !obey(line.trimmingCharacters(in: .whitespaces)) { break }
        }
        try runner.stop()
    }

    /// - Returns: false when it ends.
    private mutating func obey(_ line: String) throws -> Bool {
        settle(milliseconds: 0)
        var effects: [Effect] = []
        if case .form(let form) = model.dialog {
            effects = fill(form, line)
        } else if model.dialog != nil {
            effects = model.handle(.input(.key(line.first.map { KeyPress($0) } ?? KeyPress(.escape))))
        } else if let number = Int(line), number > 0 {
            model.state.selected = number - 1
            effects = model.handle(.input(.key(KeyPress(.enter))))
        } else {
            switch line {
            case "", "l": break
            case "q": return false
            case "b": effects = model.handle(.input(.key(KeyPress(.escape))))
            case "n": effects = model.handle(.input(.key(KeyPress(.tab))))
            case "p": effects = model.handle(.input(.key(KeyPress(.tab, .shift))))
            default: effects = command(line)
            }
        }
        take(effects)
        say()
        return true
    }

    /// A letter and, if one is meant, the number of a line, as in `x 3`; `page 2`; `filter word`.
    private mutating func command(_ line: String) -> [Effect] {
        let words = line.split(separator: " ", maxSplits: 1)
        if words.count == 2, words[0] == "page", let key = words[1].first { return model.handle(.input(.key(KeyPress(key)))) }
        if words.count == 2, words[0] == "filter" {
            model.state.filter = TextInput(String(words[1]))
            return []
        }
        if words[0] == "network" { return model.handle(.input(.key(KeyPress("n")))) }
        guard words[0].count == 1, let key = words[0].first else {
            Self.print(model.language(.plainHelp))
            return []
        }
        if words.count == 2, let number = Int(words[1]) { model.state.selected = number - 1 }
        return model.handle(.input(.key(KeyPress(key))))
    }

    /// Nobody sees the fields before the one that a new row's form begins with: they are gone through one after another.
    private mutating func beginAtFirstField() {
        guard case .form(var form) = model.dialog else { return }
        if case .set = form.purpose { return }
        form.focus = 0
        model.open(form)
    }

    /// Takes one field after another; the last one saves. An empty line leaves a field as it is, a single dot lets go of the form.
    private mutating func fill(_ form: Form, _ line: String) -> [Effect] {
        var form = form
        if line == "." {
            model.dialog = nil
            return []
        }
        if !line.isEmpty {
            switch form.fields[form.focus].input {
            case .text: form.fields[form.focus].input = .text(TextInput(line))
            case .choice(let present):
                var input = ChoiceInput(present.choices, present.index, isDeliberate: present.isDeliberate)
                // The number of a line is meant as much as an arrow is.
                if let number = Int(line), input.choices.indices.contains(number - 1) { input.choose(number - 1) } else { input.type(line) }
                form.fields[form.focus].input = .choice(input)
            }
        }
        model.judge(&form)
        let isWrong = !form.fields[form.focus].problem.isEmpty, isLast = form.focus + 1 >= form.fields.count
        if !isWrong, !isLast { form.enter(form.focus + 1) }
        model.dialog = .form(form)
        return !isWrong && isLast ? model.handle(.input(.key(KeyPress(.enter)))) : []
    }

    /// Has effects done, and waits for what comes of them.
    private mutating func take(_ effects: [Effect]) {
        for effect in effects {
            if case .quit = effect { continue }
            runner.perform(effect)
        }
        if !effects.isEmpty { settle(milliseconds: 2_000) }
    }

    private mutating func settle(milliseconds: Int) {
        var wait = milliseconds
        while let event = mailbox.next(within: wait) {
            for effect in model.handle(event) { runner.perform(effect) }
            switch event {
            case .form: beginAtFirstField()
            case .status, .tick: break
            default: wait = min(wait, 150)
            }
        }
    }

    /// At once, also into a pipe.
    private static func print(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

    private mutating func say() {
        for line in PlainText.lines(model) { Self.print(line) }
        model.notice = nil
    }
}

/// What the device said, until it is read.
private final class PlainMailbox: Sendable {
    private let events = Mutex<[TerminalEvent]>([])
    private let arrived = DispatchSemaphore(value: 0)

    func post(_ event: TerminalEvent) {
        events.withLock { events in
            events.removeAll { event.outdates($0) }
            events.append(event)
        }
        arrived.signal()
    }

    func next(within milliseconds: Int) -> TerminalEvent? {
        func take() -> TerminalEvent? { events.withLock { $0.isEmpty ? nil : $0.removeFirst() } }
        if let event = take() { return event }
        // Signalled for events that are outdated by now as well.
        let deadline = DispatchTime.now() + .milliseconds(milliseconds)
        while arrived.wait(timeout: deadline) == .success {
            if let event = take() { return event }
        }
        return nil
    }
}
