import Foundation
import ReplicationCore
import WireProtocol

extension DeviceDriver {
    /// Compares what the device holds with what the hub says that it should hold: an event follows.
    ///
    /// - Parameters:
    ///   - repairing: what differs is mended, if the hub knows how.
    ///   - now: the device's clocks.
    /// - Returns: the comparison's number, maybe of one that is going on; nil while there is no session.
    public mutating func verify(repairing: Bool = true, at now: DeviceInstant) -> UInt64? {
        guard isOnline else { return nil }
        if let verification, verification.repairs == repairing { return verification.request }
        beginVerification(repairing: repairing)
        perform(at: now)
        return verification?.request
    }

    /// An administrator asks through the hub.
    mutating func beginVerification(askedBy request: UInt64) {
        guard verification?.repairs == true else { return beginVerification(repairing: true, askedBy: request) }
        verification?.askedBy = request
    }

    mutating func verifyIfDue(at now: DeviceInstant) throws {
        guard verifiesItself, verification == nil, session?.hubRepairs == true else { return }
        let last = try store.read { try $0.verified }
        // A clock that was set back must not put it off for ever.
        if let last, last <= now.wall, now.wall - last < DeviceLimits.verificationMilliseconds { return }
        beginVerification(repairing: true)
    }

    /// Damaged rows would stop every session that touches them. They are dropped, and found missing by the next comparison.
    ///
    /// - Returns: false if there are none: then something else is damaged.
    mutating func letGoOfDamage(at now: DeviceInstant) -> Bool {
        do {
            let count = try change { try $0.dropDamagedRows(in: $1) }
            if count == 0 { return false }
            let reason = "\(count) rows of this device's copy were damaged and cannot be read. They were let go of, and come again from the hub; what was written here is kept."
            effects.append(.event(.storeFailed(reason)))
            finish(.offline(reason: reason, retryAfter: 0), at: now)
            return true
        } catch {
            return false
        }
    }

    private mutating func beginVerification(repairing: Bool, askedBy: UInt64? = nil) {
        lastRequest += 1
        let begun = DeviceVerification(
            request: lastRequest, repairs: repairing && session?.hubRepairs == true, rowsRepaired: rowsRepaired, askedBy: askedBy)
        verification = begun
        session?.say(begun.opening)
    }

    /// Takes the hub's word for what the device should hold now, where it is complete.
    mutating func compare(_ wire: WireHeld, at complete: CommitSequence, _ now: DeviceInstant) throws {
        // A comparison under way finds more.
        guard verification == nil else { return }
        let kept = try store.read { try $0.held }
        let own = try kept ?? change { try $0.held(in: $1) }
        let isEqual = HeldSum(wire) == own
        effects.append(.event(.held(HeldReport(
            at: complete, isEqual: isEqual, rows: own.rows, cells: own.cells.cells, hubRows: wire.rows, hubCells: wire.cells))))
        if isEqual { vainAlarm = nil }
        guard !isEqual, verifiesItself else { return }
        if let vainAlarm, now.monotonic - min(vainAlarm, now.monotonic) < DeviceLimits.alarmMilliseconds { return }
        beginVerification(repairing: true)
        verification?.isAlarm = true
    }

    // MARK: Answers

    mutating func compare(_ digests: WireDigests, at now: DeviceInstant) throws {
        guard var current = verification, current.request == digests.request else { return }
        let own = try store.read { try replica.holdings(in: $0) }
        try correctHeld(own.held)
        let report = try DigestReport(digests, own)
        let step = current.took(digests, isEqual: report.isEqual)
        verification = current
        guard case .finish = step else { return try take(step, at: now) }
        var final = report
        final.repair = current.repair.rows > 0 ? current.repair : nil
        try finish(current, final, at: now)
    }

    mutating func compare(_ ranges: WireRanges, at now: DeviceInstant) throws {
        guard var current = verification, current.request == ranges.request else { return }
        guard let parts = current.parts(ranges) else { return try take(.giveUp, at: now) }
        let differences = try store.read { try replica.differences(from: parts, in: $0) }
        let step = current.took(ranges, differences)
        verification = current
        try take(step, at: now)
    }

    mutating func noteRepaired(_ changes: ReceivedChanges, at now: DeviceInstant) throws {
        guard var current = verification else { return }
        let step = current.took(changes)
        verification = current
        try take(step, at: now)
    }

    /// The rows have been read: what was kept count of is what they are, whatever a disk or another program has done to them.
    private mutating func correctHeld(_ held: HeldSum) throws {
        if try store.read({ try $0.held }) != held { try change { try $1.save(held: held) } }
    }

    private mutating func take(_ step: DeviceVerification.Step, at now: DeviceInstant) throws {
        switch step {
        case .say(let message): session?.say(message)
        case .ignore, .finish: break
        case .giveUp:
            finish(.offline(reason: "The hub answered a comparison with what makes no sense.", retryAfter: 0), at: now)
        case .restart:
            guard let current = verification else { return }
            let own = try store.read { try replica.holdings(in: $0) }
            try change { try $0.beginAnew(in: $1) }
            try finish(current, DigestReport(own, at: replica.progress.basis, restarting: current), at: now)
            perform(at: now)
            finish(.offline(reason: "This device differed from the hub in more than \(rowsRepaired) rows. It is sent everything anew; what was written here is kept.", retryAfter: 0), at: now)
        }
    }

    private mutating func finish(_ verification: DeviceVerification, _ report: DigestReport, at now: DeviceInstant) throws {
        self.verification = nil
        if verification.isAlarm { vainAlarm = report.isEqual && report.repair != nil ? nil : now.monotonic }
        if report.isEqual { try change { try $1.save(verified: now.wall) } }
        if let request = verification.askedBy { session?.say(.verified(WireVerified(report, request: request))) }
        effects.append(.event(.digest(report)))
    }
}

extension DigestReport {
    /// - Throws: `WireError` if the hub names a place that none can be.
    fileprivate init(_ digests: WireDigests, _ own: Holdings) throws {
        let hub = digests.scopes.first { $0.scope == "replica" }
        let isEqual = hub.map { hub in
            // A hub of an earlier version gives no fingerprint.
            let isSame = hub.fingerprint.isEmpty || Array(hub.fingerprint) == own.fingerprint.bytes
            return isSame && Array(hub.sum) == own.sum.bytes && hub.rows == own.fingerprint.rows && hub.cells == own.sum.cells
        } ?? false
        self.init(
            request: digests.request, at: try digests.at.core(), isEqual: isEqual, rows: own.fingerprint.rows,
            cells: own.sum.cells, hubRows: hub?.rows ?? 0, hubCells: hub?.cells ?? 0, sum: own.sum.bytes,
            fingerprint: own.fingerprint.bytes)
    }

    /// Of a comparison that ends because too much differs.
    fileprivate init(_ own: Holdings, at basis: CommitSequence, restarting verification: DeviceVerification) {
        self.init(
            request: verification.request, at: basis, isEqual: false, rows: own.fingerprint.rows, cells: own.sum.cells,
            hubRows: 0, hubCells: 0, sum: own.sum.bytes, fingerprint: own.fingerprint.bytes, repair: verification.repair)
    }
}

extension WireVerified {
    fileprivate init(_ report: DigestReport, request: UInt64) {
        self.init()
        self.request = request
        at = WireSequence(report.at)
        equal = report.isEqual
        rows = report.rows
        cells = report.cells
        sum = Data(report.sum)
        fingerprint = Data(report.fingerprint)
        guard let repair = report.repair else { return }
        missing = repair.missing
        extra = repair.extra
        changed = repair.changed
        bytesSent = repair.sent
        bytesReceived = repair.received
        restarted = repair.isRestarted
    }
}
