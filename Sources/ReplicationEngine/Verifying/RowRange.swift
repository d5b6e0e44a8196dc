import Foundation
import ReplicationCore
import WireProtocol

/// Rows that follow each other by their keys, across collections.
public struct RowRange: Hashable, Sendable {
    /// The range begins behind this key; at the first row for nil.
    public var after: RowKey?
    /// The range ends with this key; with the last row for nil.
    public var upTo: RowKey?

    public init(after: RowKey? = nil, upTo: RowKey? = nil) {
        self.after = after
        self.upTo = upTo
    }

    /// Nil if a key has not 20 bytes, or the range ends before it begins.
    init?(_ wire: WireKeyRange) {
        guard wire.after.isEmpty || wire.after.count == 20, wire.upTo.isEmpty || wire.upTo.count == 20 else { return nil }
        self.init(after: RowKey(packed: wire.after), upTo: RowKey(packed: wire.upTo))
        if let after, let upTo, upTo <= after { return nil }
    }

    var wire: WireKeyRange {
        var wire = WireKeyRange()
        if let after { wire.after = Data(after.packed) }
        if let upTo { wire.upTo = Data(upTo.packed) }
        return wire
    }
}

/// What one side holds of a part of a range: a fingerprint of all its rows, or, where they are few, each one's digest.
struct RangePart: Sendable, Equatable {
    var range: RowRange
    var content: Content

    enum Content: Sendable, Equatable {
        case fingerprint(RangeFingerprint.Value)
        /// By rising key.
        case rows([Item])
    }

    struct Item: Sendable, Equatable {
        let key: RowKey
        let digest: RowDigest
    }
}

extension RangePart {
    var wire: WireRangePart {
        var wire = WireRangePart()
        if let upTo = range.upTo { wire.upTo = Data(upTo.packed) }
        switch content {
        case .fingerprint(let value):
            wire.rows = value.rows
            wire.fingerprint = Data(value.bytes)
        case .rows(let items):
            wire.rows = UInt64(items.count)
            wire.items = Data(items.flatMap { $0.key.packed + $0.digest.bytes })
        }
        return wire
    }

    /// The parts that answer for ranges.
    ///
    /// - Returns: nil if the answer does not cover each range from its beginning to its end, in order and without a gap, or
    ///   a part holds what is not in it.
    static func parts(of ranges: [RowRange], in answer: [WireRangePart]) -> [RangePart]? {
        var parts: [RangePart] = []
        var rest = answer[...]
        for range in ranges {
            var after = range.after
            var isCovered = false
            while !isCovered {
                guard let wire = rest.popFirst(), wire.upTo.isEmpty || wire.upTo.count == 20 else { return nil }
                let part = RowRange(after: after, upTo: RowKey(packed: wire.upTo))
                isCovered = part.upTo == range.upTo
                if !isCovered {
                    // Every part but the last ends within the range and gets it further.
                    guard let upTo = part.upTo, after.map({ $0 < upTo }) ?? true, range.upTo.map({ upTo < $0 }) ?? true
                    else { return nil }
                }
                guard let content = Content(wire, in: part) else { return nil }
                parts.append(RangePart(range: part, content: content))
                after = part.upTo
            }
        }
        return rest.isEmpty ? parts : nil
    }
}

extension RangePart.Content {
    fileprivate init?(_ wire: WireRangePart, in range: RowRange) {
        if !wire.fingerprint.isEmpty {
            guard let value = RangeFingerprint.Value(rows: wire.rows, bytes: wire.fingerprint) else { return nil }
            self = .fingerprint(value)
            return
        }
        let bytes = Array(wire.items)
        guard bytes.count % 52 == 0, UInt64(bytes.count / 52) == wire.rows else { return nil }
        var items: [RangePart.Item] = []
        var last = range.after
        for start in stride(from: 0, to: bytes.count, by: 52) {
            guard let key = RowKey(packed: bytes[start..<start + 20]), let digest = RowDigest(bytes: bytes[start + 20..<start + 52]),
                last.map({ $0 < key }) ?? true, range.upTo.map({ key <= $0 }) ?? true
            else { return nil }
            items.append(RangePart.Item(key: key, digest: digest))
            last = key
        }
        self = .rows(items)
    }
}
