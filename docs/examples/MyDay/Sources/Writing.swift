import ConvergeClient
import Foundation

extension MyDay {
    static func describe(_ number: String, _ text: String, in replica: Replica) throws {
        let order = try WorkOrder.numbered(number, in: replica)
        try replica.write { transaction in
            try transaction.set(WorkOrder.collection, order.id, ["description": .text(text)])
        }
        print("Noted. It goes to the hub with the next sync.")
    }

    static func finish(_ number: String, in replica: Replica) throws {
        guard let visit = try Visit.all(in: replica).first(where: { $0.number == number }) else { throw NotHere(what: "visit to \(number)") }
        try replica.write { transaction in
            try transaction.create("status_event", [
                "appointment": .reference(visit.id), "state": .text("completed"), "happened_at": .timestamp(Date()),
            ])
            try transaction.add(WorkOrder.collection, visit.order, "tags", "done by my-day")
        }
        try list(replica)
    }

    static func sync(_ replica: Replica) async throws {
        try replica.goOnline()
        try await replica.syncNow(within: .seconds(60))
        let waiting = try replica.openConflicts().count + replica.refused().count
        let rest = switch waiting {
        case 0: "Nothing waits for you."
        case 1: "1 thing waits for you: inbox"
        default: "\(waiting) things wait for you: inbox"
        }
        print("In step with the hub. \(rest)")
    }
}
