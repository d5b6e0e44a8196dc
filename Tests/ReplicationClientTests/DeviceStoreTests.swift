import ChildProcesses
import Foundation
import ReplicationClient
import ReplicationCore
import ReplicationEngine
import SQLiteStore
import Testing
import TestTraits
import WireProtocol

@Suite(.realTime) struct DeviceStoreTests {
    func withFolder(_ body: (String) throws -> Void) throws {
        let folder = NSTemporaryDirectory() + "converge-store-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) /* A leftover folder harms no test. */ }
        try body(folder)
    }

    func open(_ folder: String) throws -> SQLiteDeviceStore {
        try SQLiteDeviceStore(folder: folder) { _ in TestSchema.schema }
    }

    func code(_ body: () throws -> Void) -> DeviceStoreError.Code? {
        do {
            try body()
            return nil
        } catch {
            return (error as? DeviceStoreError)?.code
        }
    }

    @Test func onlyItsOwnerReadsIt() throws {
        try withFolder { folder in
            let store = try open(folder)
            let attributes = try FileManager.default.attributesOfItem(atPath: folder + "/device.sqlite")
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            #expect(store.schema == nil)
            try store.close()
        }
    }

    @Test func aSecondProgramIsKeptOut() throws {
        try withFolder { folder in
            let store = try open(folder)
            #expect(code { _ = try open(folder) } == .inUse)
            try store.close()
            try open(folder).close()
            #expect(code { _ = try store.read { try $0.identity } } == .closed)
        }
    }

    @Test func whatIsNoStoreIsRefused() throws {
        try withFolder { folder in
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try Data(repeating: 65, count: 5_000).write(to: URL(fileURLWithPath: folder + "/device.sqlite"))
            #expect(code { _ = try open(folder) } == .corrupt)
        }
        #expect(code { _ = try open("/proc/none") } == .readOnly)
    }

    @Test func progressComesBackAsItWas() throws {
        try withFolder { folder in
            let store = try open(folder)
            let identity = DeviceIdentity(
                replica: Bench.replica, hub: ScriptedHub.id, user: Bench.user, privateKey: [1, 2], endpoint: "e", schemaText: "s")
            var progress = DeviceProgress(site: 3, role: 1, epoch: 2)
            progress.cursor = [1, 2, 3]
            progress.basis = CommitSequence(epoch: 2, number: 77)
            progress.lastCounter = 9
            progress.lastRoot = [4]
            progress.lastPosition = 12
            progress.clock = HybridTime(rawValue: .max)
            progress.hubClock = HubClockEstimate(hub: 1, monotonic: 2, boot: .max, uncertainty: 3)
            progress.scopes = ["a:b", "c:d"]
            progress.isRestarting = true
            progress.safe = CommitSequence(epoch: 1, number: 5)
            try store.write {
                try $0.enrol(identity, schema: TestSchema.schema)
                try $0.save(progress)
            }
            try store.close()
            let again = try open(folder)
            #expect(again.schema == TestSchema.schema)
            #expect(try again.read { try $0.identity } == identity)
            #expect(try again.read { try $0.progress } == progress)
            try again.close()
        }
    }

    /// A child process writes until it is killed; every write that it reported as durable is there, whole,
    /// and the stream has no gap.
    @Test(.enabled(if: CrashChild.isSupported)) func killedInTheMiddleOfWriting() throws {
        for round in 0..<3 {
            try withFolder { folder in
                try CrashChild.enrol(folder)
                let reported = try CrashChild.run(folder, milliseconds: 250 + round * 130)
                let store = try open(folder)
                let driver = try DeviceDriver(store: store, app: "t", random: SystemRandomNumberGenerator()) { _ in [] }
                let entries = try store.read { try $0.unanswered() }
                #expect(entries.count >= reported && reported > 0)
                #expect(entries.map(\.dot.counter) == Array(1...UInt64(entries.count)))
                #expect(driver.replica.progress.lastCounter == UInt64(entries.count))
                #expect(try store.query("SELECT * FROM item WHERE _alive AND tags = '[\"x\"]'", []).count == entries.count)
                try store.close()
            }
        }
    }
}

/// Runs this very test program as the child that is killed.
enum CrashChild {
    static let isSupported = ProcessInfo.processInfo.environment["CONVERGE_CRASH_FOLDER"] == nil

    static func enrol(_ folder: String) throws {
        let store = try SQLiteDeviceStore(folder: folder) { _ in TestSchema.schema }
        var enrolled = WireEnrolled()
        enrolled.replica = Data(Bench.replica.bytes)
        enrolled.site = 3
        enrolled.hub = Data(ScriptedHub.id.bytes)
        enrolled.user = Data(Bench.user.bytes)
        enrolled.role = 1
        try Enrolment.store(enrolled, privateKey: [], endpoint: "", schema: TestSchema.schema, in: store)
        try store.close()
    }

    /// - Returns: how many commits the child had reported when it was killed.
    static func run(_ folder: String, milliseconds: Int) throws -> Int {
        let arguments = Array(CommandLine.arguments.dropFirst()).filter { !$0.hasPrefix("--filter") && !$0.contains("Tests") }
        // `env`, because only this one child may find the folder in its environment.
        let child = try ChildProcess(
            "/usr/bin/env",
            ["CONVERGE_CRASH_FOLDER=\(folder)", CommandLine.arguments[0]] + arguments + ["--filter", "CrashChildTests"])
        let report = folder + ".count"
        defer { try? FileManager.default.removeItem(atPath: report) /* A leftover file harms no test. */ }
        // The clock starts with the first commit: starting the program takes its own time.
        let deadline = Date().addingTimeInterval(20)
        while count(report) == 0, Date() < deadline { usleep(2_000) }
        usleep(UInt32(milliseconds) * 1_000)
        let reported = count(report)
        try child.killNow()
        return reported
    }

    /// One byte for each commit.
    private static func count(_ path: String) -> Int {
        // No file yet: none.
        (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
    }
}

/// The child's part: does nothing unless the parent asked for it.
@Suite struct CrashChildTests {
    @Test(.enabled(if: ProcessInfo.processInfo.environment["CONVERGE_CRASH_FOLDER"] != nil))
    func writesUntilItIsKilled() throws {
        let folder = try #require(ProcessInfo.processInfo.environment["CONVERGE_CRASH_FOLDER"])
        let store = try SQLiteDeviceStore(folder: folder) { _ in TestSchema.schema }
        var driver = try DeviceDriver(store: store, app: "t", random: SystemRandomNumberGenerator()) { _ in [] }
        #expect(FileManager.default.createFile(atPath: folder + ".count", contents: nil))
        let report = try #require(FileHandle(forWritingAtPath: folder + ".count"))
        for number in 0..<100_000 {
            _ = try driver.write(at: SystemClock.now()) { tx in
                let id = try tx.create("item", ["name": .text("n\(number)")])
                try tx.add("item", id, "tags", "x")
            }
            report.write(Data([1]))
        }
    }
}
