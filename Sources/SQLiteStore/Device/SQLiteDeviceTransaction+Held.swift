import GRDB
import ReplicationCore
import ReplicationEngine
import WireProtocol

/// What the confirmed rows amount to: kept with every change of them, and written once for each transaction.
struct HeldKeeper {
    /// What stands in the table, with what this transaction has changed. Nil within: nobody knows. Nil: not read yet.
    var held: HeldSum??
    var isChanged = false
    /// The row that was read or written last, which mostly is the one that is written next.
    var last: (key: RowKey, state: RowState?)?
}

extension SQLiteDeviceTransaction {
    var held: HeldSum? {
        get throws {
            if let known = keeper.held { return known }
            let stored = try statement("SELECT rows, cells, sum FROM _held").first { row in
                row.withBytes(2) { DigestSum(raw: $0, cells: row.unsigned(1)) }.map { HeldSum(rows: row.unsigned(0), cells: $0) }
            } ?? nil
            keeper.held = .some(stored)
            return stored
        }
    }

    func save(held: HeldSum?) throws {
        keeper.held = .some(held)
        keeper.isChanged = true
    }

    /// Counts a confirmed row in, in the place of what is held of it. To be called before that is overwritten.
    func count(_ key: RowKey, _ confirmed: RowState?) throws {
        defer { keeper.last = (key, confirmed) }
        guard var held = try held else { return }
        do {
            if let last = keeper.last, last.key == key {
                held.replace(last.state, by: confirmed)
            } else {
                held.replace(try self.confirmed(key), by: confirmed)
            }
            try save(held: held)
        } catch let error as DeviceStoreError where error.code == .corrupt {
            // Nobody can tell what it had been counted as.
            try save(held: nil)
        }
    }

    /// Before the transaction ends.
    func writeHeld() throws {
        guard keeper.isChanged, let held = keeper.held else { return }
        guard let held else { return try statement("DELETE FROM _held").run() }
        let write = try statement("INSERT OR REPLACE INTO _held (one, rows, cells, sum) VALUES (1, ?, ?, ?)")
        try write.bind(unsigned: held.rows, at: 1)
        try write.bind(unsigned: held.cells.cells, at: 2)
        try write.bind(held.cells.bytes, at: 3)
        try write.run()
    }
}
