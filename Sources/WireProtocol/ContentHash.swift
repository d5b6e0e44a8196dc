import COpenSSL

/// SHA-256, 32 bytes.
public enum ContentHash {
    /// The hash as it stands in memory, for those who hash many short pieces and want no array for each.
    typealias Words = (UInt64, UInt64, UInt64, UInt64)

    public static func of(_ bytes: [UInt8]) -> [UInt8] {
        withUnsafeBytes(of: bytes.withUnsafeBytes(words(of:))) { [UInt8]($0) }
    }

    static func words(of bytes: UnsafeRawBufferPointer) -> Words {
        var state = SHA256_CTX()
        var words: Words = (0, 0, 0, 0)
        // None of them can fail: they return 1.
        _ = SHA256_Init(&state)
        _ = SHA256_Update(&state, bytes.baseAddress, bytes.count)
        _ = withUnsafeMutableBytes(of: &words) { SHA256_Final($0.baseAddress?.assumingMemoryBound(to: UInt8.self), &state) }
        return words
    }
}
