import Domain

extension ScenarioPlayer {
    /// What a step says of itself, where its writer has not.
    static func words(_ what: Scenario.What) -> String {
        switch what {
        case .device(let name, let action): "\(name) \(words(action))"
        case .hub(let action): words(action)
        case .office(let writes): "the office writes \(words(writes))"
        case .customer(let name, let action): words(action, of: name)
        case .expect(let expectation): words(expectation.what)
        }
    }

    private static func words(_ action: Scenario.DeviceAction) -> String {
        switch action {
        case .online: "goes online"
        case .offline: "goes offline"
        case .sync: "comes in step with the hub"
        case .weather(let name): "has a line that is \(name)"
        case .write(let writes, let isUnchecked): (isUnchecked ? "writes without asking the rules: " : "") + words(writes)
        case .resolve(let write): "settles the conflict about \(write.fields.keys.sorted().joined(separator: ", ")) of \(write.row)"
        case .discard: "lets go of what was refused"
        case .kill: "has its app end at once"
        case .start: "has its app started again"
        case .backUp: "is backed up"
        case .restore: "is restored from its backup"
        case .clone(let second): "is copied from its backup to a second phone, \(second)"
        case .clock(let offset): offset == 0 ? "has its clock set right" : "has a clock that is \(span(offset)) off"
        case .disk(let isFull): isFull ? "has a full disk" : "has room on its disk again"
        case .updateApp: "has its app updated"
        case .resend: "uploads everything once more"
        case .document(let action): words(action)
        }
    }

    private static func words(_ action: Scenario.DocumentAction) -> String {
        switch action {
        case .make(let document, let order, let template): "makes \(document) of \(order) from \(template)"
        case .sign(let document, let place, let name, let role): "has \(document) signed for \(place) by \(name)\(role.map { ", \($0)" } ?? "")"
        case .ask(let request, let documents, let place, let customer, let name):
            "asks \(customer), as \(name), to sign \(list(documents.map(\.description))) for \(place): \(request)"
        case .sendAgain(let request): "has another link sent for \(request)"
        case .withdraw(let request): "takes \(request) back"
        }
    }

    private static func words(_ action: Scenario.CustomerAction, of name: String) -> String {
        switch action {
        case .scan(let times): "a scanner in \(name)'s mailbox loads the link \(times) times"
        case .open: "\(name) opens the link and reads"
        case .sign(let signer, let role): "\(name) signs as \(signer)\(role.map { ", \($0)" } ?? "")"
        case .decline(let signer, let reason): "\(name) declines as \(signer): \(reason)"
        }
    }

    static func words(_ says: String?, _ attached: String?) -> String {
        "a mail" + (says.map { " that says “\($0)”" } ?? "") + (attached.map { " with \($0) attached" } ?? "")
    }

    private static func words(_ action: Scenario.HubAction) -> String {
        switch action {
        case .kill: "the hub is killed"
        case .start: "the hub is started again"
        case .backUp: "the hub is backed up"
        case .restore: "the hub is restored from its backup"
        case .revoke(let device): "the hub takes away the access of \(device)"
        case .reinstate(let device): "the hub gives \(device) its access back"
        }
    }

    private static func words(_ writes: [Scenario.RowWrite]) -> String {
        writes.map { write in
            let fields = write.fields.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.joined(separator: ","))" }
            return ([write.kind.rawValue, "\(write.row)"] + fields).joined(separator: " ")
        }.joined(separator: "; ")
    }

    private static func words(_ expected: Scenario.Expectation.What) -> String {
        switch expected {
        case .value(let row, let field, let value, let places): "\(field) of \(row) is \(value ?? "nothing") at \(list(places))"
        case .held(let row, let isHeld, let places): "\(list(places)) \(isHeld ? "has" : "has not") \(row)"
        case .status(let row, let status, let places): "\(row) is \(status) at \(list(places))"
        case .counts(let device, let pending, let conflicts, let refused):
            "\(device) has " + [(pending, "pending"), (conflicts, "conflicts"), (refused, "refused")]
                .compactMap { count, word in count.map { "\($0) \(word)" } }.joined(separator: ", ")
        case .rows(let collection, let having, let count, let places):
            "\(list(places)) has \(count) \(collection)" + (having.isEmpty ? "" : " with " + having.sorted { $0.key < $1.key }.map { "\($0)=\($1)" }.joined(separator: ", "))
        case .same(let places): "\(places.isEmpty ? "every device" : list(places)) holds the same as the hub"
        case .blocked(let device): "\(device) may not connect"
        case .mail(let customer, let says, let type): "\(customer) has \(words(says, type))"
        case .link(let customer, let isOpen): "\(customer)'s link \(isOpen ? "is open" : "leads nowhere any more")"
        }
    }

    private static func list(_ names: [String]) -> String { names.joined(separator: ", ") }

    private static func span(_ milliseconds: Int64) -> String {
        let magnitude = milliseconds.magnitude, sign = milliseconds < 0 ? "−" : "+"
        for (unit, name) in [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s")] as [(UInt64, String)]
        where magnitude % unit == 0 { return "\(sign)\(magnitude / unit) \(name)" }
        return "\(sign)\(magnitude) ms"
    }
}
