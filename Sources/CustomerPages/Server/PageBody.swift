import Hummingbird

/// What was handed in, within its bounds.
enum PageBody {
    enum Outcome: Sendable {
        case bytes([UInt8])
        case tooLarge
        /// It did not arrive whole, or not in time.
        case broken
    }

    static func read(_ request: Request, _ limits: PageLimits) async -> Outcome {
        await withTaskGroup(of: Outcome.self) { group in
            group.addTask { await collect(request, limits) }
            group.addTask {
                do {
                    try await Task.sleep(for: .seconds(limits.bodySeconds))
                } catch {
                    // The other one was first.
                }
                return .broken
            }
            defer { group.cancelAll() }
            return await group.next() ?? .broken
        }
    }

    private static func collect(_ request: Request, _ limits: PageLimits) async -> Outcome {
        var bytes: [UInt8] = []
        var surplus = 0
        do {
            for try await piece in request.body {
                if surplus == 0, bytes.count + piece.readableBytes <= limits.bodyBytes {
                    bytes += piece.readableBytesView
                } else {
                    // Read on for a while: a browser that still sends does not look for an answer.
                    surplus += piece.readableBytes
                    if bytes.count + surplus > limits.surplusBytes { return .tooLarge }
                }
            }
        } catch {
            return .broken
        }
        return surplus == 0 ? .bytes(bytes) : .tooLarge
    }
}
