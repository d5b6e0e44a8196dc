/// How long keys take to show: from when a key was read until the frame that follows from it was written.
struct KeyLatency: Sendable {
    private var frames: [Duration] = []
    /// From the key that asked for a page until what was read for it came.
    private var pages: [Duration] = []
    private var asked: ContinuousClock.Instant?
    /// A day of typing.
    private static let kept = 100_000

    mutating func note(_ duration: Duration) { if frames.count < Self.kept { frames.append(duration) } }

    mutating func note(_ event: TerminalEvent) {
        switch event {
        case .input(.key): asked = .now
        case .loaded:
            guard let began = asked, pages.count < Self.kept else { return }
            asked = nil
            pages.append(.now - began)
        default: break
        }
    }

    var report: String {
        "keys: \(Self.words(frames))\npages: \(Self.words(pages))"
    }

    private static func words(_ durations: [Duration]) -> String {
        guard !durations.isEmpty else { return "none" }
        let sorted = durations.sorted()
        func at(_ share: Double) -> String {
            let duration = sorted[min(Int(Double(sorted.count) * share), sorted.count - 1)].components
            let micros = duration.seconds * 1_000_000 + duration.attoseconds / 1_000_000_000_000
            return "\(micros / 1_000).\(micros % 1_000 / 100) ms"
        }
        return "\(sorted.count), p50 \(at(0.5)), p95 \(at(0.95)), most \(at(1))"
    }
}
