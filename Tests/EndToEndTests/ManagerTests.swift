import Foundation
import ReplicationCore
import Testing
import TestTraits

/// What managers are there for: figures of their accounts, and answers to those who ask. Through the real programs.
@Suite(.serialized, .realTime)
struct ManagerTests {
    private let house: SampleHouse
    private let account = RowID.derived(collection: 4, key: ["cold_store"])

    init() throws { house = try SampleHouse() }

    private func start(_ names: String...) throws {
        try house.start()
        for name in names {
            try house.enrol(name)
            try house.shell(name, "online", "sync 120")
        }
    }

    private func interactions(_ name: String) throws -> Int? {
        try house.rows(name, "SELECT interactions FROM account_figures WHERE account = x'\("\(account)".replacing("-", with: ""))'").first?["interactions"] as? Int
    }

    @Test(.timeLimit(.minutes(10)))
    func `figures add up what people did while they were away`() throws {
        defer { house.hub.stop() }
        try start("kofi", "mei", "ruth")
        let before = try interactions("ruth") ?? 0
        for (name, count) in [("kofi", 2), ("mei", 1)] {
            for index in 0..<count {
                try house.shell(name, "create interaction account=\(account) channel=call summary=\"Call \(index) of \(name)\" happened_at=now")
            }
        }
        // Own entries count at once, on what the hub had said.
        if before > 0 { #expect(try interactions("kofi") == before + 2) }
        for name in ["kofi", "mei", "ruth", "kofi"] { try house.shell(name, "online", "sync 120") }
        #expect(try interactions("ruth") == before + 3 && interactions("kofi") == before + 3)
    }

    @Test(.timeLimit(.minutes(10)))
    func `an approval is asked for without a network, decided by the manager, and told`() throws {
        defer { house.hub.stop() }
        try start("nadia", "tomas", "ruth")
        let territory = try #require(try house.rows("nadia", "SELECT territory FROM user WHERE name LIKE 'Nadia%'").first?["territory"] as? String)
        let nadia = try #require(try house.rows("nadia", "SELECT id FROM user WHERE name LIKE 'Nadia%'").first?["id"] as? String)
        let asked = try #require(try house.shell(
            "nadia", "create approval kind=overtime reason=\"The pump has to run tonight\" territory=\(territory) asked_by=\(nadia) asked_at=now"
        ).last?["row"] as? String)
        let refused = try house.failure("nadia", "set approval \(asked) decision=approved")
        #expect(refused?.contains("A Technician may not write decision of Approval.") == true, "\(refused ?? "taken")")
        for name in ["nadia", "ruth"] { try house.shell(name, "online", "sync 120") }
        let ruth = try #require(try house.rows("ruth", "SELECT id FROM user WHERE name LIKE 'Ruth%'").first?["id"] as? String)
        try house.shell("ruth", "set approval \(asked) decision=approved decided_by=\(ruth) decided_at=now decision_note=\"Two hours\"", "online", "sync 120")
        for name in ["nadia", "tomas"] { try house.shell(name, "online", "sync 120") }
        #expect(try house.rows("nadia", "SELECT decision, decision_note FROM approval").first?["decision"] as? String == "approved")
        #expect(try house.rows("tomas", "SELECT id FROM approval").isEmpty, "what a colleague asks is no matter of hers")
    }
}
