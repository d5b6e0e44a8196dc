import Crypto
import Foundation
import ReplicationCore

/// Keeps what a message brings, until it is handed over, so that whoever has the store or a copy of it cannot read it: the key is
/// kept elsewhere.
public struct SecretBox: Sendable {
    private let key: SymmetricKey

    /// - Parameter key: 32 random bytes.
    public init(key: [UInt8]) { self.key = SymmetricKey(data: key) }

    /// What must not stand in a row.
    struct Secret: Codable, Equatable {
        /// Of the link that a message brings, as it stands in an address.
        var token: String?
        var code: String?
    }

    /// - Parameter message: whose secret it is; for another it is not opened.
    func seal(_ secret: Secret, for message: RowID) throws -> [UInt8] {
        let sealed = try AES.GCM.seal(JSONEncoder().encode(secret), using: key, authenticating: Data(message.bytes))
        // Nil only for a nonce of another length than the usual one.
        guard let bytes = sealed.combined else { throw DeskError(.message, "A message's secret could not be sealed.") }
        return [UInt8](bytes)
    }

    /// - Throws: if it was sealed with another key or for another message, or was changed.
    func open(_ bytes: [UInt8], of message: RowID) throws -> Secret {
        do {
            let text = try AES.GCM.open(AES.GCM.SealedBox(combined: bytes), using: key, authenticating: Data(message.bytes))
            return try JSONDecoder().decode(Secret.self, from: text)
        } catch {
            throw DeskError(.message, "What it brings was sealed with another key than that of this hub's folder, so nobody can read it. Send it again: converge resend.")
        }
    }
}
