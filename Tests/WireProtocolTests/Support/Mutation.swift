import ReplicationCore
import TestSupport

/// Bytes as somebody sends them who keeps to nothing.
enum Mutation {
    /// Changes some bytes, whatever they mean.
    static func bytes(_ bytes: [UInt8], _ random: inout SplitMix64) -> [UInt8] {
        var bytes = bytes
        for _ in 0...random.next() % 3 where !bytes.isEmpty {
            let place = Int(random.next() % UInt64(bytes.count))
            switch random.next() % 6 {
            case 0: bytes[place] ^= 1 << UInt8(random.next() % 8)
            case 1: bytes[place] = [0, 1, 0x7F, 0x80, 0xFF][Int(random.next() % 5)]
            case 2: bytes.remove(at: place)
            case 3: bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: place)
            case 4: bytes.removeSubrange(place..<min(place + 8, bytes.count))
            default: bytes.insert(contentsOf: bytes[place..<min(place + 16, bytes.count)], at: place)
            }
        }
        return bytes
    }

    /// Changes the fields of a message and of the messages within, with lengths that fit: so changes reach what lies
    /// behind the framing.
    ///
    /// - Parameter depth: how many levels of messages may be looked for in its fields.
    static func fields(_ message: [UInt8], depth: Int, _ random: inout SplitMix64) -> [UInt8] {
        guard var fields = Fields.split(message) else { return bytes(message, &random) }
        for _ in 0...random.next() % 2 {
            let place = fields.isEmpty ? 0 : Int(random.next() % UInt64(fields.count))
            switch random.next() % 10 {
            case 0: fields.insert(unknown(&random), at: place)
            case 1: fields.append(unknown(&random))
            case 2 where !fields.isEmpty: fields.append(fields[place])
            case 3 where !fields.isEmpty: fields.swapAt(0, place)
            case 4 where !fields.isEmpty: fields.remove(at: place)
            case 5 where !fields.isEmpty: fields[place].number = random.next() % 10
            case 6 where !fields.isEmpty: fields[place].content = content(&random)
            default:
                guard !fields.isEmpty, case .body(let body) = fields[place].content else { break }
                fields[place].content = .body(
                    depth > 0 && !random.oneIn(6)
                        ? Self.fields(body, depth: depth - 1, &random) : bytes(body, &random))
            }
        }
        return Fields.joined(fields, &random)
    }

    private static func unknown(_ random: inout SplitMix64) -> Fields.Field {
        Fields.Field(number: random.next() % 30, content: content(&random))
    }

    private static func content(_ random: inout SplitMix64) -> Fields.Content {
        switch random.next() % 6 {
        case 0: .varint(random.next() >> UInt64.random(in: 0..<64, using: &random))
        case 1: .fixed64([0, 0x7FF0_0000_0000_0000, 0x7FF8_0000_0000_0000, 1 << 63, random.next()][Int(random.next() % 5)])
        case 2: .fixed32(UInt32(truncatingIfNeeded: random.next()))
        case 3: .group(levels: Int([1, 2, 96, 97, 98, 99, 100][Int(random.next() % 7)]))
        default: .body(random.oneIn(2) ? Array("caf\u{E9}".utf8) : random.bytes([0, 1, 3, 16, 32][Int(random.next() % 5)]))
        }
    }
}
