import WireProtocol

/// The bounds of what devices that come at once have the hub do and hold.
struct AdmissionLimits: Sendable {
    /// Records of devices that come in, which are read at once. More wait for their turn.
    var greetingsAtOnce = 32
    /// Pages of catch-up that are read at once.
    var pagesAtOnce = 4
    /// What all devices together may have been sent in bulk and not have confirmed, in bytes. Beyond it each has one page of the least
    /// size at a time.
    var heldBytes = 256 << 20
    /// The least that a page is filled up to when memory is short.
    var leastPageBytes = ProtocolLimits.chunkTargetBytes
}

/// Whose turn it is when many devices come at once: what is read for greetings and pages goes in the order in which it was asked for, a
/// page at a time, so that nobody waits for anybody else's whole catch-up. Keeps what pages take in memory within a bound.
struct Admission: Sendable {
    var limits = AdmissionLimits()
    private var greetings = Turns()
    private var pages = Turns()
    /// What devices have been sent and have not confirmed, in bytes.
    private var held: [ConnectionID: Int] = [:]
    private(set) var heldBytes = 0

    mutating func askForGreeting(_ connection: ConnectionID) { greetings.ask(connection) }
    mutating func askForPage(_ connection: ConnectionID) { pages.ask(connection) }

    /// The next connection whose record is to be read; nil if nobody waits, or enough are being read.
    mutating func nextGreeting() -> ConnectionID? { greetings.next(atOnce: limits.greetingsAtOnce) }
    mutating func nextPage() -> ConnectionID? { pages.next(atOnce: limits.pagesAtOnce) }

    /// A connection is told here also when it has gone meanwhile: its read takes its place until it is done.
    mutating func greetingRead(_ connection: ConnectionID) { greetings.done(connection) }
    mutating func pageRead(_ connection: ConnectionID) { pages.done(connection) }

    /// - Parameter bytes: what the connection's device has not confirmed.
    mutating func hold(_ bytes: Int, for connection: ConnectionID) {
        let before = held[connection] ?? 0
        guard bytes != before else { return }
        held[connection] = bytes == 0 ? nil : bytes
        heldBytes += bytes - before
    }

    mutating func forget(_ connection: ConnectionID) {
        hold(0, for: connection)
        greetings.forget(connection)
        pages.forget(connection)
    }

    /// What a device may have unconfirmed and be sent a page all the same: when memory is short, nothing.
    var window: Int { heldBytes < limits.heldBytes ? ProtocolLimits.changesWindowBytes : 1 }

    /// How large the next page may be: those who wait share what memory there is.
    var pageBytes: Int {
        let share = max(0, limits.heldBytes - heldBytes) / (pages.waiting + 1)
        return min(HubLimits.pageBytes, max(limits.leastPageBytes, share))
    }

    /// Connections that want the same, in the order in which they asked.
    private struct Turns: Sendable {
        /// Those that gave up stay here until their turn.
        private var queue: [ConnectionID] = []
        private var first = 0
        private var asking: Set<ConnectionID> = []
        private var served: Set<ConnectionID> = []

        var waiting: Int { asking.count }

        mutating func ask(_ connection: ConnectionID) {
            guard asking.insert(connection).inserted else { return }
            queue.append(connection)
        }

        mutating func next(atOnce limit: Int) -> ConnectionID? {
            guard served.count < limit else { return nil }
            while first < queue.count {
                let connection = queue[first]
                first += 1
                if first >= 64, first * 2 >= queue.count {
                    queue.removeFirst(first)
                    first = 0
                }
                guard asking.remove(connection) != nil else { continue }
                served.insert(connection)
                return connection
            }
            return nil
        }

        mutating func done(_ connection: ConnectionID) { served.remove(connection) }

        /// What is being read for it goes on.
        mutating func forget(_ connection: ConnectionID) {
            asking.remove(connection)
        }
    }
}
