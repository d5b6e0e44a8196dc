import Domain
import ReplicationCore
import ReplicationEngine
import Scenarios

extension SimulatedStage {
    public func perform(_ action: Scenario.DeviceAction, by device: String) throws {
        let node = try node(device)
        switch action {
        case .online: node.goOnline()
        case .offline: node.stayOffline()
        case .sync: try sync(device)
        case .weather(let name): try change(weather: name, of: device)
        case .discard: try discard(by: node)
        case .kill: node.halt(chance: world.random.next())
        case .start: node.startAgain(chance: world.random.next())
        case .backUp: try node.backUp()
        case .restore: try comeBack(node) { node.crash(for: 1_000, chance: world.random.next(), isReboot: true, isRestore: true) }
        case .updateApp: try comeBack(node) { node.updateApp(chance: world.random.next()) }
        case .clone(let name):
            guard let clone = try node.clone(index: nodes.count) else {
                throw StageError("There is no backup of \(device): let it `back_up` before.")
            }
            add(clone: clone, as: name)
        case .clock(let offset): node.setClock(offset: offset)
        case .disk(let isFull): node.setFull(isFull)
        case .resend: node.uploadAgain(chance: 0)
        case .document: throw StageError("Documents are made and signed with a real hub only. Say `only: real` in this step, or in the scenario.")
        case .write, .resolve: preconditionFailure("Writes come with their rows.")
        }
    }

    /// The device stops, and is up again.
    private func comeBack(_ node: DeviceNode, _ body: () -> Void) throws {
        body()
        try pass { node.isUp } orThrow: { "\(node.name) does not start again." }
    }

    private func discard(by node: DeviceNode) throws {
        let refused = Set(try node.store?.read { try $0.refusals() }.map(\.identity) ?? [])
        try node.writeOrThrow { transaction in for identity in refused.sorted() { try transaction.discard(identity) } }
    }

    public func perform(_ action: Scenario.HubAction) throws {
        switch action {
        case .kill: hub.halt(chance: world.random.next())
        case .start: hub.startAgain(chance: world.random.next())
        case .backUp: hub.backUp()
        case .restore: hub.restore(for: 1_000, chance: world.random.next())
        case .revoke(let device): hub.setAccess(of: try node(device).name, isRevoked: true)
        case .reinstate(let device):
            hub.setAccess(of: try node(device).name, isRevoked: false)
            try pass(1_000)
            // The user is told, and tries again.
            try node(device).userReturns()
        }
        try pass(3_000)
    }

    public func perform(_ action: Scenario.CustomerAction, by customer: String) throws { throw Self.noCustomers }
    public func mails(to customer: String) throws -> [CustomerMail] { throw Self.noCustomers }
    public func linkIsOpen(of customer: String) throws -> Bool? { throw Self.noCustomers }

    private static let noCustomers = StageError("The simulator has no mail and no pages. Say `only: real` in the scenario.")

    public func takeIn(_ rows: [ImportBatch.Row]) throws {
        hub.takeIn(ImportBatch(
            job: ChangesetID(high: 4, low: world.random.next()), isDryRun: false,
            lines: rows.enumerated().map { ImportBatch.Line(number: UInt64($0 + 1), rows: [$1]) }))
        try pass(500)
    }

    public func write(by device: String, _ body: (LocalTransaction) throws -> Void) throws {
        let node = try node(device)
        guard node.isUp else { throw StageError("\(device) is not running: let it `start` before.") }
        try node.writeOrThrow(body)
    }

    // MARK: Questions

    public func now(of device: String) throws -> Int64 { Int64(clamping: try node(device).wall) }
    public func hubNow() throws -> Int64 { Int64(World.start + world.now) }
    public func hubSchema() throws -> Schema { hub.schema }

    private func running(_ device: String) throws -> (driver: DeviceDriver, store: any DeviceStore) {
        let node = try node(device)
        guard let driver = node.driver, let store = node.store else { throw StageError("\(device) is not running: let it `start` before.") }
        return (driver, store)
    }

    public func schema(of device: String) throws -> Schema { try running(device).driver.replica.schema }

    public func query(_ sql: String, _ arguments: [Value], at device: String) throws -> [StoredRow] {
        try running(device).store.query(sql, arguments)
    }

    public func hubRow(_ key: RowKey) throws -> [String: String]? {
        guard let store = hub.store, let collection = hub.schema.collection(key.collection) else {
            throw StageError("The hub is not running: let it `start` before.")
        }
        guard let row = try store.read({ try $0.row(key) }), row.isAlive else { return nil }
        var texts: [String: String] = [:]
        for group in collection.groups {
            if group.isSet {
                texts[group.fields[0].name] = ShownText.set(of: row.elements(of: group.number))
            } else {
                for field in group.fields { texts[field.name] = row.shownValue(of: field.name, in: collection).flatMap { ShownText.of($0) } }
            }
        }
        return texts
    }

    public func standing(of device: String) throws -> DeviceStanding {
        let (driver, store) = try running(device)
        let conflicts = try store.query("SELECT count(*) FROM conflict WHERE _alive AND state IS NOT 'closed'", []).first?.values.first?.integer
        return DeviceStanding(
            pending: driver.unanswered, conflicts: Int(conflicts ?? 0), refused: try store.read { try $0.refusals() }.count,
            block: driver.block.map { "\($0)" })
    }

    public func status(of key: RowKey, at device: String) throws -> RowStatus? {
        let (driver, store) = try running(device)
        return try store.read { try driver.replica.status(of: key, in: $0) }
    }

    public func isSame(_ device: String) throws -> Sameness {
        let node = try node(device)
        guard node.isAtRest else { return .unknown("it is not in step: \(node.standing)") }
        history.forgetDigests()
        node.verify()
        for _ in 0..<120 {
            if let report = history.digest(of: node.index) {
                return report.isEqual
                    ? .same(rows: Int(clamping: report.rows))
                    : .different("here \(report.rows) rows and \(report.cells) cells, at the hub \(report.hubRows) and \(report.hubCells)")
            }
            try wait()
        }
        return .unknown("the hub did not answer")
    }
}
