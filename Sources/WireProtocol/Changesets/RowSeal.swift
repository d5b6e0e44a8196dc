import Crypto
import Foundation
import ReplicationCore

/// By which a hub knows a row change again that it has sent: it takes cells back from a device only so.
///
/// The seal says that this hub has sent these cells of this row, in the form of this schema version. It names no
/// replica: what was so was so, whoever kept it, and so one encoding serves everybody who may see the same of a commit.
///
/// Once for a hub and not once for a row: a key is prepared with two compressions of SHA-256.
public struct RowSeal: Sendable {
    private let start: HMAC<SHA256>

    /// The length of a seal: guessing one takes 2^127 attempts on average.
    public static let bytes = 16

    /// - Parameters:
    ///   - hub: which hub; a store that two hubs were made from by copying has the same key in both.
    ///   - key: the hub's secret; at least 32 random bytes. Row changes have a key of their own that follows from it, so
    ///     that no receipt is ever a seal of a row.
    public init(hub: ReplicaID, key: SymmetricKey) {
        let own = HMAC<SHA256>.authenticationCode(for: Data("converge.v1 row".utf8), using: key)
        var code = HMAC<SHA256>(key: SymmetricKey(data: Data(own)))
        code.update(data: hub.bytes)
        start = code
    }

    /// Puts the seal on a row change.
    ///
    /// - Parameter version: of the schema in whose form it is.
    public func seal(_ change: inout WireRowChange, in collection: UInt32, version: UInt32) {
        change.seal = Data(code(for: change, collection, version).prefix(Self.bytes))
    }

    /// True if this hub has sealed exactly this row change. Takes the same time wherever a seal differs.
    public func isSealed(_ change: WireRowChange, in collection: UInt32, version: UInt32) -> Bool {
        guard change.seal.count == Self.bytes else { return false }
        var difference: UInt8 = 0
        for (own, given) in zip(code(for: change, collection, version), change.seal) { difference |= own ^ given }
        return difference == 0
    }

    /// Over the fields in the order of their numbers, those without a value left out, and the seal as well: what any
    /// library of Protocol Buffers writes. The hub writes them itself, so nothing depends on how a client does.
    private func code(for change: WireRowChange, _ collection: UInt32, _ version: UInt32) -> HMAC<SHA256>.MAC {
        var bare = change
        bare.seal = Data()
        let content: Data
        do {
            content = try bare.serializedData()
        } catch {
            // Only messages with unset required fields or over 2 GiB cannot be serialized; row changes are neither.
            preconditionFailure("a row change cannot be serialized: \(error)")
        }
        var code = start
        code.update(data: [version, collection].flatMap { number in (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) } })
        code.update(data: content)
        return code.finalize()
    }
}
