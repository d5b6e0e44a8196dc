import Foundation
import WireProtocol

extension WireHeld {
    init(_ held: HeldSum) {
        self.init()
        rows = held.rows
        cells = held.cells.cells
        sum = Data(held.cells.bytes)
    }
}

extension HeldSum {
    /// Nil unless the sum has 32 bytes.
    init?(_ wire: WireHeld) {
        guard let cells = DigestSum(bytes: wire.sum, cells: wire.cells) else { return nil }
        self.init(rows: wire.rows, cells: cells)
    }
}
