/// Walks over serialized messages without making values of them: a light device only counts what arrives,
/// and should cost the machine little beside the hub that is measured.
enum WireScan {
    /// Calls `body` with the number and the bytes of each length-delimited field; others are passed over.
    ///
    /// - Returns: false if the bytes are no message.
    static func fields(
        _ bytes: UnsafeRawBufferPointer, _ body: (UInt64, UnsafeRawBufferPointer) -> Void
    ) -> Bool {
        var place = 0
        func varint() -> UInt64? {
            var value: UInt64 = 0
            for shift in stride(from: UInt64(0), through: 63, by: 7) {
                guard place < bytes.count else { return nil }
                let byte = bytes[place]
                place += 1
                value |= UInt64(byte & 0x7F) << shift
                if byte < 0x80 { return value }
            }
            return nil
        }
        while place < bytes.count {
            guard let tag = varint() else { return false }
            switch tag & 7 {
            case 0: if varint() == nil { return false }
            case 1: place += 8
            case 5: place += 4
            case 2:
                guard let length = varint(), length <= UInt64(bytes.count - place) else { return false }
                body(tag >> 3, UnsafeRawBufferPointer(rebasing: bytes[place..<place + Int(length)]))
                place += Int(length)
            default: return false
            }
        }
        return place == bytes.count
    }

    /// What a light device needs to know of a `Changes` message.
    struct Changes {
        var cursor: [UInt8] = []
        var isComplete = false
        var rows = 0
    }

    static func changes(_ message: UnsafeRawBufferPointer) -> Changes? {
        var changes = Changes()
        let isWhole = fields(message) { number, bytes in
            switch number {
            case 1: changes.cursor = Array(bytes)
            case 2: changes.isComplete = true
            case 4: _ = fields(bytes) { number, _ in if number == 2 { changes.rows += 1 } }
            default: break
            }
        }
        return isWhole ? changes : nil
    }

    /// How many receipts a `Verdicts` message holds.
    static func receipts(_ message: UnsafeRawBufferPointer) -> Int {
        var count = 0
        _ = fields(message) { number, _ in if number == 1 { count += 1 } }
        return count
    }
}
