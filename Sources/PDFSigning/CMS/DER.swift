/// The little of DER (X.690) that libcrypto has no function for.
enum DER {
    /// A SET OF with its elements in the order that DER asks for (X.690, 11.6).
    static func set(of elements: [[UInt8]]) -> [UInt8] {
        let content = elements.sorted { $0.lexicographicallyPrecedes($1) }.flatMap { $0 }
        return [0x31] + length(content.count) + content
    }

    private static func length(_ count: Int) -> [UInt8] {
        if count < 0x80 { return [UInt8(count)] }
        var bytes: [UInt8] = [], rest = count
        while rest > 0 {
            bytes.insert(UInt8(rest & 0xFF), at: 0)
            rest >>= 8
        }
        return [0x80 | UInt8(bytes.count)] + bytes
    }

    /// What a function of libcrypto encodes: called once for the length, once for the bytes.
    static func encoded(
        _ what: String, _ encode: (UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?) -> Int32
    ) throws(PDFSigningError) -> [UInt8] {
        let count = encode(nil)
        guard count > 0 else { throw LibraryFailure.error(what) }
        var written: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: Int(count)) { buffer, used in
            var place = buffer.baseAddress
            written = encode(&place)
            used = max(0, Int(written))
        }
        guard written == count else { throw LibraryFailure.error(what) }
        return bytes
    }
}
