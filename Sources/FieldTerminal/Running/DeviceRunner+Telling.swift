import Dispatch
import FieldDevice
import Foundation
import ReplicationClient
import ReplicationCore
import ReplicationEngine

/// What is told by itself: how the device stands, what passes on its line, and, to others, what its holder does.
extension DeviceRunner {
    /// Between two looks at the state that the head of the screen shows, in milliseconds.
    private static let lookMilliseconds = 250
    /// What somebody does is told anew before it ends, in milliseconds: it lives for two minutes.
    private static let presenceMilliseconds: UInt64 = 60_000

    func look() {
        queue.asyncAfter(deadline: .now() + .milliseconds(Self.lookMilliseconds)) { [weak self] in
            guard let self, !self.state.withLock({ $0.isStopped }) else { return }
            let ticks = self.state.withLock { state in
                state.ticks += 1
                return state.ticks
            }
            self.tellStatus(counting: ticks % 8 == 1)
            self.tellFrames()
            self.tellPresence()
            if ticks % 4 == 0 { self.post(.tick(Self.milliseconds)) }
            self.look()
        }
    }

    /// Others are told while there is a connection, and anew behind every other one.
    func tellPresence() {
        let now = SystemClock.now().monotonic, isOnline = device.replica.connection == .online
        let presence = state.withLock { state -> String? in
            guard isOnline else {
                state.presenceTold = nil
                return nil
            }
            guard state.presenceTold.map({ now - min($0, now) >= Self.presenceMilliseconds }) ?? true else { return nil }
            state.presenceTold = now
            return state.presence
        }
        guard let presence else { return }
        do {
            try device.replica.sendSignal("presence", about: loader.person.id, ["state": .text(presence)])
        } catch {
            post(.said("\(error)", isBad: true))
        }
    }

    private func tellFrames() {
        guard device.frames.isWatching else { return }
        let lines = device.frames.lines(after: state.withLock { $0.frame })
        guard let last = lines.last else { return }
        state.withLock { $0.frame = last.number }
        let moments = loader.text.moments
        post(.frames(lines.suffix(TerminalModel.framesKept).map { "\(moments.time(Int64($0.milliseconds))) \($0)" }))
    }

    /// - Parameter counting: reads how many conflicts and refusals there are as well.
    func tellStatus(counting: Bool) {
        let replica = device.replica
        var status = state.withLock { $0.status }
        if counting {
            do {
                status.conflicts = try replica.conflicts().count
                status.refused = try replica.refused().count
                status.reviews = try replica.query("SELECT count(*) AS open FROM review WHERE _alive AND state IS NOT 'closed'").first?.integer("open").map { Int($0) } ?? 0
                status.blobs = try replica.blobsToHandIn()
            } catch {
                post(.said("\(error)", isBad: true))
            }
        }
        status.connection =
            switch replica.connection {
            case .offline: .offline
            case .connecting: .connecting
            case .catchingUp: .catchingUp
            case .online: .online
            case .blocked: .blocked
            }
        status.pending = replica.pendingCount
        status.checkpoint = replica.progress.basis.description
        status.sent = UInt64(device.frames.sent.bytes)
        status.received = UInt64(device.frames.received.bytes)
        status.weather = LinkWeather.named.first { $0.weather == device.weather }?.name ?? "\(device.weather)"
        status.clockOffset = device.clockOffset
        let now = SystemClock.now().monotonic, isInStep = status.connection == .online && status.pending == 0
        let isNew = state.withLock { state in
            if isInStep { state.inStep = now }
            status.lag = state.inStep.map { Int64(now - min($0, now)) / 1_000 * 1_000 }
            status.detail = replica.catchUp?.text ?? (status.connection == .connecting ? state.reason : "")
            defer { state.status = status }
            return state.status != status
        }
        if isNew { post(.status(status)) }
    }
}
