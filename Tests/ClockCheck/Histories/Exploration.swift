/// Every history within bounds, step by step, over stores in memory.
///
/// Moments from which the same can follow are gone on from once; what tells them apart is a hash of 64 bits of
/// everything that any part remembers. And what still reaches a device that is live and will write nothing more changes
/// nothing for anybody else, whenever it comes: it comes when all others are done, one such device after the other.
/// Verdicts and changes for one device still interleave in every way.
public struct Exploration {
    /// What is enumerated.
    public struct Bounds: Sendable, CustomStringConvertible {
        public var name: String
        /// How often each viewer may write. Viewers without a place do nothing.
        public var writes: [Int: Int]
        /// How many writes there are in all.
        public var total = Int.max
        public var cells: [CellName]
        /// Devices write for the first time in the order of their places, and the first write of all is of the first cell.
        /// What is left out is the same with other names.
        public var isUpToNames = false
        /// How often a device may be cut off and started again, in all.
        public var cuts = 0
        /// How often a row may leave or enter a device's scopes, in all; device 0 and row 0 only.
        public var moves = 0
        /// How often device 0 may be copied, and how often it may go back to its copy.
        public var copies = 0
        public var returns = 0
        public var conditions = World.Conditions()

        public init(_ name: String, writes: [Int: Int], cells: [CellName]) {
            self.name = name
            self.writes = writes
            self.cells = cells
        }

        public var description: String { name }
    }

    public struct Report: Sendable {
        public var moments = 0
        public var steps = 0
        /// Histories that came to an end, at which everything was delivered.
        public var ends = 0
        /// What was found, with the steps that led there.
        public var deviation: (what: String, path: [Step])?
        /// Histories that between them take every step from every moment.
        public var paths: [[Step]] = []
    }

    private let bounds: Bounds
    private let world: World
    private var seen: Set<Int> = []
    private var path: [Step] = []
    private var cuts = 0, moves = 0, copies = 0, returns = 0
    private var report = Report()
    private let keepsPaths: Bool

    private init(_ bounds: Bounds, keepsPaths: Bool) throws {
        self.bounds = bounds
        self.keepsPaths = keepsPaths
        world = try Stage.inMemory().world(Self.conditions(bounds))
    }

    private static func conditions(_ bounds: Bounds) -> World.Conditions {
        var conditions = bounds.conditions
        conditions.rows = (bounds.cells.map(\.row).max() ?? 0) + 1
        return conditions
    }

    /// - Parameter keepsPaths: fills `Report.paths`.
    public static func run(_ bounds: Bounds, keepsPaths: Bool = false) throws -> Report {
        var exploration = try Exploration(bounds, keepsPaths: keepsPaths)
        do {
            try exploration.explore()
        } catch let deviation as Deviation {
            exploration.report.deviation = (deviation.what, exploration.path)
        }
        return exploration.report
    }

    /// Plays every step from every moment within bounds again, as histories over other stores.
    public static func replay(_ bounds: Bounds, on stage: Stage) throws -> Report {
        var report = try run(bounds, keepsPaths: true)
        report.steps = 0
        for path in report.paths where report.deviation == nil {
            var conditions = conditions(bounds)
            conditions.losesTransactions = true
            let world = try stage.world(conditions)
            do {
                for step in path {
                    report.steps += 1
                    try world.perform(step)
                }
                try world.finish()
            } catch let deviation as Deviation {
                report.deviation = (deviation.what, path)
            }
        }
        return report
    }

    private mutating func explore() throws {
        guard seen.insert(world.fingerprint([cuts, moves, copies, returns])).inserted else { return keepPath() }
        report.moments += 1
        let here = world.snapshot()
        let steps = possibleSteps()
        if !steps.contains(where: { $0.isDelivery }) {
            report.ends += 1
            keepPath()
            try world.finish()
            world.restore(here)
        }
        for step in steps {
            path.append(step)
            let before = (cuts, moves, copies, returns)
            count(step)
            report.steps += 1
            try world.perform(step)
            try explore()
            (cuts, moves, copies, returns) = before
            world.restore(here)
            path.removeLast()
        }
    }

    private mutating func count(_ step: Step) {
        switch step {
        case .cut: cuts += 1
        case .move: moves += 1
        case .backUp: copies += 1
        case .goBack: returns += 1
        case .write, .upload, .answer, .request, .deliver: break
        }
    }

    private mutating func keepPath() {
        if keepsPaths { report.paths.append(path) }
    }

    private func possibleSteps() -> [Step] {
        var steps: [Step] = []
        let viewers = bounds.writes.keys.sorted()
        for viewer in viewers {
            if written < bounds.total, world.written(by: viewer) < bounds.writes[viewer] ?? 0 {
                steps += cells(for: viewer).map { .write(viewer: viewer, $0) }
            }
            steps += [.answer(viewer: viewer), .deliver(viewer: viewer)]
            if viewer < World.devices || world.canLookAnew(viewer) { steps.append(.request(viewer: viewer)) }
            if viewer < World.devices {
                steps.append(.upload(replica: viewer))
                if cuts < bounds.cuts, world.hasSomethingUnderWay(viewer) { steps.append(.cut(device: viewer)) }
            }
        }
        if viewers.contains(where: { $0 >= World.devices }) { steps.append(.upload(replica: World.gateway)) }
        if moves < bounds.moves {
            steps += [true, false].map { .move(row: 0, replica: 0, isIn: $0) }
        }
        if copies < bounds.copies { steps.append(.backUp(device: 0)) }
        if returns < bounds.returns { steps.append(.goBack(device: 0)) }
        let possible = steps.filter(world.isPossible)
        let others = possible.filter { quietDevice(of: $0) == nil }
        guard others.isEmpty else { return others }
        let first = possible.compactMap { quietDevice(of: $0) }.min()
        return possible.filter { quietDevice(of: $0) == first }
    }

    /// How many writes there are so far.
    private var written: Int { bounds.writes.keys.reduce(0) { $0 + world.written(by: $1) } }

    /// The cells that a viewer may write next.
    private func cells(for viewer: Int) -> [CellName] {
        guard bounds.isUpToNames else { return bounds.cells }
        if bounds.writes.keys.contains(where: { $0 < viewer && world.written(by: $0) == 0 }) { return [] }
        return written == 0 ? Array(bounds.cells.prefix(1)) : bounds.cells
    }

    /// The device that a step concerns, if it concerns nobody else.
    private func quietDevice(of step: Step) -> Int? {
        switch step {
        case .answer(let viewer), .deliver(let viewer):
            let isQuiet = viewer < World.devices && cuts == bounds.cuts && returns == bounds.returns && world.isLive(viewer)
                && (written >= bounds.total || world.written(by: viewer) == bounds.writes[viewer] ?? 0)
            return isQuiet ? viewer : nil
        case .write, .upload, .request, .cut, .move, .backUp, .goBack: return nil
        }
    }
}

extension Step {
    /// Brings something that exists already to somebody.
    var isDelivery: Bool {
        switch self {
        case .upload, .answer, .deliver, .request: true
        case .write, .cut, .move, .backUp, .goBack: false
        }
    }
}

extension World {
    func written(by viewer: Int) -> Int {
        viewer < Self.devices ? state.devices[viewer].written : state.gateway.screens[viewer - Self.devices].written
    }

    func isLive(_ device: Int) -> Bool { state.devices[device].link.isLive }

    func hasSomethingUnderWay(_ device: Int) -> Bool {
        let link = state.devices[device].link
        return !link.data.isEmpty || !link.receipts.isEmpty || state.oracle.viewers[device].own.count > 0
    }

    /// Something was committed since a page was rendered.
    func canLookAnew(_ viewer: Int) -> Bool {
        let held = state.oracle.viewers[viewer].held
        let last = state.oracle.committed.values.flatMap { $0 }.compactMap { state.oracle.writes[$0]?.position }.max() ?? 0
        return held.values.contains { $0 < last }
    }
}
