import ReplicationCore
import WireProtocol

/// Changes of a catch-up that have come and are not stored yet, because more of it has come as well.
///
/// What waits is not confirmed, and is lost with the session, because catch-up resumes before it.
struct GatheredChanges: Sendable {
    /// The host has more of what the hub sent.
    var moreFollows = false
    private(set) var messages: [ReceivedChanges] = []
    private(set) var bytes = 0

    var isEmpty: Bool { messages.isEmpty }

    mutating func append(_ changes: ReceivedChanges) {
        messages.append(changes)
        bytes += changes.size
    }

    mutating func takeAll() -> [ReceivedChanges] {
        defer { (messages, bytes) = ([], 0) }
        return messages
    }
}

extension DeviceDriver {
    /// Takes changes in, or keeps them for those that follow.
    mutating func gather(_ changes: ReceivedChanges, at now: DeviceInstant) throws {
        guard changes.isOfCatchUp else {
            try takeGathered(at: now)
            // What waited may have ended the session.
            return session == nil ? () : try take(.changes(changes), at: now)
        }
        gathered.append(changes)
        if gathered.moreFollows, !changes.header.hasComplete, gathered.bytes < DeviceLimits.gatheredBytes { return }
        try takeGathered(at: now)
    }

    /// Takes in what was kept: together, or, where one of them cannot be taken, one after another.
    mutating func takeGathered(at now: DeviceInstant) throws {
        let messages = gathered.takeAll()
        if messages.isEmpty { return }
        if messages.count > 1, deferred.isEmpty {
            do {
                return try apply(messages, at: now)
            } catch let error as DeviceStoreError {
                throw error
            } catch {
                // Nothing of it was taken. Which of them is at fault, and what comes of that, shows one by one.
            }
        }
        for changes in messages where session != nil { try take(.changes(changes), at: now) }
    }
}

extension ReceivedChanges {
    /// Not of a commit just made, and no answer.
    fileprivate var isOfCatchUp: Bool { !header.live && header.repair == 0 }
}

extension DeviceSession.Action {
    /// True of what neither reads nor changes what the device holds of the hub's rows.
    var mayOvertakeChanges: Bool {
        switch self {
        case .send, .credit, .apply, .live, .signalDropped, .measured: true
        case .sign, .welcome, .load, .erase, .verdicts, .adopt, .loadLost, .dropLost, .enter, .compare, .compareRanges, .verify, .offered,
            .caughtUp, .blobs, .end: false
        }
    }
}
