import ReplicationCore
import Yams

/// Documents, requests to sign them, and the customers who do.
extension ScenarioReader {
    static let documentActions = ["make_document", "sign", "ask", "ask_again", "withdraw"]
    private static let customerActions = ["scan_link", "open_link", "sign_link", "decline_link"]

    mutating func documentAction(_ does: Located, _ map: YAMLMap) -> Scenario.DocumentAction? {
        func allow(_ keys: String...) { map.allow(Self.common + ["who", "does", "row"] + keys) }
        switch does.text {
        case "make_document":
            allow("about", "template")
            guard let document = row(map, of: "document", isNew: true), let order = row(map, "about"), let template = map.text("template", required: true) else { return nil }
            know(document)
            return .make(document, about: order, template: template.text)
        case "sign":
            allow("place", "name", "role")
            guard let document = row(map, of: "document"), let place = map.text("place", required: true), let name = map.text("name", required: true) else { return nil }
            return .sign(document, place: place.text, name: name.text, role: map.text("role")?.text)
        case "ask":
            allow("documents", "place", "name", "customer")
            guard let request = row(map, of: "signature_request", isNew: true), let customer = customer(map.text("customer", required: true)),
                let place = map.text("place", required: true), let name = map.text("name", required: true)
            else { return nil }
            know(request)
            let names = map.texts("documents") ?? []
            if names.isEmpty { map.missing("documents") }
            return .ask(request, of: names.compactMap { row($0) }, place: place.text, customer: customer, name: name.text)
        default:
            allow()
            guard let request = row(map, of: "signature_request") else { return nil }
            return does.text == "withdraw" ? .withdraw(request) : .sendAgain(request)
        }
    }

    /// The row that the step is about, which has to be of this collection.
    private func row(_ map: YAMLMap, of collection: String, isNew: Bool = false) -> Scenario.RowName? {
        guard let name = row(map, isNew: isNew) else { return nil }
        if name.collection == collection { return name }
        log.add(map.place(of: "row"), "`\(name)` is no \(collection)", "Write `\(collection)/key`.")
        return nil
    }

    private mutating func know(_ name: Scenario.RowName) {
        if let key = ScenarioValues(schema: schema).key(name) { known.insert(key) }
    }

    func customerAction(_ does: Located, _ map: YAMLMap) -> Scenario.CustomerAction? {
        func allow(_ keys: String...) { map.allow(Self.common + ["who", "does"] + keys) }
        switch does.text {
        case "scan_link":
            allow("times")
            return map.number("times", in: 1...Int64(ScenarioFile.mostVisits), required: true).map { .scan(times: Int($0)) }
        case "open_link":
            allow()
            return .open
        case "sign_link":
            allow("name", "role")
            return map.text("name", required: true).map { .sign(name: $0.text, role: map.text("role")?.text) }
        case "decline_link":
            allow("name", "reason")
            guard let name = map.text("name", required: true), let reason = map.text("reason", required: true) else { return nil }
            return .decline(name: name.text, reason: reason.text)
        default:
            log.addUnknown(does, "action of a customer", known: Self.customerActions)
            return nil
        }
    }
}
