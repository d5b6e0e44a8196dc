import Documents
import Domain
import Foundation
import ReplicationClient
import ReplicationCore
import Scenarios

/// Customers: their mail, and the pages that its links lead to.
extension RealStage {
    func mails(to customer: String) throws -> [CustomerMail] { try messages(to: customer).map { CustomerMail(message: $0) } }

    private func messages(to customer: String) throws -> [[UInt8]] {
        guard let mail, let address = customers[customer] else { throw StageError("There is no customer \(customer) in this scenario.") }
        return mail.messages(to: address)
    }

    /// The newest link to sign, on the pages as they are reached now.
    private func link(of customer: String) throws -> String? {
        for mail in try mails(to: customer).reversed() {
            if let token = mail.text.firstMatch(of: #/https?://[^/\s]+/s/([A-Za-z0-9_-]+)/#)?.1 { return "\(hub.pages)/s/\(token)" }
        }
        return nil
    }

    func perform(_ action: Scenario.CustomerAction, by customer: String) throws {
        guard let link = try link(of: customer) else {
            throw StageError("\(customer) was sent no link yet. Expect the mail before: {expect: mail, where: \(customer), says: …}.")
        }
        let visit = CustomerVisit(link: link, address: CustomerVisit.customer)
        switch action {
        case .scan(let times): try scan(link, times)
        case .open:
            _ = try page(visit, customer)
            try expect(204, try visit.post("/opened").status, customer, "opens the link")
        case .sign(let name, let role):
            let agreements = CustomerVisit.agreements(in: try page(visit, customer))
            let fields = agreements.map { (name: "agree", value: $0) } + [("name", name), ("role", role ?? ""), ("method", "typed")]
            try expect(303, try visit.post("", fields).status, customer, "signs")
        case .decline(let name, let reason):
            try expect(303, try visit.post("/decline", [("name", name), ("reason", reason)]).status, customer, "declines")
        }
    }

    /// A program may be told to come later; anything else that goes wrong is the hub's fault.
    private func scan(_ link: String, _ times: Int) throws {
        for time in 1...times {
            let status = try CustomerVisit(link: link, address: CustomerVisit.scanner(time)).load().status
            guard [200, 410, 429].contains(status) else { throw StageError("The page answered the scanner's visit \(time) with status \(status).") }
        }
    }

    private func page(_ visit: CustomerVisit, _ customer: String) throws -> String {
        let (status, page) = try visit.load()
        try expect(200, status, customer, "loads the page")
        return page
    }

    private func expect(_ wanted: Int, _ status: Int, _ customer: String, _ what: String) throws {
        guard status == wanted else {
            throw StageError("\(customer) \(what), and the page answers with status \(status) in the place of \(wanted).\(status == 410 ? " The link leads nowhere any more." : "")")
        }
    }

    /// Looks from another address each time, so that waiting takes nobody's share of visits.
    func linkIsOpen(of customer: String) throws -> Bool? {
        guard let link = try link(of: customer) else { return nil }
        looks += 1
        let status = try CustomerVisit(link: link, address: "192.0.2.\(looks % 250 + 1)").load().status
        guard [200, 410].contains(status) else { throw StageError("The page of \(customer)'s link answers with status \(status).") }
        return status == 200
    }

    // MARK: What a device does with documents

    func perform(_ action: Scenario.DocumentAction, by device: String) throws {
        let replica = try running(device).replica
        func id(_ name: Scenario.RowName) throws -> RowID { try ScenarioPlayer.target(name, replica.schema).1.row }
        switch action {
        case .make(let document, let about, let name):
            let order = try id(about)
            guard let template = try replica.template(called: name, about: order) else {
                throw StageError("There is no template `\(name)`, and the company has none of that kind for \(about).")
            }
            _ = try replica.addDocument(replica.makeForm(template, about: order), to: order, as: id(document))
        case .sign(let document, let place, let name, let role):
            try replica.sign([id(document)], Signing(place: place, name: name, role: role ?? "", mark: .typed))
        case .ask(let request, let documents, let place, let customer, let name):
            guard let address = customers[customer] else { throw StageError("There is no customer \(customer) in this scenario.") }
            try replica.requestSignature(of: documents.map(id), SignatureAsking(place: place, name: name, email: address), as: id(request))
        case .sendAgain(let request): try replica.sendAgain(id(request))
        case .withdraw(let request): try replica.withdrawRequest(id(request))
        }
    }
}
