import Foundation
import ReplicationCore

@testable import Domain

/// The package's own files.
enum Fixtures {
    static let top = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static func text(_ path: String) throws -> String {
        try String(contentsOf: top.appending(path: path), encoding: .utf8)
    }

    static func company(_ schema: Schema) throws -> SeedFile {
        let path = "Fixtures/sample-company/company.yaml"
        return try SeedFile.load(text: text(path), file: path, schema: schema)
    }

    static func mapping(_ schema: Schema) throws -> ImportMapping {
        let path = "Fixtures/mappings/nyc311.yaml"
        return try ImportMapping.load(text: text(path), file: path, schema: schema)
    }

    /// Reads a whole file in pieces of so many bytes.
    static func events(_ bytes: [UInt8], mapping: ImportMapping, piece: Int = 65536) throws -> [ImportEvent] {
        var reader = ImportReader(mapping: mapping, file: "requests.csv")
        var events: [ImportEvent] = []
        var start = 0
        while start < bytes.count {
            let end = min(start + piece, bytes.count)
            events += try reader.feed(bytes[start..<end])
            start = end
        }
        return try events + reader.finish()
    }
}
