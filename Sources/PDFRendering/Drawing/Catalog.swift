/// The catalog of a PDF (ISO 32000-1, 7.7.2), as cairo writes it: the last object, just before the cross-reference table.
///
/// cairo 1.16 has no call that says the document's language, by which it is read aloud, nor that its title is to be shown.
/// Both are put into the catalog; the places of all objects stay, and the table moves by what was put in.
enum Catalog {
    /// The file with the language; nil if it is not as cairo 1.14 to 1.16 write it.
    static func adding(language: String, to bytes: [UInt8]) -> [UInt8]? {
        guard let table = tableStart(bytes), let catalog = catalogStart(bytes, table: table) else { return nil }
        let entries = Array(" /Lang (\(language))\n   /ViewerPreferences << /DisplayDocTitle true >>\n  ".utf8)
        let footer = Array("startxref\n".utf8)
        guard let end = last(footer, in: bytes) else { return nil }
        return bytes[..<catalog] + entries + bytes[catalog..<end] + footer + Array("\(table + entries.count)\n%%EOF\n".utf8)
    }

    private static func tableStart(_ bytes: [UInt8]) -> Int? {
        guard let footer = last(Array("startxref\n".utf8), in: bytes), let table = number(bytes, at: footer + 10),
            table < footer, bytes[table...].starts(with: Array("xref\n0 ".utf8))
        else { return nil }
        return table
    }

    /// Just behind the `<<` of the catalog, if that is the object that ends where the table begins.
    private static func catalogStart(_ bytes: [UInt8], table: Int) -> Int? {
        let root = Array("/Root ".utf8)
        guard let trailer = last(root, in: bytes), trailer > table, let object = number(bytes, at: trailer + root.count) else { return nil }
        let head = Array("\n\(object) 0 obj\n<<".utf8)
        guard let start = last(head, in: bytes), start < table, bytes[(start + head.count)...].starts(with: Array(" /Type /Catalog".utf8)),
            let end = last(Array("endobj\n".utf8), in: bytes), end > start, end + 7 == table
        else { return nil }
        return start + head.count
    }

    private static func number(_ bytes: [UInt8], at start: Int) -> Int? {
        Int(String(decoding: bytes[start...].prefix { (0x30...0x39).contains($0) }.prefix(12), as: UTF8.self))
    }

    private static func last(_ words: [UInt8], in bytes: [UInt8]) -> Int? {
        guard bytes.count >= words.count else { return nil }
        // What is looked for ends a file; its objects may be 40 MiB.
        return stride(from: bytes.count - words.count, through: 0, by: -1).first { bytes[$0...].starts(with: words) }
    }
}
