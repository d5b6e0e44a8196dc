import ReplicationCore

/// The distinct writes of a row's cells, in the order in which they are first named.
struct PackedWrites {
    private(set) var all: [Write] = []
    /// Indexes of `all`, once there are too many to look through.
    private var places: [Write: Int] = [:]

    /// A row rarely has more.
    private static let few = 8

    mutating func place(of write: Write) -> Int {
        if let known = all.count <= Self.few ? all.firstIndex(of: write) : places[write] { return known }
        all.append(write)
        if all.count == Self.few + 1 {
            for (place, write) in all.enumerated() { places[write] = place }
        } else if all.count > Self.few {
            places[write] = all.count - 1
        }
        return all.count - 1
    }
}
