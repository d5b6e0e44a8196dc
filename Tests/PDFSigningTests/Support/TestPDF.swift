/// Small PDFs in shapes that the renderer does not write, but that the format allows.
struct TestPDF {
    var version = "1.4"
    /// Objects besides catalog (1), pages (2) and page (3), from number 4 on.
    var objects: [String] = []
    var catalog = ""
    var page = ""
    var pages = "/Kids [3 0 R] /Count 1"
    /// `{start}` stands for where the table begins.
    var trailer = ""
    /// Bytes of a stream that takes up room.
    var filling = 0
    var lineEnd = " \n"

    var bytes: [UInt8] {
        let content = "BT /F1 18 Tf 60 700 Td (Hand made) Tj ET"
        var all = [
            "<< /Type /Catalog /Pages 2 0 R \(catalog) >>", "<< /Type /Pages \(pages) >>",
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> /Contents \(4 + objects.count) 0 R \(page) >>",
        ] + objects
        all.append("<< /Length \(content.utf8.count) >>\nstream\n\(content)\nendstream")
        var output = Array("%PDF-\(version)\n%\u{E2}\u{E3}\n".utf8), offsets: [Int] = []
        for (index, object) in all.enumerated() {
            offsets.append(output.count)
            output += "\(index + 1) 0 obj\n\(object)\nendobj\n".utf8
        }
        if filling > 0 {
            offsets.append(output.count)
            output += "\(offsets.count) 0 obj\n<< /Length \(filling) >>\nstream\n".utf8
            var state: UInt32 = 1
            for _ in 0..<filling {
                state = state &* 1_664_525 &+ 1_013_904_223
                output.append(UInt8(state >> 24))
            }
            output += "\nendstream\nendobj\n".utf8
        }
        let start = output.count
        output += "xref\n0 \(offsets.count + 1)\n0000000000 65535 f\(lineEnd)".utf8
        for offset in offsets { output += "\(String(repeating: "0", count: 10 - String(offset).count))\(offset) 00000 n\(lineEnd)".utf8 }
        output += "trailer\n<< /Size \(offsets.count + 1) /Root 1 0 R \(trailer.split(separator: "{start}", omittingEmptySubsequences: false).joined(separator: "\(start)")) >>\nstartxref\n\(start)\n%%EOF".utf8
        return output
    }
}
