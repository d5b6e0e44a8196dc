import Crypto
import Foundation

/// The hub's seal on receipts: HMAC-SHA-256 under a key that nobody else has.
///
/// It holds what the key makes of the hash, so that each receipt pays for its own bytes only.
public struct ReceiptSeal: Sendable {
    private let start: HMAC<SHA256>

    /// - Parameter key: the hub's secret; at least 32 random bytes.
    public init(key: SymmetricKey) { start = HMAC<SHA256>(key: key) }

    func code(for body: Data) -> Data {
        var code = start
        code.update(data: body)
        return Data(code.finalize())
    }
}
