import Foundation
import ReplicationCore

/// How a fleet fared.
struct FleetReport: Sendable {
    var devices = 0
    var seconds = 0.0
    /// From going online to being complete, of each device, in milliseconds.
    var catchUps: [Double] = []
    /// From a write to the hub's verdict, in milliseconds.
    var latencies: [Double] = []
    var written = 0
    var accepted = 0
    var refused = 0
    var bytesSent = 0
    var bytesReceived = 0
    /// What went wrong, and how often.
    var errors: [String: Int] = [:]

    var isClean: Bool { errors.isEmpty && refused == 0 && latencies.count == written }

    mutating func add(_ other: FleetReport) {
        devices += other.devices
        catchUps += other.catchUps
        latencies += other.latencies
        written += other.written
        accepted += other.accepted
        refused += other.refused
        bytesSent += other.bytesSent
        bytesReceived += other.bytesReceived
        errors.merge(other.errors) { $0 + $1 }
    }

    private var figures: [(name: String, value: Double)] {
        func shares(_ name: String, _ values: [Double]) -> [(String, Double)] {
            [("p50", 0.5), ("p95", 0.95), ("max", 1)].map { ("\(name) \($0.0)", Self.percentile(values, $0.1)) }
        }
        return [("devices", Double(devices)), ("seconds", seconds), ("written", Double(written)), ("judged", Double(latencies.count)), ("refused", Double(refused))]
            + [("writes a second", seconds > 0 ? Double(latencies.count) / seconds : 0)]
            + shares("verdict ms", latencies) + shares("catch-up ms", catchUps)
            + [("bytes sent", Double(bytesSent)), ("bytes received", Double(bytesReceived))]
    }

    var text: String {
        (figures.map { "\($0.name.padding(toLength: 18, withPad: " ", startingAt: 0))\(Self.words($0.value))" }
            + errors.sorted { $0.key < $1.key }.map { "error × \($0.value): \($0.key)" }).joined(separator: "\n")
    }

    var json: String {
        ValueJSON.object(figures.map { ($0.name.replacingOccurrences(of: " ", with: "_"), .real($0.value)) }
            + [("errors", .integer(Int64(errors.values.reduce(0, +))))])
    }

    /// Of values in any order; 0 of none.
    static func percentile(_ values: [Double], _ share: Double) -> Double {
        let sorted = values.sorted()
        return sorted.isEmpty ? 0 : sorted[min(Int(share * Double(sorted.count)), sorted.count - 1)]
    }

    private static func words(_ value: Double) -> String { value == value.rounded() ? "\(Int(value))" : "\((value * 10).rounded() / 10)" }
}
