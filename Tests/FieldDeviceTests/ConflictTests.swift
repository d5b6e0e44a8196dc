import Domain
import Foundation
import ReplicationCore
import ReplicationEngine
import Testing
@testable import ReplicationClient

/// A conflict as an app is given it.
struct ConflictTests {
    private let order = RowID(high: 3, low: 2), ines = RowID(high: 1, low: 1)

    private func conflict(_ columns: [String: Value]) throws -> Conflict {
        let row = Row(StoredRow(columns: Array(columns.keys), values: Array(columns.values)))
        return try Conflict(row, in: try StandardSchema.load())
    }

    @Test func sidesAreValuesOfTheirFields() throws {
        let conflict = try conflict([
            "id": .reference(RowID(high: 9, low: 9)), "subject": .text("appointment/\(order)"), "part_label": .text("Assignee"), "part_group": .integer(2),
            "base": .null, "theirs": .text(#"{"assignee":"\#(ines)"}"#), "yours": .text(#"{"assignee":null}"#),
            "theirs_author": .reference(ines), "shown": .text("theirs"),
        ])
        #expect(conflict.collection == "appointment" && conflict.row == order && conflict.label == "Assignee")
        #expect(conflict.base == nil && conflict.theirs == ["assignee": .reference(ines)] && conflict.yours == ["assignee": .null])
        #expect(conflict.theirsAuthor == ines && conflict.yoursAuthor == nil && conflict.shown == .theirs)
    }

    /// What a resolution writes is `custom.KEY`.
    @Test func aCustomFieldGoesByItsOwnName() throws {
        let schema = try StandardSchema.load()
        let account = try #require(schema.collection(named: "account"))
        let group = try #require(account.customGroup)
        let conflict = try conflict([
            "id": .reference(order), "subject": .text("account/\(order)"), "part_group": .integer(Int64(group.number)), "part_element": .text("loyalty"),
            "theirs": .text(#"{"\#(group.name)":"gold"}"#), "yours": .text(#"{"\#(group.name)":null}"#),
        ])
        #expect(conflict.theirs == ["\(group.name).loyalty": .text("gold")] && conflict.yours == ["\(group.name).loyalty": .null])
    }

    @Test func whatCannotBeReadIsSaid() throws {
        let side = try conflict(["id": .reference(order), "subject": .text("work_order/\(order)"), "theirs": .text(#"{"tomorrow":1}"#), "yours": .text("{")])
        #expect(side.theirs == nil && side.yours == nil)
        #expect(throws: ReplicaError.self) { try conflict(["id": .reference(order), "subject": .text("tomorrow/\(order)")]) }
    }

    @Test func timestampsAreMoments() throws {
        let moment = Date(timeIntervalSince1970: 1_780_000_000.123)
        #expect(Value.timestamp(moment) == .integer(1_780_000_000_123))
        let row = Row(StoredRow(columns: ["at", "no"], values: [.timestamp(moment), .null]))
        #expect(row.timestamp("at") == Date(timeIntervalSince1970: 1_780_000_000.123) && row.timestamp("no") == nil)
    }
}
