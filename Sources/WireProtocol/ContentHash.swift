import Crypto

/// SHA-256, 32 bytes.
public enum ContentHash {
    public static func of(_ bytes: [UInt8]) -> [UInt8] {
        bytes.withUnsafeBytes { buffer in
            var hash = SHA256()
            hash.update(bufferPointer: buffer)
            return hash.finalize().withUnsafeBytes { [UInt8]($0) }
        }
    }
}
