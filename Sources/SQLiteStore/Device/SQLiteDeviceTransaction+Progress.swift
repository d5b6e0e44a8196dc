import ReplicationCore
import ReplicationEngine

extension SQLiteDeviceTransaction {
    var progress: DeviceProgress {
        get throws {
            try statement("""
                SELECT site, role, epoch, cursor, basis, last_counter, last_root, last_position, clock, scopes,
                is_restarting, safe, hub_time, hub_monotonic, hub_boot, hub_uncertainty FROM _progress
                """).first { row in
                var progress = DeviceProgress(
                    site: Site(truncatingIfNeeded: row.integer(0)), role: UInt32(truncatingIfNeeded: row.integer(1)),
                    epoch: UInt32(truncatingIfNeeded: row.integer(2)))
                progress.cursor = row.bytes(3)
                progress.basis = row.sequence(4)
                progress.lastCounter = UInt64(clamping: row.integer(5))
                progress.lastRoot = row.bytes(6)
                progress.lastPosition = UInt64(clamping: row.integer(7))
                // All 64 bits are used.
                progress.clock = HybridTime(rawValue: UInt64(bitPattern: row.integer(8)))
                progress.scopes = row.text(9).split(separator: "\n").map(String.init)
                progress.isRestarting = row.integer(10) & 1 != 0
                progress.isCarriedOver = row.integer(10) & 2 != 0
                progress.safe = row.sequence(11)
                if !row.isNull(12) {
                    progress.hubClock = HubClockEstimate(
                        hub: UInt64(clamping: row.integer(12)), monotonic: UInt64(clamping: row.integer(13)),
                        boot: UInt64(bitPattern: row.integer(14)), uncertainty: UInt64(clamping: row.integer(15)))
                }
                return progress
            } ?? DeviceProgress()
        }
    }

    func save(_ progress: DeviceProgress) throws {
        let places = repeatElement("?", count: 16).joined(separator: ", ")
        let statement = try statement("INSERT OR REPLACE INTO _progress VALUES (1, \(places))")
        try statement.bind(Int64(progress.site), at: 1)
        try statement.bind(Int64(progress.role), at: 2)
        try statement.bind(Int64(progress.epoch), at: 3)
        try statement.bind(progress.cursor, at: 4)
        try statement.bind(progress.basis, at: 5)
        try statement.bind(Int64(clamping: progress.lastCounter), at: 6)
        try statement.bind(progress.lastRoot, at: 7)
        try statement.bind(Int64(clamping: progress.lastPosition), at: 8)
        try statement.bind(Int64(bitPattern: progress.clock.rawValue), at: 9)
        try statement.bind(progress.scopes.joined(separator: "\n"), at: 10)
        try statement.bind(Int64((progress.isRestarting ? 1 : 0) + (progress.isCarriedOver ? 2 : 0)), at: 11)
        try statement.bind(progress.safe, at: 12)
        if let clock = progress.hubClock {
            try statement.bind(Int64(clamping: clock.hub), at: 13)
            try statement.bind(Int64(clamping: clock.monotonic), at: 14)
            try statement.bind(Int64(bitPattern: clock.boot), at: 15)
            try statement.bind(Int64(clamping: clock.uncertainty), at: 16)
        } else {
            for position in Int32(13)...16 { try statement.bindNull(at: position) }
        }
        try statement.run()
    }

    var verified: UInt64? {
        get throws { try statement("SELECT milliseconds FROM _verified").first { UInt64(clamping: $0.integer(0)) } }
    }

    func save(verified milliseconds: UInt64) throws {
        let statement = try statement("INSERT OR REPLACE INTO _verified (one, milliseconds) VALUES (1, ?)")
        try statement.bind(Int64(clamping: milliseconds), at: 1)
        try statement.run()
    }

    var endedEpochs: EndedEpochs {
        get throws {
            try statement("SELECT epoch, kept FROM _ended").first { row in
                let bytes = row.bytes(1)
                let kept = stride(from: 0, to: bytes.count - 7, by: 8).map { start in
                    CommitSequence(packed: bytes[start..<start + 8].reduce(0) { $0 << 8 | Int64($1) })
                }
                return EndedEpochs(epoch: row.unsigned32(0), kept: kept)
            } ?? EndedEpochs()
        }
    }

    func save(_ ended: EndedEpochs) throws {
        let statement = try statement("INSERT OR REPLACE INTO _ended (one, epoch, kept) VALUES (1, ?, ?)")
        try statement.bind(Int64(ended.epoch), at: 1)
        try statement.bind(ended.kept.flatMap { sequence in
            (0..<8).map { UInt8(truncatingIfNeeded: sequence.packed >> (56 - 8 * $0)) }
        }, at: 2)
        try statement.run()
    }
}
