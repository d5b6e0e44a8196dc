import COpenSSL

/// SHA-2 over bytes, or over several ranges of them.
enum Digest {
    static func sha256(of bytes: some Collection<UInt8>) -> [UInt8] { Array(sha256(of: Array(bytes), in: [0..<bytes.count])) }

    static func sha256(of bytes: [UInt8], in ranges: [Range<Int>]) -> [UInt8] {
        // SHA-256 of memory cannot fail, but for want of memory for its state.
        guard let digest = hash(bytes, in: ranges, with: EVP_sha256()) else { preconditionFailure("no memory for SHA-256") }
        return digest
    }

    /// - Returns: nil if libcrypto does not know the algorithm.
    static func hash(_ bytes: [UInt8], in ranges: [Range<Int>], with algorithm: OpaquePointer?) -> [UInt8]? {
        guard let algorithm, let context = EVP_MD_CTX_new() else { return nil }
        defer { EVP_MD_CTX_free(context) }
        guard EVP_DigestInit_ex(context, algorithm, nil) == 1 else { return nil }
        for range in ranges {
            let updated = bytes[range].withUnsafeBytes { EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
            guard updated == 1 else { return nil }
        }
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE)), length: UInt32 = 0
        guard EVP_DigestFinal_ex(context, &digest, &length) == 1 else { return nil }
        return Array(digest.prefix(Int(length)))
    }
}
