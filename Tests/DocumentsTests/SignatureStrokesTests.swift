import Documents
import Testing

@Suite struct SignatureStrokesTests {
    private func point(_ number: UInt16) -> SignatureStrokes.Point {
        .init(x: number, y: 65_535 - number, milliseconds: number, pressure: UInt8(number & 0xff))
    }

    @Test func theyGoThereAndBack() throws {
        for strokes in [[], [[point(0)]], [[point(1), point(258)], [point(300)]], [(0..<4_500 as Range<UInt16>).map(point)]] {
            let bytes = try #require(SignatureStrokes(strokes).bytes)
            #expect(SignatureStrokes(bytes: bytes)?.strokes == strokes)
        }
        #expect(SignatureStrokes([[.init(x: 1, y: 258, milliseconds: 3, pressure: 4)]]).bytes == [1, 1, 0, 1, 0, 2, 1, 3, 0, 4])
        #expect(try #require(SignatureStrokes((0..<500).map { _ in (0..<9).map { _ in point(9) } }).bytes).count <= 32_768)
    }

    @Test func whatIsNoSignatureIsNotRead() throws {
        let bytes = try #require(SignatureStrokes([[point(1), point(2)], [point(3)]]).bytes)
        for count in bytes.indices where ![1, 17].contains(count) { #expect(SignatureStrokes(bytes: Array(bytes[..<count])) == nil, "\(count)") }
        #expect(SignatureStrokes(bytes: [2]) == nil && SignatureStrokes(bytes: [1, 0, 0]) == nil)
        #expect(SignatureStrokes(bytes: [UInt8](repeating: 1, count: 32_769)) == nil)
        // Back in time.
        #expect(SignatureStrokes(bytes: [1, 2, 0, 0, 0, 0, 0, 5, 0, 1, 0, 0, 0, 0, 4, 0, 1]) == nil)
        #expect(SignatureStrokes([(0..<4_501 as Range<UInt16>).map(point)]).bytes == nil)
        #expect(SignatureStrokes([[SignatureStrokes.Point]](repeating: [point(1)], count: 501)).bytes == nil)
    }
}
