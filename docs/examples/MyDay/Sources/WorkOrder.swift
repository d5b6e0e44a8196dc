import ConvergeClient

struct WorkOrder: Record {
    static let collection = "work_order"

    let id: RowID
    let title: String
    let description: String?
    let tags: [String]

    init(row: Row) throws {
        id = try row.id
        title = try row.requiredText("title")
        description = row.text("description")
        tags = try row.elements("tags")
    }

    static func numbered(_ number: String, in replica: Replica) throws -> WorkOrder {
        let found = try replica.records(WorkOrder.self, where: "number = ?", [.text(number)])
        guard let order = found.first else { throw NotHere(what: "order \(number)") }
        return order
    }
}

struct NotHere: Error, CustomStringConvertible {
    let what: String
    var description: String { "This device does not hold the \(what). Is it yours, and have you synchronised?" }
}
