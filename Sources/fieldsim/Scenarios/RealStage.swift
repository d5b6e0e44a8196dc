import Domain
import FieldDevice
import Foundation
import HubControl
import ReplicationClient
import ReplicationCore
import ReplicationEngine
import Scenarios

/// Plays scenarios with a hub in a process of its own, and devices with real stores over real sockets.
///
/// Nobody waits for the story's time: the clocks of the devices move on by it, and the hub's does not.
final class RealStage: ScenarioStage {
    let kind = Scenario.Stage.real
    let hub: ServedHub
    let folder: String
    let schema: Schema
    var seats: [String: Seat] = [:]
    /// Addresses of customers by name, and the server at which their mail arrives, if there are any.
    let customers: [String: String]
    let mail: MailReceiver?
    /// How often links were looked at.
    var looks = 0
    private var passed: UInt64 = 0
    private var beginning = ContinuousClock.now
    private var control: ControlClient?

    /// A device, or where one is while it is not running.
    final class Seat {
        let folder: DeviceFolder
        var device: StandIn?
        var wantsToBeOnline = true
        var weather = LinkWeather.clear
        /// How far its clock is off, beside the story's time.
        var clockOffset: Int64 = 0
        init(_ folder: DeviceFolder) { self.folder = folder }
    }

    /// How long a device may take to come in step.
    static let patience = Duration.seconds(60)

    /// - Parameters:
    ///   - program: the hub's program, `converge`.
    ///   - base: the folder of the scenario's file.
    ///   - folder: for the hub and the devices; must exist, and is the caller's to remove.
    ///   - running: a hub that runs already, by its data folder and its address; nil for one of the scenario's own.
    init(
        _ scenario: Scenario, schema: Schema, program: URL, base: String, folder: String, running: (folder: String, url: String)? = nil
    ) throws {
        guard running == nil || scenario.customers.isEmpty else {
            throw StageError("The story has customers, whose mail a hub of its own has to hand over here. Play it without --hub.")
        }
        self.schema = schema
        self.folder = folder
        customers = Dictionary(uniqueKeysWithValues: scenario.customers.map { ($0.name, $0.mail) })
        mail = customers.isEmpty ? nil : try MailReceiver(mailboxes: Array(customers.values))
        let schemaFile = scenario.schema.map { RunCommand.path(of: $0, in: base) }
        if let running {
            hub = ServedHub(program: program, running: running.folder, url: running.url, schema: schemaFile)
        } else {
            hub = ServedHub(program: program, folder: folder + "/hub", schema: schemaFile, mailPort: mail?.port)
        }
        do {
            try hub.start(name: scenario.title)
            try hub.load(RunCommand.path(of: scenario.company, in: base))
            for device in scenario.devices {
                seats[device.name] = Seat(DeviceFolder("\(folder)/\(device.name)", options: try options(device)))
                try enrol(device)
                try checkSchema(device)
            }
            for device in scenario.devices { try sync(try seat(device.name)) }
        } catch {
            end()
            throw error
        }
        beginning = .now
    }

    private func options(_ device: Scenario.Device) throws -> DeviceFolder.Options {
        var options = DeviceFolder.options
        guard let version = device.version else { return options }
        guard schema.history.lens(from: version) != nil else {
            throw StageError("The schema does not tell of version \(version), which the app of \(device.name) should know.")
        }
        options.takesLaterSchemas = false
        options.parse = { text in
            let hubs = try SchemaLoader.load(text: text, file: "the hub's schema")
            return hubs.history.lens(from: version)?.older ?? hubs
        }
        return options
    }

    private func enrol(_ device: Scenario.Device) throws {
        let user = SeedFile.row(device.user, of: schema.userCollection)
        guard let code = try hub.command("enrol", [user.description])["code"] as? String else {
            throw StageError("The hub gave no enrolment code for \(device.user).")
        }
        let seat = try seat(device.name), url = hub.url
        _ = try waiting { [folder = seat.folder] in try await folder.enrol(at: url, code: code, deviceName: device.name) }
        try open(seat)
    }

    /// A hub that somebody else has started may serve anything.
    private func checkSchema(_ device: Scenario.Device) throws {
        let version = try running(device.name).replica.schema.version
        guard version == device.version ?? schema.version else {
            throw StageError("The hub serves version \(version) of a schema, and the story is about version \(schema.version). Name the hub's schema file under `schema`.")
        }
    }

    /// Ends everything. The files stay.
    func end() {
        control?.stop()
        for seat in seats.values {
            do {
                try seat.device?.stop()
            } catch {
                FileHandle.standardError.write(Data("fieldsim: \(seat.folder.path): \(error)\n".utf8))
            }
        }
        do { try hub.stop() } catch { FileHandle.standardError.write(Data("fieldsim: the hub: \(error)\n".utf8)) }
        mail?.stop()
    }

    // MARK: Time

    var elapsed: UInt64 {
        let real = (ContinuousClock.now - beginning).components
        return passed + UInt64(max(real.seconds, 0)) * 1_000 + UInt64(max(real.attoseconds, 0) / 1_000_000_000_000_000)
    }

    func pass(_ milliseconds: UInt64) throws {
        // What is on its way has a moment to arrive.
        let real = min(milliseconds, 300)
        Thread.sleep(forTimeInterval: Double(real) / 1_000)
        passed += milliseconds - real
        for seat in seats.values { setClock(seat) }
    }

    func wait() throws { Thread.sleep(forTimeInterval: 0.02) }

    func setClock(_ seat: Seat) { seat.device?.clockOffset = Int64(passed) + seat.clockOffset }

    // MARK: Devices

    func seat(_ name: String) throws -> Seat {
        guard let seat = seats[name] else { throw StageError("There is no device \(name) yet.") }
        return seat
    }

    func running(_ name: String) throws -> StandIn {
        guard let device = try seat(name).device else { throw StageError("\(name) is not running: let it `start` before.") }
        return device
    }

    func open(_ seat: Seat) throws {
        let device = try seat.folder.open()
        seat.device = device
        // Whoever is killed says no goodbye: for that its connections go over a line that can be cut.
        try device.prepareWeather()
        try device.change(to: seat.weather)
        setClock(seat)
        if seat.wantsToBeOnline { try device.goOnline() }
    }

    /// The app ends: the connection is cut without a goodbye, and nothing more is written.
    func close(_ seat: Seat) throws {
        seat.device?.cutConnection()
        try seat.device?.stop()
        seat.device = nil
    }

    func sync(_ seat: Seat) throws {
        guard let device = seat.device else { throw StageError("The device in \(seat.folder.path) is not running: let it `start` before.") }
        try waiting { try await device.replica.syncNow(within: Self.patience) }
        // What the hub took in a moment ago may be on its way: its answer to a comparison comes behind it.
        let report = try waiting { try await device.replica.verify() }
        guard report.isEqual, report.repair == nil else {
            throw StageError("The device in \(seat.folder.path) held something else than the hub: \(report.rows) rows, and the hub \(report.hubRows).")
        }
    }

    // MARK: The hub

    func client() throws -> ControlClient {
        if let control { return control }
        let client = try ControlClient(dataFolder: hub.folder)
        control = client
        return client
    }

    func dropClient() {
        control?.stop()
        control = nil
    }
}
