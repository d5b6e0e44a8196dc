import FieldDevice
import Foundation
import HubControl
import ReplicationClient
import ReplicationCore
import ReplicationEngine
import Synchronization
import WireProtocol

/// Many devices in one process.
struct Fleet: Sendable {
    struct Plan: Sendable {
        var devices: Int
        var writesPerMinute: Double
        /// Over so many seconds they come online.
        var ramp: Double
        var seconds: Double
    }

    let folder: String
    let options: DeviceFolder.Options
    let hub: String
    let plan: Plan

    /// How long a device may take to catch up, or to have everything judged in the end.
    private static let patience = Duration.seconds(120)

    /// Enrols the devices, lets them work, and tells how they fared.
    func run(dataFolder: String, users: [String]) async throws -> FleetReport {
        let codes = try Self.codes(plan.devices, users, dataFolder)
        let begun = ContinuousClock.now
        var report = try await withThrowingTaskGroup(of: FleetReport.self) { group in
            for (index, code) in codes.enumerated() {
                group.addTask {
                    try await Task.sleep(for: .seconds(plan.ramp * Double(index) / Double(plan.devices)))
                    return await work(index, code)
                }
            }
            var all = FleetReport()
            for try await one in group { all.add(one) }
            return all
        }
        report.seconds = Double((ContinuousClock.now - begun).components.seconds)
        return report
    }

    private static func codes(_ count: Int, _ users: [String], _ dataFolder: String) throws -> [String] {
        let client = try ControlClient(dataFolder: dataFolder)
        defer { client.stop() }
        return try (0..<count).map { index in
            var command = WireEnrolCommand()
            command.user = users[index % users.count]
            command.validSeconds = 3_600
            guard case .enrolment(let enrolment) = try client.perform(.enrol(command)) else {
                throw ShellError("The hub answered something else than an enrolment code; is it of the same version?")
            }
            return enrolment.code
        }
    }

    /// One device's part. What goes wrong with it is in its report, and stops no other.
    private func work(_ index: Int, _ code: String) async -> FleetReport {
        var report = FleetReport()
        report.devices = 1
        do {
            let place = DeviceFolder("\(folder)/\(index)", options: options)
            try await place.enrol(at: hub, code: code, deviceName: "fleet \(index + 1)")
            let device = try place.open()
            let worker = FleetWorker(device, random: UInt64(index))
            do {
                let begun = ContinuousClock.now
                try device.goOnline(hub)
                try await device.replica.syncNow(within: Self.patience)
                report.catchUps.append(FleetWorker.milliseconds(since: begun))
                try await worker.work(for: plan.seconds, writesPerMinute: plan.writesPerMinute)
                try await device.replica.syncNow(within: Self.patience)
                // The last verdicts are told a moment after they are there.
                try await Task.sleep(for: .milliseconds(200))
            } catch {
                report.errors["\(error)", default: 0] += 1
            }
            report.add(worker.report)
            report.bytesSent = device.frames.sent.bytes
            report.bytesReceived = device.frames.received.bytes
            try device.stop()
        } catch {
            report.errors["\(error)", default: 0] += 1
        }
        return report
    }
}
