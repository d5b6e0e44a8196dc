import ReplicationClient
import ReplicationCore

/// Who holds the device.
struct Person: Sendable, Equatable {
    var id: RowID
    var name: String
    /// The role's name in the schema.
    var role: String
    var roleLabel: String
    /// Where their days begin, as in the IANA database.
    var zone: String?
}

extension Person {
    /// As far as the replica knows: a fresh one knows no more than an id.
    init(of replica: Replica) throws {
        id = replica.identity.user
        let role = replica.schema.role(replica.progress.role)
        name = try replica.query("SELECT name FROM user WHERE id = ?", [.reference(id)]).first?.text("name") ?? "…\(id.short)"
        self.role = role?.name ?? ""
        roleLabel = role?.label ?? ""
        zone = try replica.timeZone(of: "user", id)
    }
}
