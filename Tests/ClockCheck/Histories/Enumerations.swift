/// What is enumerated in full, in tests and by `tools/check-clocks`.
public enum Enumerations {
    private static let left = CellName(row: 0, kind: .left), right = CellName(row: 0, kind: .right)
    private static let leftOfOther = CellName(row: 1, kind: .left)
    private static let tag = CellName(row: 0, kind: .tag), count = CellName(row: 0, kind: .count)

    private static func bounds(
        _ name: String, _ writes: [Int: Int], _ cells: [CellName], cuts: Int = 0, moves: Int = 0, copies: Int = 0,
        returns: Int = 0, rowsPerPage: Int = 512, total: Int = .max, isUpToNames: Bool = false
    ) -> Exploration.Bounds {
        var bounds = Exploration.Bounds(name, writes: writes, cells: cells)
        bounds.cuts = cuts
        bounds.moves = moves
        bounds.copies = copies
        bounds.returns = returns
        bounds.total = total
        bounds.isUpToNames = isUpToNames
        bounds.conditions.rowsPerPage = rowsPerPage
        return bounds
    }

    /// Seconds in a debug build.
    public static let short = [
        bounds("two devices with a write each, one cut", [0: 1, 1: 1], [left], cuts: 1),
        bounds("two devices with a write each on an element", [0: 1, 1: 1], [tag]),
        bounds("one device with two writes, one with one", [0: 2, 1: 1], [left]),
        bounds("two people behind a gateway with a write each", [3: 1, 4: 1], [left]),
        bounds("one device with a write, one cut, one move", [0: 1], [left], cuts: 1, moves: 1),
        bounds("a device that goes back to its copy, two increments", [0: 2], [count], copies: 1, returns: 1),
    ]

    /// Small enough to be played over SQLite step by step.
    public static let onDisk = bounds("two devices with a write each", [0: 1, 1: 1], [left])
    /// The same for minutes.
    public static let onDiskLong = bounds("two devices with a write each, one cut", [0: 1, 1: 1], [left], cuts: 1)

    /// Minutes in a release build.
    public static let long = short + [
        bounds("three devices with a write each, two cells", [0: 1, 1: 1, 2: 1], [left, right]),
        bounds("one device with four writes, one with one", [0: 4, 1: 1], [left]),
        bounds("two devices with two writes and one on an element, one cut", [0: 2, 1: 1], [tag], cuts: 1),
        bounds("two devices with two writes and one on a counter", [0: 2, 1: 1], [count]),
        bounds("two people behind a gateway with two writes and one, a device with one", [0: 1, 3: 2, 4: 1], [left]),
        bounds("two rows in chunks of one, two devices with a write each, one cut", [0: 1, 1: 1], [left, leftOfOther], cuts: 1, rowsPerPage: 1),
        bounds("a row that leaves and comes back, two devices with a write each", [0: 1, 1: 1], [left], moves: 2),
        bounds("two devices with two writes each, two cells", [0: 2, 1: 2], [left, right]),
        bounds("three devices with up to three writes between them, two cells", [0: 3, 1: 3, 2: 3], [left, right], total: 3, isUpToNames: true),
        bounds("three devices with up to three writes between them, two cells, one cut", [0: 3, 1: 3, 2: 3], [left, right], cuts: 1, total: 3, isUpToNames: true),
        bounds("three devices with up to four writes between them, two cells", [0: 4, 1: 4, 2: 4], [left, right], total: 4, isUpToNames: true),
        bounds("two devices with three writes each", [0: 3, 1: 3], [left]),
        bounds("three devices, two with two writes and one with one", [0: 2, 1: 2, 2: 1], [left]),
        bounds("a device that goes back to its copy, two writes", [0: 2], [left], copies: 1, returns: 1),
        bounds("a device that goes back to its copy, three increments", [0: 3], [count], copies: 1, returns: 1),
        bounds("a device that goes back to one copy twice, three increments", [0: 3], [count], copies: 1, returns: 2),
        bounds("a device that goes back to its copy, two increments, another with one", [0: 2, 1: 1], [count], copies: 1, returns: 1),
    ]
}
