/// How one text stands for several, and several for one: the declared rule of a split or a join.
public struct Splitting: Hashable, Sendable {
    /// Stands between the pieces; never empty.
    public let separator: String
    /// Where a text has more separators than there are pieces, the surplus stays in the last piece, or, with
    /// `last`, in the first.
    public let cutsFrom: End

    public enum End: String, Hashable, Sendable, CaseIterable {
        case first
        case last
    }

    public init(separator: String, cutsFrom: End = .first) {
        precondition(!separator.isEmpty, "a text cannot be cut at nothing")
        self.separator = separator
        self.cutsFrom = cutsFrom
    }

    /// The pieces of a value: always so many. Missing ones are null; what is no text has none.
    public func pieces(of value: Value, count: Int) -> [Value] {
        guard case .text(let text) = value else { return Array(repeating: .null, count: count) }
        // Bytes, not characters: every language cuts at the same place.
        let bytes = Array(text.utf8), mark = Array(separator.utf8)
        var cuts = Self.places(of: mark, in: bytes)
        cuts = Array(cutsFrom == .first ? cuts.prefix(count - 1) : cuts.suffix(count - 1))
        var pieces: [Value] = []
        var start = 0
        for cut in cuts {
            pieces.append(.text(String(decoding: bytes[start..<cut], as: UTF8.self)))
            start = cut + mark.count
        }
        pieces.append(.text(String(decoding: bytes[start...], as: UTF8.self)))
        pieces += Array(repeating: .null, count: count - pieces.count)
        return pieces
    }

    /// The pieces as one text, without those that are null; null if all are.
    public func joined(_ pieces: [Value]) -> Value {
        let texts = pieces.compactMap(\.text)
        return texts.isEmpty ? .null : .text(texts.joined(separator: separator))
    }

    /// Where the mark stands, from the left, without overlaps.
    private static func places(of mark: [UInt8], in bytes: [UInt8]) -> [Int] {
        var places: [Int] = []
        var index = 0
        while index + mark.count <= bytes.count {
            if bytes[index] == mark[0], bytes[index..<index + mark.count].elementsEqual(mark) {
                places.append(index)
                index += mark.count
            } else {
                index += 1
            }
        }
        return places
    }
}
