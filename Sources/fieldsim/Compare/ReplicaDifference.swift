import ReplicationCore

/// One thing in which two devices differ.
struct ReplicaDifference {
    /// What one of them has.
    struct Side {
        let device: String
        /// Nil: the row is not there.
        let value: String?
        /// Where the shown write stands in the hub's order, who wrote it and when; nil where the device does not know.
        let clock: String?
    }

    let collection: String
    let row: RowID
    let title: String?
    /// Nil: only one of them has the row.
    let field: String?
    let sides: [Side]

    var text: String {
        let head = "\(collection) \(row)\(title.map { " “\($0)”" } ?? "")"
        guard let field else { return "\(head): only in \(sides.first { $0.value != nil }?.device ?? "")" }
        return "\(head) · \(field)\n" + sides.map { side in
            "    \(side.device): \(side.value ?? "")\(side.clock.map { "   (\($0))" } ?? "")"
        }.joined(separator: "\n")
    }

    var json: String {
        var members: [(String, Value)] = [("collection", .text(collection)), ("row", .text(row.description))]
        if let field { members.append(("field", .text(field))) }
        for (index, side) in sides.enumerated() {
            members.append(("device\(index + 1)", .text(side.device)))
            members.append(("value\(index + 1)", side.value.map { .text($0) } ?? .null))
            if let clock = side.clock { members.append(("clock\(index + 1)", .text(clock))) }
        }
        return ValueJSON.object(members)
    }
}
