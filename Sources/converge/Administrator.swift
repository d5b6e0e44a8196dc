import ArgumentParser
import Foundation
import HubControl
import WireProtocol

/// Who gives a command and why: it goes into the hub's log.
struct ReasonOption: ParsableArguments {
    @Option(help: ArgumentHelp("Why. It stays in the hub's log for ever, so name nobody whose data is erased.", valueName: "text"))
    var reason = ""

    /// The user of this machine, also behind sudo.
    var administrator: String {
        let environment = ProcessInfo.processInfo.environment
        return String((environment["SUDO_USER"] ?? NSUserName()).prefix(100))
    }
}

extension ControlClient {
    /// Gives a command that is answered by a report, a JSON document.
    func report(_ command: WireControlRequest.OneOf_Command) throws -> String {
        guard case .report(let text) = try perform(command) else {
            throw CommandFailure("The hub answered something else; is it of the same version?")
        }
        return text
    }
}

/// Counts of rows by collection, in words.
func words(_ counts: [String: Int]) -> String {
    counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
}

/// The bytes of an identity that was typed.
func identityBytes(_ text: String) throws -> Data {
    guard let id = UUID(uuidString: text) else {
        throw CommandFailure("'\(text)' is no row's id; ids look like bf941b03-8b2c-84ca-b33f-d90b9025bb44.", code: 64)
    }
    return withUnsafeBytes(of: id.uuid) { Data($0) }
}
