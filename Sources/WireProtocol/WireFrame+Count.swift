extension WireFrame {
    /// Whether a frame's bytes hold at most so many messages. Nothing is decoded for it, so the answer costs no
    /// memory, whatever the bytes are; for bytes that are no frame it is true, and decoding them says what is wrong.
    public static func holdsAtMost(_ limit: Int, _ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { buffer in
            var reader = ByteReader(buffer)
            var messages = 0
            do {
                while reader.remaining > 0 {
                    let tag = try reader.varint()
                    if tag == messageTag { messages += 1 }
                    if messages > limit { return false }
                    try skip(wireType: tag & 7, &reader)
                }
            } catch {
                return true
            }
            return true
        }
    }

    /// Field 1 with a length before its bytes.
    private static let messageTag: UInt64 = 1 << 3 | 2

    private static func skip(wireType: UInt64, _ reader: inout ByteReader) throws(WireError) {
        switch wireType {
        case 0: _ = try reader.varint()
        case 1: try reader.skip(8)
        case 2: try reader.skip(try reader.count(ofAtLeast: 1))
        case 5: try reader.skip(4)
        default: throw WireError(.malformed, "a field of an unknown wire type")
        }
    }
}
