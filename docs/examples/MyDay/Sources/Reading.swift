import ConvergeClient
import Foundation

extension MyDay {
    static func list(_ replica: Replica) throws {
        let visits = try Visit.all(in: replica)
        if visits.isEmpty { print("No visits.") }
        for visit in visits { try show(visit, replica) }
    }

    private static func show(_ visit: Visit, _ replica: Replica) throws {
        let start = visit.start?.formatted(.iso8601) ?? "no time yet"
        print("\(visit.number)  \(start)  \(visit.status)  \(visit.title)  \(visit.place)")
        let order = try WorkOrder.numbered(visit.number, in: replica)
        if let text = order.description { print("    \(text)\(try mark("description", of: order, replica))") }
    }

    /// What a reader should know of a field beside its value.
    private static func mark(_ field: String, of order: WorkOrder, _ replica: Replica) throws -> String {
        guard let standing = try replica.standings(of: WorkOrder.collection, order.id)[field] else { return "" }
        if standing.isContested { return "  [in conflict]" }
        return standing.isPending ? "  [not at the hub yet]" : ""
    }

    static func watch(_ replica: Replica) async throws {
        try replica.goOnline()
        for try await rows in replica.observe(Visit.query, [.reference(replica.identity.user)]) {
            print("-- \(replica.connection)")
            for visit in try rows.map(Visit.init) { try show(visit, replica) }
            // At once, also where the output is no terminal.
            fflush(nil)
        }
    }
}
