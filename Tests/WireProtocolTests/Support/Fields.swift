import ReplicationCore
import TestSupport

/// The fields of a Protocol Buffers message, taken apart and put together again, also as no writer would.
enum Fields {
    struct Field {
        var number: UInt64
        var content: Content
    }

    enum Content {
        case varint(UInt64)
        case fixed64(UInt64)
        case fixed32(UInt32)
        case body([UInt8])
        /// Groups in each other; the innermost holds a number.
        case group(levels: Int)

        var format: UInt64 {
            switch self {
            case .varint: 0
            case .fixed64: 1
            case .body: 2
            case .group: 3
            case .fixed32: 5
            }
        }
    }

    /// Nil for what is no message of varints, 64-bit numbers and bodies.
    static func split(_ message: [UInt8]) -> [Field]? {
        var fields: [Field] = []
        var rest = message[...]
        func varint() -> UInt64? {
            var value: UInt64 = 0
            for shift in stride(from: UInt64(0), through: 63, by: 7) {
                guard let byte = rest.popFirst() else { return nil }
                value |= UInt64(byte & 0x7F) << shift
                if byte < 0x80 { return value }
            }
            return nil
        }
        while !rest.isEmpty {
            guard let tag = varint(), tag >= 8 else { return nil }
            switch tag & 7 {
            case 0:
                guard let value = varint() else { return nil }
                fields.append(Field(number: tag >> 3, content: .varint(value)))
            case 1:
                guard rest.count >= 8 else { return nil }
                let value = rest.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
                rest.removeFirst(8)
                fields.append(Field(number: tag >> 3, content: .fixed64(value)))
            case 2:
                guard let count = varint(), count <= UInt64(rest.count) else { return nil }
                fields.append(Field(number: tag >> 3, content: .body(Array(rest.prefix(Int(count))))))
                rest.removeFirst(Int(count))
            default: return nil
            }
        }
        return fields
    }

    /// Now and then a number takes more bytes than it needs.
    static func joined(_ fields: [Field], _ random: inout SplitMix64) -> [UInt8] {
        var bytes: [UInt8] = []
        func put(_ value: UInt64, padding: Int = 0) {
            var rest = value
            while rest >= 0x80 {
                bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
                rest >>= 7
            }
            bytes.append(UInt8(truncatingIfNeeded: rest))
            guard padding > 0 else { return }
            bytes[bytes.count - 1] |= 0x80
            bytes.append(contentsOf: [UInt8](repeating: 0x80, count: padding - 1) + [random.oneIn(3) ? 0x7F : 0])
        }
        func padding() -> Int { random.oneIn(60) ? Int(random.next() % 10) : 0 }
        for field in fields {
            put(field.number << 3 | field.content.format, padding: padding())
            switch field.content {
            case .varint(let value): put(value, padding: padding())
            case .fixed64(let value): withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
            case .fixed32(let value): withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
            case .body(let body):
                put(UInt64(body.count), padding: padding())
                bytes.append(contentsOf: body)
            case .group(let levels):
                for _ in 1..<levels { put(field.number << 3 | 3, padding: padding()) }
                put(1 << 3)
                put(random.next(), padding: padding())
                for level in 0..<levels { put((level == 0 && random.oneIn(20) ? 5 : field.number) << 3 | 4) }
            }
        }
        return bytes
    }
}
