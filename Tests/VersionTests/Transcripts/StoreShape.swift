import Foundation
import GRDB

/// The tables and indexes of a store, as SQLite has them written down.
enum StoreShape {
    static func of(_ path: String) throws -> [String] {
        // Reading would leave SQLite's files beside what is kept.
        let copy = NSTemporaryDirectory() + "converge-shape-" + UUID().uuidString
        try FileManager.default.copyItem(atPath: path, toPath: copy)
        defer { for end in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: copy + end) /* A leftover file harms no test. */ } }
        return try DatabaseQueue(path: copy).read { database in
            try String.fetchAll(database, sql: "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")
        }
    }
}
