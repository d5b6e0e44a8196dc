import Crypto
import ReplicationCore

extension Identifier where Subject == RowSubject {
    /// The identity of a row that comes from elsewhere, computed from what names it there, so that
    /// loading the same thing twice, or at two places, meets the same row.
    ///
    /// A UUID of version 8 (RFC 9562, section 5.8) made of the first 128 bits of a SHA-256. What is hashed
    /// is the ASCII text `converge row 1`, the collection's number as 4 bytes and the number of parts as
    /// 4 bytes, then each part's length in UTF-8 bytes as 4 bytes and the part itself; all numbers most
    /// significant byte first. The lengths keep `["ab", "c"]` apart from `["a", "bc"]`.
    ///
    /// - Parameters:
    ///   - collection: the collection's number, which is stable where its name may change.
    ///   - key: what names the row. Rows of a seed file have one part, their key in the file; imported rows
    ///     begin with the mapping's name.
    public static func derived(collection: UInt32, key: [String]) -> Self {
        var hash = SHA256()
        hash.update(data: Array("converge row 1".utf8))
        hash.update(data: bigEndian(collection))
        hash.update(data: bigEndian(UInt32(key.count)))
        for part in key {
            hash.update(data: bigEndian(UInt32(part.utf8.count)))
            hash.update(data: Array(part.utf8))
        }
        var high: UInt64 = 0, low: UInt64 = 0
        for (position, byte) in hash.finalize().prefix(16).enumerated() {
            if position < 8 { high = high << 8 | UInt64(byte) } else { low = low << 8 | UInt64(byte) }
        }
        return Self(
            high: high & 0xFFFF_FFFF_FFFF_0FFF | 0x8000,
            low: low & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000)
    }

    private static func bigEndian(_ number: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> UInt32($0)) }
    }
}
