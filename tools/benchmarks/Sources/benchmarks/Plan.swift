import Foundation

/// How much is measured.
struct Plan: Sendable {
    /// A short form for the test run: the same work, less of it.
    let isQuick: Bool
    /// Where files are made.
    let folder: String
    /// Only the groups with these names; all if there are none.
    let only: [String]

    var rows: Int { isQuick ? 2_000 : 20_000 }
    /// Rounds of updates over all rows; the median counts.
    var rounds: Int { isQuick ? 1 : 3 }
    var deviceCounts: [Int] { isQuick ? [1, 16] : [1, 16, 256] }
    var connected: Int { isQuick ? 100 : 1_000 }
    var latencySamples: Int { isQuick ? 50 : 500 }
    var idle: Int { isQuick ? 200 : 2_000 }

    /// Rows of the first sync of an empty device, and how often it is made.
    var firstSyncRows: Int { isQuick ? 2_000 : 100_000 }
    var firstSyncs: Int { isQuick ? 1 : 5 }

    /// Rows that change while a device is away, and how often each.
    var rowsChanged: Int { isQuick ? 50 : 200 }
    var changesPerRow: [Int] { isQuick ? [10, 200] : [10, 1_000] }

    /// Rows of a catch-up over a slow line, and live values while nothing else goes on.
    var laneRows: Int { isQuick ? 2_500 : 10_000 }
    var laneSamples: Int { isQuick ? 50 : 200 }
    /// A photo over that line: 16 or 64 seconds of it.
    var laneBlobBytes: Int { isQuick ? 512 << 10 : 2 << 20 }

    /// Devices that come back at once, and rows that each has to be sent.
    var herd: Int { isQuick ? 500 : 10_000 }
    var herdRows: Int { 20 }

    func wants(_ group: String) -> Bool { only.isEmpty || only.contains(group) }

    /// A fresh folder for one measurement.
    func makeFolder(_ name: String) throws -> String {
        let path = folder + "/" + name
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }
}

extension [Double] {
    /// The value that this share of the values does not exceed (nearest rank).
    func percentile(_ share: Double) -> Double {
        guard !isEmpty else { return 0 }
        let rank = Int((share * Double(count)).rounded(.up))
        return sorted()[Swift.min(count - 1, Swift.max(0, rank - 1))]
    }

    var median: Double { percentile(0.5) }
}
