import ReplicationCore

extension OfficeSchema {
    static let photo: UInt32 = 20, bill: UInt32 = 21, scans: UInt32 = 22

    /// The office with blobs of orders: a photo, a bill that only dispatchers read, and a set of scans.
    static let withBlobs = Schema(
        version: schema.version, name: schema.name,
        collections: schema.collections.map { collection in
            guard collection.number == orders else { return collection }
            return Collection(
                number: orders, name: collection.name, label: collection.label, kind: collection.kind,
                groups: collection.groups + [
                    group(photo, "photo", .keepBoth, .blob(maximumBytes: 10_000)),
                    group(bill, "bill", .lastWriter, .blob(maximumBytes: 10_000), readers: [dispatcher]),
                    group(scans, "scans", .addWinsSet, .blob(maximumBytes: 10_000)),
                ],
                scopes: collection.scopes, rights: collection.rights, unique: collection.unique, minimums: collection.minimums)
        },
        roles: schema.roles, userCollection: users)
}
