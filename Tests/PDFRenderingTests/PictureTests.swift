import Documents
import Foundation
import PDFRendering
import Testing

/// Pictures, whole, turned, hostile and missing.
struct PictureTests {
    /// 64 by 32 pixels: the left half red, the right half blue.
    private static let jpeg = [UInt8](Data(base64Encoded: """
        /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMU\
        FRUVDA8XGBYUGBIUFRT/2wBDAQMEBAUEBQkFBQkUDQsNFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU\
        FBQUFBQUFBT/wAARCAAgAEADAREAAhEBAxEB/8QAFgABAQEAAAAAAAAAAAAAAAAAAAcI/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/E\
        ABYBAQEBAAAAAAAAAAAAAAAAAAAJB//EABQRAQAAAAAAAAAAAAAAAAAAAAD/2gAMAwEAAhEDEQA/AM6MMVTAAAQJcZHQAABfUOVi\
        wAAECXGR0AAAX1DlYsAABAlxkdAAAF9Q5WLAAAQJcZHQAAB//9k=
        """) ?? Data())

    /// With Exif data that say how it is turned, and something that is nobody's business.
    private static func turned(_ orientation: UInt8, isLittle: Bool = false) -> [UInt8] {
        let directory: [UInt8] = isLittle
            ? [0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]
            : [0x4D, 0x4D, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0]
        let body = Array("Exif\0\0".utf8) + directory + Array("GPS 40.68 -73.99".utf8)
        let segment = [0xFF, 0xE1, UInt8((body.count + 2) >> 8), UInt8((body.count + 2) & 0xFF)] + body
        return Array(jpeg[..<2]) + segment + Array(jpeg[2...]) + Array("a film behind the picture".utf8)
    }

    private static func png(width: UInt32, height: UInt32, rest: [UInt8] = []) -> [UInt8] {
        let number = { (value: UInt32) in withUnsafeBytes(of: value.bigEndian) { Array($0) } }
        return [0x89, 0x50, 0x4E, 0x47, 13, 10, 26, 10, 0, 0, 0, 13] + Array("IHDR".utf8) + number(width) + number(height) + [8, 2, 0, 0, 0]
            + [0, 0, 0, 0] + rest
    }

    /// The dots of the first page that are mostly of a colour: the box that they are in, in points.
    private static func box(_ reader: Reader, of isColour: (Int, Int, Int) -> Bool) throws -> (left: Int, top: Int, right: Int, bottom: Int)? {
        let (width, bytes) = try reader.pixels(page: 1)
        var box: (left: Int, top: Int, right: Int, bottom: Int)?
        for dot in 0..<bytes.count / 3 where isColour(Int(bytes[3 * dot]), Int(bytes[3 * dot + 1]), Int(bytes[3 * dot + 2])) {
            let x = dot % width, y = dot / width
            box = box.map { (min($0.left, x), min($0.top, y), max($0.right, x), max($0.bottom, y)) } ?? (x, y, x, y)
        }
        return box
    }

    /// Exif 2.32, 4.6.4: where the first row and the first column of the stored picture are looked at.
    @Test(arguments: [(1, "right"), (2, "left"), (3, "left"), (4, "right"), (5, "below"), (6, "below"), (7, "above"), (8, "above")])
    func isTurnedAsItsMakerSays(orientation: Int, blueIs: String) throws {
        for isLittle in [true, false] {
            let picture = Self.turned(UInt8(orientation), isLittle: isLittle)
            let reader = try Reader(Forms.render(Forms.form([.photos([Forms.photo("a")])]), pictures: ["a": picture]).bytes)
            let red = try #require(try Self.box(reader) { $0 > 180 && $1 < 80 && $2 < 80 })
            let blue = try #require(try Self.box(reader) { $0 < 80 && $1 < 80 && $2 > 180 })
            let seen = blue.left > red.right ? "right" : blue.right < red.left ? "left" : blue.top > red.bottom ? "below" : "above"
            #expect(seen == blueIs)
            // As wide as two squares, or as high.
            let width = max(red.right, blue.right) - min(red.left, blue.left), height = max(red.bottom, blue.bottom) - min(red.top, blue.top)
            let shape = Double(width) / Double(height)
            #expect(abs(shape - (orientation < 5 ? 2 : 0.5)) < 0.12, "\(width) by \(height)")
        }
    }

    @Test func whatACameraSaysBesideThePictureIsLeftOut() throws {
        let pdf = try Forms.render(Forms.form([.photos([Forms.photo("a")])]), pictures: ["a": Self.turned(1)])
        #expect(Data(pdf.bytes).range(of: Data("GPS 40".utf8)) == nil)
        #expect(Data(pdf.bytes).range(of: Data("a film".utf8)) == nil)
        #expect(Data(pdf.bytes).range(of: Data(Self.jpeg[2...])) != nil)
    }

    static let hostile: [(String, [UInt8], UnshownPicture.Reason)] = [
        ("empty", [], .damaged),
        ("a GIF", Array("GIF89a".utf8) + Array(repeating: 0, count: 40), .unsupported),
        ("HTML", Array("<html><script>".utf8), .unsupported),
        ("a PNG of 10 gigapixels and no data", png(width: 100_000, height: 100_000), .tooLarge),
        ("a PNG of 900 megapixels and noise", png(width: 30_000, height: 30_000, rest: Array(repeating: 0xA5, count: 500)), .tooLarge),
        ("a PNG of the largest size", png(width: 0x7FFF_FFFF, height: 0x7FFF_FFFF), .tooLarge),
        ("a PNG wider than cairo counts", png(width: 40_000, height: 1), .tooLarge),
        ("a PNG without area", png(width: 0, height: 5), .damaged),
        ("a PNG that ends after its header", png(width: 10, height: 10), .damaged),
        ("a PNG of noise", png(width: 10, height: 10, rest: Array(repeating: 0xA5, count: 500)), .damaged),
        ("the beginning of a PNG", [0x89, 0x50, 0x4E, 0x47, 13, 10, 26, 10, 0], .damaged),
        ("a JPEG that ends in its data", Array(jpeg.dropLast(20)), .damaged),
        ("a JPEG without its end", Array(jpeg.dropLast(2)), .damaged),
        ("the beginning of a JPEG", [0xFF, 0xD8, 0xFF], .damaged),
        ("a JPEG of segments without a picture", [0xFF, 0xD8, 0xFF, 0xFE, 0, 4, 1, 2, 0xFF, 0xD9], .damaged),
        ("a JPEG whose segment is longer than the file", [0xFF, 0xD8, 0xFF, 0xE0, 0xFF, 0xFF, 1, 2], .damaged),
        ("a JPEG whose segment is shorter than its length", [0xFF, 0xD8, 0xFF, 0xE0, 0, 1, 1, 2], .damaged),
        ("a JPEG of 4 gigapixels", changed(frame: [8, 0xFF, 0xFF, 0xFF, 0xFF]), .tooLarge),
        ("a JPEG of 900 megapixels", changed(frame: [8, 0x75, 0x30, 0x75, 0x30]), .tooLarge),
        ("a JPEG of 12 bits", changed(frame: [12, 0, 32, 0, 64]), .unsupported),
        ("a JPEG without a height", changed(frame: [8, 0, 0, 0, 64]), .unsupported),
        ("a JPEG of arithmetic coding", changed(marker: 0xC9), .unsupported),
        ("a lossless JPEG", changed(marker: 0xC3), .unsupported),
        ("a JPEG with a second frame", jpeg.prefix(2) + frame + jpeg.dropFirst(2), .damaged),
    ]

    private static var frameStart: Int { jpeg.indices.first { jpeg[$0] == 0xFF && jpeg[$0 + 1] == 0xC0 } ?? 0 }
    private static var frame: [UInt8] { Array(jpeg[frameStart..<frameStart + 19]) }

    private static func changed(marker: UInt8 = 0xC0, frame: [UInt8] = []) -> [UInt8] {
        var bytes = jpeg
        bytes[frameStart + 1] = marker
        for (index, byte) in frame.enumerated() { bytes[frameStart + 4 + index] = byte }
        return bytes
    }

    @Test(arguments: hostile.indices) func whatCannotBeShownIsSaidInItsPlace(_ index: Int) throws {
        let (name, bytes, reason) = Self.hostile[index]
        let hash = String(repeating: "c0ffee12", count: 8)
        var form = Forms.form([.photos([Forms.photo(hash, "Caption")]), .signature(Forms.place("s"))])
        form.letterhead.logo = Forms.picture(hash)
        let signature = RenderedSignature(place: "s", signer: "S", role: "", signedAt: "", content: .picture(Forms.picture(hash)))
        let pdf = try Forms.render(form, signatures: [signature], pictures: [hash: bytes])
        #expect(pdf.unshown == [UnshownPicture(picture: Forms.picture(hash), reason: reason)], "\(name)")
        let reader = try Reader(pdf.bytes)
        try reader.check()
        let words = try reader.words()
        #expect(words.contains("c0ffee12c0ff"), "\(name)")
        #expect(words.components(separatedBy: "This picture").count == 4, "\(name)")
    }

    /// Every JPEG that is cut, or has a byte changed, is shown or is said to be damaged; nothing else happens.
    @Test func aDamagedJPEGDoesNoHarm() throws {
        let form = Forms.form([.photos((0..<60).map { Forms.photo("\($0)") })])
        var cut: [String: [UInt8]] = [:], changed: [String: [UInt8]] = [:]
        for index in 0..<60 {
            cut["\(index)"] = Array(Self.jpeg.prefix(index * Self.jpeg.count / 60))
            var bytes = Self.jpeg
            bytes[2 + index * (bytes.count - 2) / 60] ^= 0xFF
            changed["\(index)"] = bytes
        }
        let first = try Forms.render(form, pictures: cut)
        #expect(first.unshown.count == 60)
        try Reader(first.bytes).check()
        let second = try Forms.render(form, pictures: changed)
        #expect(!second.unshown.isEmpty)
        try Reader(second.bytes).check()
    }

    @Test func aPictureThatHasNotComeIsWaitedFor() throws {
        let form = Forms.form([.heading("Heading"), .photos([Forms.photo("missing")])])
        let error = #expect(throws: PDFRenderingError.self) { try Forms.render(form) }
        #expect(error?.code == .pictureMissing(Forms.picture("missing")))
        #expect(error?.message.contains("missing") == true)
        // Pages have been drawn before it.
        let long = Forms.form([.heading("Heading"), Forms.filler(300), .heading("Photos"), .photos([Forms.photo("missing")])])
        #expect(throws: PDFRenderingError.self) { try Forms.render(long) }
        let draft = try Forms.render(form, marks: DocumentMarks(isDraft: true))
        #expect(draft.unshown.map(\.reason) == [.toCome])
        #expect(try Reader(draft.bytes).words().contains("has not arrived yet"))
    }

    @Test func whyAPictureCouldNotBeReadIsToldOn() throws {
        struct Broken: Error {}
        let form = Forms.form([.photos([Forms.photo("a")])])
        let error = #expect(throws: PDFRenderingError.self) {
            try PDFRenderer().render(form, hash: Samples.hash, created: 0) { _ in throw Broken() }
        }
        #expect(error?.code == .pictureUnreadable(Forms.picture("a")))
        #expect(error?.cause is Broken)
    }

    /// What is beyond the bounds of embedding comes smaller, and what is shown often comes once.
    @Test func largePicturesAreMadeSmallerAndEachComesOnce() throws {
        var limits = PDFRenderingLimits()
        limits.embeddedBytes = 100
        limits.reducedSide = 40
        let name = try #require(try Samples.form("service-report.en").letterhead.logo)
        let logo = try #require(try Samples.picture(name))
        let form = Forms.form([.photos([Forms.photo("a"), Forms.photo("b"), Forms.photo("a")]), Forms.filler(60), .photos([Forms.photo("a")])])
        let pdf = try Forms.render(form, limits: limits, pictures: ["a": Self.turned(6), "b": logo])
        let images = try Reader(pdf.bytes).table("pdfimages")
        // page num type width height color comp bpc enc interp object ID …
        #expect(images.map { $0[3] + "x" + $0[4] } == ["40x20", "40x10", "40x20", "40x20"])
        #expect(images.allSatisfy { $0[8] == "jpeg" })
        // Twice on the first page, and again on the second: those are one.
        #expect(images[0][10] != images[2][10] && images[0][10] == images[3][10])
        try Reader(pdf.bytes).check()
        #expect(pdf.unshown.isEmpty)
    }
}
