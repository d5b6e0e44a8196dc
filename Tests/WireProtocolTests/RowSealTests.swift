import Crypto
import Foundation
import ReplicationCore
import Testing
import TestSupport
@testable import WireProtocol

struct RowSealTests {
    @Test func everyBitCounts() throws {
        let sealed = GoldenVectors.sealedRow(GoldenVectors.rows[0])
        #expect(sealed.seal.count == RowSeal.bytes)
        #expect(GoldenVectors.rowSeal.isSealed(sealed, in: 9, version: 3))
        #expect(!GoldenVectors.rowSeal.isSealed(sealed, in: 8, version: 3))
        #expect(!GoldenVectors.rowSeal.isSealed(sealed, in: 9, version: 4))
        let other = RowSeal(hub: ReplicaID(high: 1, low: 1), key: Receipts.key)
        #expect(!other.isSealed(sealed, in: 9, version: 3), "another hub's")
        for bit in 0..<sealed.clock.count * 8 {
            var changed = sealed
            changed.clock[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(!GoldenVectors.rowSeal.isSealed(changed, in: 9, version: 3))
        }
        for bit in 0..<RowSeal.bytes * 8 {
            var changed = sealed
            changed.seal[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(!GoldenVectors.rowSeal.isSealed(changed, in: 9, version: 3))
        }
        for count in [0, 15, 17, 32] {
            var changed = sealed
            changed.seal = Data((sealed.seal + sealed.seal).prefix(count))
            #expect(!GoldenVectors.rowSeal.isSealed(changed, in: 9, version: 3))
        }
    }

    /// However a client writes the message, the hub writes it as it does.
    @Test func theOrderOfFieldsDoesNotCount() throws {
        let sealed = GoldenVectors.sealedRow(GoldenVectors.rows[0])
        var first = WireRowChange(), rest = sealed
        first.seal = sealed.seal
        rest.seal = Data()
        let turned = try WireRowChange(serializedBytes: try first.serializedData() + rest.serializedData())
        #expect(GoldenVectors.rowSeal.isSealed(turned, in: 9, version: 3))
    }

    /// The hub's secret seals receipts as well: of what it seals there, nothing is ever a row.
    @Test func aReceiptIsNoRow() throws {
        var change = GoldenVectors.sealedRow(GoldenVectors.rows[0])
        change.seal = Data()
        let body = try change.serializedData()
        change.seal = Data(HMAC<SHA256>.authenticationCode(for: body, using: Receipts.key).prefix(RowSeal.bytes))
        #expect(!GoldenVectors.rowSeal.isSealed(change, in: 9, version: 3))
    }
}
