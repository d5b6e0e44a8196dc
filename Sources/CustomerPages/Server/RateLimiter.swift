/// How often each address may ask.
///
/// Counts begin with the first request of an address and are dropped `windowSeconds` later. Two generations of addresses are kept, so that forgetting
/// takes no search: what is not asked for again goes with the older one.
struct RateLimiter {
    enum Kind: Int, CaseIterable {
        case page
        case submit
        case file
    }

    private struct Count {
        var began: Int64
        var requests = [Int](repeating: 0, count: Kind.allCases.count)
    }

    private let limits: PageLimits
    private var newer: [VisitorAddress: Count] = [:]
    private var older: [VisitorAddress: Count] = [:]
    private var turned: Int64 = 0

    init(_ limits: PageLimits) { self.limits = limits }

    /// Counts a request.
    /// - Parameter now: in milliseconds, of a clock that never goes back.
    /// - Returns: nil if it may go on; otherwise after how many seconds to ask again.
    mutating func refuse(_ address: VisitorAddress, _ kind: Kind, now: Int64) -> Int? {
        let window = Int64(limits.windowSeconds) * 1_000
        if now - turned >= window || newer.count >= limits.addresses {
            older = newer
            newer = [:]
            turned = now
        }
        var count = newer[address] ?? older[address] ?? Count(began: now)
        if now - count.began >= window { count = Count(began: now) }
        defer { newer[address] = count }
        let most = switch kind {
        case .page: limits.pages
        case .submit: limits.submits
        case .file: limits.files
        }
        guard count.requests[kind.rawValue] < most else { return Int((count.began + window - now + 999) / 1_000) }
        count.requests[kind.rawValue] += 1
        return nil
    }

    /// Of addresses, in both generations.
    var remembered: Int { newer.count + older.count }
}
