import ReplicationCore

/// A value that occurs nowhere else, of a field's type.
struct MarkedValue {
    let value: Value
    /// The ways in which its bytes may stand in a frame. Empty for types with too few values to be found: of those only the
    /// cell is looked for.
    let forms: [[UInt8]]

    /// - Parameters:
    ///   - number: another one for each value; from 1 to 4,000.
    ///   - target: what a reference names.
    init(of type: FieldType, number: Int, wall: UInt64, target: () -> Value) {
        let text = "mark\(100_000 + number)z"
        switch type {
        case .text, .custom: value = .text(text)
        case .integer(let minimum, let maximum) where maximum < 1 << 42:
            // Four bytes are the fewest that do not turn up by chance.
            let marked = Int64(1 << 26 + 257 * number)
            value = .integer(maximum >= 100_000_000 ? marked : max(minimum, min(maximum, Int64(1 + number % 5))))
        case .integer: value = .integer(Int64(1) << 41 + Int64(number) * 1_009)
        case .real: value = .real(41.000_123 + Double(number) / 1_024)
        case .boolean: value = .boolean(true)
        case .timestamp: value = .integer(Int64(wall) + 600_000 + Int64(number) * 1_009)
        case .date: value = .integer(20_000 + Int64(number))
        case .choice(let choices): value = .text(choices[number % choices.count])
        case .reference, .anyReference: value = target()
        case .bytes: value = .bytes(Array("\(text)-bytes".utf8.prefix(16)))
        case .blob: value = .text("\(Self.hash(number)) 1024 image/jpeg")
        }
        switch type {
        case .text, .custom, .bytes: forms = [Array(text.utf8)]
        case .blob: forms = [Array(Self.hash(number).utf8)]
        case .integer, .timestamp: forms = value.integer.map { Self.forms(of: $0) } ?? []
        case .real: forms = Self.forms(ofReal: value)
        case .boolean, .date, .choice, .reference, .anyReference: forms = []
        }
    }

    /// In hexadecimal.
    private static func hash(_ number: Int) -> String {
        let digits = String(0xABCD_0000 + number, radix: 16)
        return String(repeating: digits, count: 64 / digits.count)
    }

    private static func forms(of number: Int64) -> [[UInt8]] {
        guard number >= 1 << 26 else { return [] }
        func varint(_ number: UInt64) -> [UInt8] {
            number < 128 ? [UInt8(number)] : [UInt8(number & 127) | 128] + varint(number >> 7)
        }
        func fixed(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * Int64($0))) } }
        return [varint(UInt64(number) << 1), Array("\(number)".utf8), fixed(8), fixed(8).reversed()]
            + (number >= 1 << 35 ? [varint(UInt64(number))] : [])
    }

    private static func forms(ofReal value: Value) -> [[UInt8]] {
        guard case .real(let number) = value else { return [] }
        let bytes = (0..<8).map { UInt8(truncatingIfNeeded: number.bitPattern >> (8 * UInt64($0))) }
        return [bytes, bytes.reversed(), Array("\(number)".utf8)]
    }
}
