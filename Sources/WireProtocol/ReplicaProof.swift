import Crypto
import ReplicationCore

/// How a replica proves that it holds its private key.
public enum ReplicaProof {
    /// What is signed: the hub and the replica by name, so that a signature is worth nothing elsewhere.
    public static func message(hub: ReplicaID, replica: ReplicaID, nonce: [UInt8]) -> [UInt8] {
        Array("converge.v1 proof".utf8) + hub.bytes + replica.bytes + nonce
    }

    /// - Parameter privateKey: Ed25519, 32 bytes.
    public static func sign(_ message: [UInt8], privateKey: [UInt8]) throws(WireError) -> [UInt8] {
        do {
            return Array(try Curve25519.Signing.PrivateKey(rawRepresentation: privateKey).signature(for: message))
        } catch {
            throw WireError(.malformed, "the replica's private key cannot be used: \(error)")
        }
    }

    /// - Parameter publicKey: Ed25519, 32 bytes.
    public static func isValid(_ signature: [UInt8], of message: [UInt8], publicKey: [UInt8]) -> Bool {
        do {
            return try Curve25519.Signing.PublicKey(rawRepresentation: publicKey)
                .isValidSignature(signature, for: message)
        } catch {
            return false
        }
    }

    /// - Parameter privateKey: Ed25519, 32 bytes.
    public static func publicKey(of privateKey: [UInt8]) throws(WireError) -> [UInt8] {
        do {
            return Array(try Curve25519.Signing.PrivateKey(rawRepresentation: privateKey).publicKey.rawRepresentation)
        } catch {
            throw WireError(.malformed, "the replica's private key cannot be used: \(error)")
        }
    }

    /// A new key pair: private and public key, 32 bytes each.
    public static func makeKeys() -> (privateKey: [UInt8], publicKey: [UInt8]) {
        let key = Curve25519.Signing.PrivateKey()
        return (Array(key.rawRepresentation), Array(key.publicKey.rawRepresentation))
    }
}

/// Identities that follow from a cause, so that deciding twice makes the same ones.
public enum DerivedIdentifier {
    /// A UUID of version 8 (RFC 9562, section 5.8) over SHA-256 of the parts, each with its length.
    public static func make<Subject>(_ purpose: String, _ parts: [[UInt8]]) -> Identifier<Subject> {
        var hash = SHA256()
        for part in [Array("converge.v1 \(purpose)".utf8)] + parts {
            let count = UInt32(part.count)
            hash.update(data: [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: count >> $0) })
            hash.update(data: part)
        }
        var bytes = Array(hash.finalize().prefix(16))
        bytes[6] = bytes[6] & 0x0F | 0x80
        bytes[8] = bytes[8] & 0x3F | 0x80
        var high: UInt64 = 0, low: UInt64 = 0
        for index in 0..<8 {
            high = high << 8 | UInt64(bytes[index])
            low = low << 8 | UInt64(bytes[index + 8])
        }
        return Identifier(high: high, low: low)
    }
}
