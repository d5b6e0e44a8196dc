import Foundation

/// How the line between a device and its hub is: the same both ways.
public struct LinkWeather: Sendable, Equatable {
    /// What becomes of bytes.
    public enum Reach: String, Sendable, CaseIterable {
        /// They arrive.
        case open
        /// They go nowhere, and nobody is told. A connection that has lost bytes to it is cut when the weather changes.
        case halfOpen = "half-open"
        /// There is no network: connections are cut, and new ones refused.
        case offline
    }

    public var reach = Reach.open
    /// How many bytes the line carries in a second, those of IP and TCP included; nil: as many as come.
    public var bytesPerSecond: Double?
    /// How long a byte takes to the other side, in milliseconds.
    public var delayMilliseconds = 0.0
    /// How much longer it may take, by chance, in milliseconds. Bytes never overtake each other.
    public var jitterMilliseconds = 0.0
    /// The share of packets that are lost, 0 to 1. As over TCP, a lost one comes later, and holds up what is behind it; after
    /// `LinkLimits.retransmissions` in a row the connection is cut.
    public var loss = 0.0

    public init() {}

    /// As good as this machine is.
    public static let clear = LinkWeather()
    /// The edge of a mobile network: 256 kbit/s, with a round trip of 300 ms.
    public static let slow = LinkWeather(bytesPerSecond: 32_000, delay: 150, jitter: 60, loss: 0)
    /// A train between two cells: every tenth packet is lost.
    public static let lossy = LinkWeather(bytesPerSecond: 125_000, delay: 60, jitter: 120, loss: 0.1)
    public static let halfOpen = LinkWeather(reach: .halfOpen)
    public static let offline = LinkWeather(reach: .offline)

    /// The kinds of weather that have a name.
    public static let named: [(name: String, weather: LinkWeather)] = [
        ("clear", .clear), ("slow", .slow), ("lossy", .lossy), ("half-open", .halfOpen), ("offline", .offline),
    ]

    /// - Returns: nil if no weather has the name.
    public init?(named name: String) {
        guard let found = Self.named.first(where: { $0.name == name }) else { return nil }
        self = found.weather
    }

    private init(bytesPerSecond: Double, delay: Double, jitter: Double, loss: Double) {
        self.bytesPerSecond = bytesPerSecond
        delayMilliseconds = delay
        jitterMilliseconds = jitter
        self.loss = loss
    }

    private init(reach: Reach) { self.reach = reach }

    /// Why it cannot be; nil if it can.
    public var problem: String? {
        if let bytesPerSecond, !(LinkLimits.leastBytesPerSecond...1e12 ~= bytesPerSecond) {
            return "A line carries at least \(Int(LinkLimits.leastBytesPerSecond)) bytes a second; for less there is half-open."
        }
        if !(0...LinkLimits.mostDelayMilliseconds ~= delayMilliseconds) || !(0...LinkLimits.mostDelayMilliseconds ~= jitterMilliseconds) {
            return "Delay and jitter are 0 to \(Int(LinkLimits.mostDelayMilliseconds)) milliseconds each."
        }
        return 0...1 ~= loss ? nil : "Loss is the share of packets that are lost, 0 to 1."
    }
}

extension LinkWeather: CustomStringConvertible {
    public var description: String {
        guard reach == .open else { return reach.rawValue }
        if self == .clear { return "clear" }
        var words: [String] = []
        if let bytesPerSecond { words.append("\(Int(bytesPerSecond)) bytes/s") }
        if delayMilliseconds > 0 || jitterMilliseconds > 0 {
            words.append("\(Int(delayMilliseconds)) ms" + (jitterMilliseconds > 0 ? " and up to \(Int(jitterMilliseconds)) more" : ""))
        }
        if loss > 0 { words.append(String(format: "%.1f %% lost", loss * 100)) }
        return words.joined(separator: ", ")
    }
}
