/// What a PDF looks like.
enum Pixels {
    static func of(_ pdf: [UInt8]) throws -> [[UInt8]] {
        let folder = try TemporaryFolder()
        try folder.write(pdf, "shown.pdf")
        try Programs.run("/usr/bin/pdftoppm", ["-r", "40", folder.path("shown.pdf"), folder.path("page")])
        return try [1, 2].map { try folder.read("page-\($0).ppm") }
    }
}
