/// Where the parts of a changeset stand in its bytes: the fields of `Changeset` and `RowBlock`, none of them copied.
///
/// It lives as long as the bytes.
struct ChangesetParts {
    private(set) var header = UnsafeRawBufferPointer(start: nil, count: 0)
    private(set) var saltSeed = UnsafeRawBufferPointer(start: nil, count: 0)
    private(set) var headerSalt = UnsafeRawBufferPointer(start: nil, count: 0)
    private(set) var rows: [Row] = []

    struct Row {
        var operations = UnsafeRawBufferPointer(start: nil, count: 0)
        var salt = UnsafeRawBufferPointer(start: nil, count: 0)
        var erasedLeaf = UnsafeRawBufferPointer(start: nil, count: 0)

        var isErased: Bool { operations.isEmpty }
    }

    /// - Throws: for what is no such message, and for more blocks than a changeset may have: the shortest have two bytes,
    ///   so a hostile one could name half a million.
    init(_ bytes: UnsafeRawBufferPointer) throws(WireError) {
        var reader = MessageReader(bytes)
        while let field = try reader.next() {
            switch (field.number, field.format) {
            case (1, .body): header = try reader.body()
            case (2, .body): saltSeed = try reader.body()
            case (3, .body):
                guard rows.count < ProtocolLimits.operationsPerChangeset else {
                    throw WireError(.tooLarge, "a changeset takes \(ProtocolLimits.operationsPerChangeset) blocks")
                }
                rows.append(try Self.row(MessageReader(try reader.body(), level: 1)))
            case (4, .body): headerSalt = try reader.body()
            default: try reader.skip(field)
            }
        }
    }

    private static func row(_ reader: consuming MessageReader) throws(WireError) -> Row {
        var row = Row()
        while let field = try reader.next() {
            switch (field.number, field.format) {
            case (1, .body): row.operations = try reader.body()
            case (2, .body): row.salt = try reader.body()
            case (3, .body): row.erasedLeaf = try reader.body()
            default: try reader.skip(field)
            }
        }
        return row
    }

    /// The root of the tree over header and rows.
    ///
    /// - Throws: for a leaf of the erased form that lacks its salt or its hash.
    func root() throws(WireError) -> MerkleTree.Node {
        var salts = LeafSalt.Source(seed: saltSeed)
        func salt(of leaf: UInt32, kept: UnsafeRawBufferPointer) throws(WireError) -> LeafSalt {
            if !saltSeed.isEmpty { return salts.salt(of: leaf) }
            guard let salt = LeafSalt(bytes: kept) else { throw WireError(.malformed, "an erased changeset lacks a salt") }
            return salt
        }
        var tree = MerkleTree()
        tree.append(MerkleTree.Node(leaf: header, salt: try salt(of: 0, kept: headerSalt)))
        for row in rows {
            if row.isErased {
                guard row.erasedLeaf.count == 32 else {
                    throw WireError(.malformed, "a row block is neither there nor erased")
                }
                tree.append(MerkleTree.Node(row.erasedLeaf))
            } else {
                tree.append(MerkleTree.Node(leaf: row.operations, salt: try salt(of: tree.count, kept: row.salt)))
            }
        }
        return tree.root
    }
}
