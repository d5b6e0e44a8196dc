import ConvergeClient

extension MyDay {
    static func showInbox(_ replica: Replica) throws {
        for conflict in try replica.openConflicts() {
            print("conflict \(conflict.id): \(conflict.label)")
            print("    before: \(words(conflict.base))")
            print("    theirs: \(words(conflict.theirs)) (\(try name(of: conflict.theirsAuthor, replica)))")
            print("    yours:  \(words(conflict.yours)) (\(try name(of: conflict.yoursAuthor, replica)))")
        }
        for refused in try replica.refused() {
            print("refused \(refused.identity): \(refused.refusal.detail)")
            print("    \(refused.remedy)")
        }
    }

    static func settle(_ id: String, _ side: String, in replica: Replica) throws {
        guard let conflict = try replica.openConflicts().first(where: { "\($0.id)" == id }) else { throw NotHere(what: "conflict \(id)") }
        guard let values = side == "theirs" ? conflict.theirs : conflict.yours else { throw NotHere(what: "value of \(side)") }
        try replica.resolve(conflict, with: values)
        print("Settled here. It closes for everybody with the next sync.")
    }

    static func discard(_ id: String, in replica: Replica) throws {
        guard let identity = ChangesetID(id) else { throw NotHere(what: "changeset \(id)") }
        try replica.discardRefused(identity)
        print("Discarded.")
    }

    private static func words(_ values: [String: Value]?) -> String {
        guard let values, !values.isEmpty else { return "nothing" }
        return values.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value.text ?? "\($0.value)")" }.joined(separator: ", ")
    }

    private static func name(of user: RowID?, _ replica: Replica) throws -> String {
        guard let user else { return "the hub" }
        return try replica.query("SELECT name FROM user WHERE id = ?", [.reference(user)]).first?.text("name") ?? "somebody"
    }
}
