import Crypto
import Foundation
import ReplicationCore
import ReplicationEngine
import TestSupport
import WireProtocol

/// A hub, three devices and a gateway with two people, over any stores: the shipped code, stepped by hand, with an
/// oracle beside it that is asked after every step.
public final class World {
    public static let devices = 3
    /// The viewers behind the gateway.
    public static let screens = 2
    public static let viewers = devices + screens
    static let gateway = devices

    /// Everything that a step changes, but for what is in the stores.
    struct State: Sendable {
        var oracle = Oracle(viewers: World.viewers)
        var devices: [Device]
        var gateway: Gateway
        /// Which rows the office has taken from which device.
        var away: Set<Away> = []
        /// The last copy of a device.
        var copies: [Int: Copy] = [:]
        var imports: UInt64
    }

    struct Away: Hashable, Sendable {
        let row: Int, replica: Int
    }

    /// How a history runs: what does not change within it.
    public struct Conditions: Sendable {
        public var rows = 2
        public var rowsPerPage = 512
        /// What each viewer's wall clock is ahead of the hub's, in milliseconds.
        public var skews: [Int64] = Array(repeating: 0, count: World.viewers)
        /// Each device transaction is first lost before it is durable.
        public var losesTransactions = false
        public var mistake: Mistake?
        public init() {}
    }

    let hub: any HubStore
    let schema = ClockSchema.schema
    let encoder = ChangeEncoder(schema: ClockSchema.schema)
    public let conditions: Conditions
    /// Rows of different histories in one store do not meet.
    let history: UInt64
    var state: State
    /// What a mistaken world sends instead of what was written.
    var planter = Planter()

    static let wall: UInt64 = 1_760_000_000_000
    var now: UInt64 { Self.wall + history * 60_000 }

    init(hub: any HubStore, devices: [Device], gateway: Gateway, history: UInt64, conditions: Conditions) throws {
        self.hub = hub
        self.history = history
        self.conditions = conditions
        state = State(devices: devices, gateway: gateway, imports: history << 16)
        for row in 0..<conditions.rows { try importRow(row, seats: Array(0..<ClockSchema.seats), isIn: true) }
        for viewer in 0..<Self.viewers { try catchUp(viewer) }
    }

    func key(_ row: Int) -> RowKey {
        RowKey(collection: ClockSchema.items, row: RowID(high: 0x0199_0000_0000_7000, low: history << 8 | UInt64(row) | 1 << 63))
    }

    func number(of key: RowKey) -> Int? { (0..<conditions.rows).first { self.key($0) == key } }

    static func user(_ replica: Int) -> RowID { RowID(high: 3, low: UInt64(replica + 1)) }
    static func replica(_ number: Int) -> ReplicaID { ReplicaID(high: 2, low: UInt64(number + 1)) }
    static func site(_ replica: Int) -> Site { Site(replica + 1) }

    // MARK: Steps

    /// Does a step, and asks the oracle.
    /// - Throws: `Deviation`.
    public func perform(_ step: Step) throws {
        switch step {
        case .write(let viewer, let cell):
            try viewer < Self.devices ? writeOnDevice(viewer, cell) : writeOnScreen(viewer - Self.devices, cell)
            try checkViews(of: viewer)
        case .upload(let replica):
            try replica < Self.devices ? uploadFromDevice(replica) : uploadFromGateway()
        case .answer(let viewer):
            try viewer < Self.devices ? answerDevice(viewer) : answerScreen(viewer - Self.devices)
            try checkViews(of: viewer)
        case .request(let viewer):
            try viewer < Self.devices ? request(viewer) : look(viewer - Self.devices)
            try checkViews(of: viewer)
        case .deliver(let viewer):
            try deliver(viewer)
            try checkViews(of: viewer)
        case .cut(let device):
            try cut(device)
            try checkViews(of: device)
        case .backUp(let device): backUp(device)
        case .goBack(let device):
            try goBack(device)
            try checkViews(of: device)
        case .move(let row, let replica, let isIn):
            try importRow(row, seats: [replica], isIn: isIn)
        }
    }

    /// True if the step would do something now.
    public func isPossible(_ step: Step) -> Bool {
        switch step {
        case .write(let viewer, let cell): return state.oracle.viewers[viewer].held[cell.row] != nil
        case .upload(let replica):
            if replica == Self.gateway { return state.gateway.uploaded < state.gateway.outbox.count }
            let link = state.devices[replica].link
            return link.needsHello || link.uploaded < state.devices[replica].replica.progress.lastCounter
        case .answer(let viewer):
            return viewer < Self.devices
                ? !state.devices[viewer].link.receipts.isEmpty : !state.gateway.screens[viewer - Self.devices].receipts.isEmpty
        case .request(let viewer): return viewer < Self.devices ? !state.devices[viewer].link.isLive : true
        case .deliver(let viewer):
            guard viewer < Self.devices else { return false }
            return !state.devices[viewer].link.data.isEmpty && !state.devices[viewer].link.isWaiting
        case .cut: return true
        // Only stores in memory can be put back.
        case .backUp: return hub is MemoryHubStore
        case .goBack(let device): return state.copies[device] != nil
        case .move(let row, let replica, let isIn): return state.away.contains(.init(row: row, replica: replica)) == isIn
        }
    }

    /// Brings everything to everybody, and asks whether anything was lost on the way.
    public func finish() throws {
        for _ in 0..<4 {
            for replica in 0...Self.gateway {
                while isPossible(.upload(replica: replica)) { try perform(.upload(replica: replica)) }
            }
            for viewer in 0..<Self.viewers {
                while isPossible(.answer(viewer: viewer)) { try perform(.answer(viewer: viewer)) }
                try catchUp(viewer)
            }
        }
        try checkNothingIsMissing()
    }

    private func catchUp(_ viewer: Int) throws {
        if viewer >= Self.devices { return try perform(.request(viewer: viewer)) }
        repeat {
            if isPossible(.request(viewer: viewer)) { try perform(.request(viewer: viewer)) }
            while isPossible(.deliver(viewer: viewer)) { try perform(.deliver(viewer: viewer)) }
        } while isPossible(.request(viewer: viewer))
    }

    /// A number for a write that does not depend on what happens elsewhere.
    func nextNumber(_ viewer: Int) -> Int {
        let written = viewer < Self.devices ? state.devices[viewer].written : state.gateway.screens[viewer - Self.devices].written
        return written * Self.viewers + viewer
    }

    /// What a write of a cell does, given what its writer sees.
    func effect(on cell: CellName, by viewer: Int, number: Int) -> Oracle.Effect {
        switch cell.kind {
        case .left, .right: .set
        // Present elements are removed and, every third time, added once more.
        case .tag: state.oracle.sight(cell, by: viewer) == .present && number % 3 != 0 ? .remove : .add
        case .count: .increment(Int64(number + 1))
        }
    }
}
