import ReplicationCore
import Testing

@Suite struct HexadecimalTests {
    @Test func everyByteGoesThereAndBack() {
        let all = Array(0...255 as ClosedRange<UInt8>)
        let text = Hexadecimal.text(all)
        #expect(text.hasPrefix("000102") && text.hasSuffix("fdfeff") && text.utf8.count == 512)
        #expect(Hexadecimal.bytes(text) == all)
        #expect(Hexadecimal.bytes(text.uppercased()) == all)
        #expect(Hexadecimal.bytes("") == [])
    }

    @Test(arguments: ["0", "0g", "+f", " 0", "0x00", "00 ", "é0"]) func anythingElseIsNone(text: String) {
        #expect(Hexadecimal.bytes(text) == nil)
    }

    /// A blob has one name.
    @Test func blobsAreNamedInLowerCase() {
        let name = String(repeating: "0a", count: 32)
        #expect(BlobHash(hex: name)?.description == name)
        #expect(BlobHash(hex: name.uppercased()) == nil && BlobHash(hex: name.dropLast(2)) == nil)
    }
}
