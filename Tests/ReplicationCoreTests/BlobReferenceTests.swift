import ReplicationCore
import Testing

/// The one form of a reference to a blob, and everything beside it.
struct BlobReferenceTests {
    private static let a = String(repeating: "0a", count: 32), b = String(repeating: "f1", count: 32)

    @Test(arguments: [
        "\(a) 1 image/jpeg", "\(a) \(BlobReference.largestSize) application/vnd.oasis.opendocument.text",
        "\(a) 1234567 image/svg+xml \(b) 512", "\(a) 9 x/y",
    ])
    func whatIsReadIsWrittenTheSame(_ text: String) throws {
        let reference = try #require(BlobReference(text: text))
        #expect(reference.description == text)
        #expect(reference.blob.hash.bytes == [UInt8](repeating: 0x0a, count: 32))
        #expect((reference.thumbnail != nil) == text.contains(Self.b))
    }

    @Test(arguments: [
        "", "x", a, "\(a) 1", "\(a)  1 image/jpeg", " \(a) 1 image/jpeg", "\(a) 1 image/jpeg ", "\(a) 0 image/jpeg",
        "\(a) 01 image/jpeg", "\(a) +1 image/jpeg", "\(a) -1 image/jpeg", "\(a) 1.0 image/jpeg", "\(a) 67108865 image/jpeg",
        "\(a) 99999999999 image/jpeg", "\(a) 1 image", "\(a) 1 image/", "\(a) 1 /jpeg", "\(a) 1 image/jpeg/x", "\(a) 1 Image/jpeg",
        "\(a) 1 image/jpeg;q=1", "\(a) 1 image/jpég", "\(a.uppercased()) 1 image/jpeg", "\(a.dropLast()) 1 image/jpeg",
        "\(a)0 1 image/jpeg", "\(a.dropLast())g 1 image/jpeg", "\(a) 1 image/jpeg \(b)", "\(a) 1 image/jpeg \(b) 0",
        "\(a) 1 image/jpeg \(b) 1 x", "\(a) 1 image/jpeg \(b) 67108865", "\(a)\t1\timage/jpeg", "\(a) 1 image/jpeg\n", "\(a) １ image/jpeg",
        "\(a) 1 image/" + String(repeating: "j", count: 75),
    ])
    func nothingElseIsAReference(_ text: String) { #expect(BlobReference(text: text) == nil) }

    @Test func theLongestReference() throws {
        let size = BlobReference.largestSize
        let longest = "\(Self.a) \(size) image/" + String(repeating: "j", count: 74) + " \(Self.b) \(size)"
        #expect(longest.utf8.count == BlobReference.longestText)
        #expect(BlobReference(text: longest)?.description == longest)
    }

    @Test func hashesAreOrderedAsTheirBytes() throws {
        let low = try #require(BlobHash(bytes: [0, 1] + [UInt8](repeating: 255, count: 30)))
        let high = try #require(BlobHash(bytes: [1] + [UInt8](repeating: 0, count: 31)))
        #expect(low < high && BlobHash(hex: high.description) == high && BlobHash(bytes: low.bytes) == low)
        #expect(BlobHash(bytes: [1]) == nil)
    }
}
