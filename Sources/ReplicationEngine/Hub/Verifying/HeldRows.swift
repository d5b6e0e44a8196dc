import ReplicationCore

/// The keys of the rows in some scopes, each once, by rising key: what somebody holds who receives them.
///
/// Reads along the members of all scopes at once, so that what is in memory does not grow with their number of rows.
struct HeldRows {
    private let reader: any HubReader
    private let range: RowRange
    private var scopes: [Members]
    private let membersPerPage: Int

    private struct Members {
        let scope: Scope
        var page: ArraySlice<RowKey> = []
        var isAtEnd = false
        /// How many are read next: most ranges have few rows.
        var size: Int
        /// The last that was read.
        var last: RowKey?
    }

    init(_ reader: any HubReader, scopes: Set<Scope>, in range: RowRange = RowRange(), membersPerPage: Int = HubLimits.membersPerPage) {
        self.membersPerPage = membersPerPage
        self.reader = reader
        self.range = range
        let first = min(HubLimits.rowsPerPart, membersPerPage)
        self.scopes = scopes.sorted().map { Members(scope: $0, size: first, last: range.after) }
    }

    /// The next key; nil behind the range's end.
    mutating func next() throws -> RowKey? {
        var least: RowKey?
        for index in scopes.indices {
            guard let head = try head(of: index) else { continue }
            if least.map({ head < $0 }) ?? true { least = head }
        }
        guard let least, range.upTo.map({ least <= $0 }) ?? true else { return nil }
        for index in scopes.indices where scopes[index].page.first == least { scopes[index].page.removeFirst() }
        return least
    }

    private mutating func head(of index: Int) throws -> RowKey? {
        if let first = scopes[index].page.first { return first }
        if scopes[index].isAtEnd { return nil }
        let size = scopes[index].size
        let page = try reader.members(of: scopes[index].scope, after: scopes[index].last, limit: size)
        scopes[index].page = page[...]
        scopes[index].last = page.last
        scopes[index].isAtEnd = page.count < size
        scopes[index].size = min(2 * size, membersPerPage)
        return page.first
    }
}
