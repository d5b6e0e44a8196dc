import Documents
import PDFRendering
import Testing

/// What stands in places to sign.
struct SignatureTests {
    private func render(_ content: RenderedSignature.Content?, pictures: [String: [UInt8]] = [:]) throws -> Reader {
        let signatures = content.map {
            [RenderedSignature(place: "a", signer: "Ana Pérez", role: "Manager", signedAt: "1 May 2026, 10:00", content: $0)]
        }
        return try Reader(Forms.render(Forms.form([.signature(Forms.place("a"))]), signatures: signatures ?? [], pictures: pictures).bytes)
    }

    @Test func sayWhoSignedAndWhen() throws {
        #expect(try render(.typed("Ana P.")).read().hasSuffix("Label-aIagree.AnaP.SignedbyAnaPérez,Manager1May2026,10:00"))
        #expect(try render(.declined(reason: "Too late")).read().hasSuffix("DeclinedReason:ToolateDeclinedbyAnaPérez,Manager1May2026,10:00"))
        #expect(try render(nil).read().hasSuffix("Label-aIagree.Name,dateandsignature"))
    }

    /// How much ink there is, in dots, and how wide it is.
    private func ink(_ drawing: SignatureDrawing) throws -> (dots: Int, width: Int, right: Int) {
        let (width, bytes) = try render(.drawn(drawing)).pixels(page: 1)
        let dots = (0..<bytes.count / 3).filter { Int(bytes[3 * $0 + 2]) > Int(bytes[3 * $0]) + 40 }.map { $0 % width }
        return (dots.count, (dots.max() ?? 0) - (dots.min() ?? 0), dots.max() ?? 0)
    }

    private func line(_ pressure: Double, aspect: Double = 3) -> SignatureDrawing {
        SignatureDrawing(
            strokes: [(0..<20).map { SignatureDrawing.Point(x: Double($0) / 19, y: 0.5, time: 0, pressure: pressure) }], aspect: aspect)
    }

    @Test func areWiderWhereThePenWasPressed() throws {
        let light = try ink(line(0)), heavy = try ink(line(1))
        #expect(light.dots > 100 && Double(heavy.dots) > 1.5 * Double(light.dots), "\(light) \(heavy)")
    }

    @Test func keepTheShapeOfTheAreaThatTheyWereDrawnIn() throws {
        let narrow = try ink(line(0.5, aspect: 1)), wide = try ink(line(0.5, aspect: 3))
        #expect(abs(narrow.width - 52) < 6 && abs(wide.width - 156) < 8, "\(narrow) \(wide)")
    }

    @Test func areDrawnWithinTheirPlaceWhateverThePointsSay() throws {
        let odd: [Double] = [.nan, .infinity, -.infinity, -5, 7, 1e300, 0, 1]
        let points = odd.flatMap { x in odd.map { SignatureDrawing.Point(x: x, y: $0, time: .nan, pressure: x) } }
        for aspect in odd {
            let ink = try ink(SignatureDrawing(strokes: [points, [], [points[60]]], aspect: aspect))
            #expect(ink.dots > 0 && ink.right < 54 + 230)
        }
        let many = (0..<10_000).map { index -> SignatureDrawing.Point in
            let column = Double(index % 100), row = Double(index / 100), press = Double(index % 7)
            return SignatureDrawing.Point(x: column / 100, y: row / 100, time: 0, pressure: press / 7)
        }
        try render(.drawn(SignatureDrawing(strokes: [many], aspect: 2))).check()
        #expect(try ink(SignatureDrawing(strokes: [[points[63]]], aspect: 2)).dots > 0)
    }
}
