import ReplicationCore
import TerminalScreen

/// What happens to the terminal device: the person, and what the device answers.
enum TerminalEvent: Sendable {
    case input(InputEvent)
    case loaded(PageKey, PageData)
    case status(DeviceStatus)
    /// Rows changed: what is shown is read anew.
    case changed
    /// Who holds the device, when that has become known or has changed, and the schema that it works with.
    case holder(Person, Schema)
    case form(Form)
    case text(TextDialog)
    case said(String, isBad: Bool)
    /// What was to be saved was saved: its form closes.
    case saved
    /// It was not, and why.
    case refused(String)
    case frames([String])
    /// The machine's clock, once a second, in Unix milliseconds.
    case tick(Int64)

    /// Whether another event, which came before it and was not looked at, says nothing any more beside this one.
    func outdates(_ other: TerminalEvent) -> Bool {
        switch (self, other) {
        case (.tick, .tick), (.status, .status), (.changed, .changed), (.frames, .frames): true
        case (.loaded(let key, _), .loaded(let former, _)): key == former
        default: false
        }
    }
}
