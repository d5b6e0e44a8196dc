import Foundation
import ReplicationCore

/// A `Changes` message as it came. Everything around the rows is read at once; each row when it is its turn, where it stands:
/// most need no more of it than their bytes.
public struct ReceivedChanges: Sendable, Equatable {
    /// The message without its rows and departures.
    public let header: WireChanges
    /// In the order in which they came.
    public let collections: [Part]
    private let bytes: [UInt8]

    /// What is said of a collection's rows.
    public struct Part: Sendable, Equatable {
        public fileprivate(set) var collection: UInt32 = 0
        /// Where each `RowChange` stands.
        public fileprivate(set) var rows: [Range<Int>] = []
        /// Where each id stands.
        public fileprivate(set) var evicted: [Range<Int>] = []
    }

    /// How many bytes the message has.
    public var size: Int { bytes.count }

    /// - Parameter bytes: a serialized `Changes`.
    /// - Throws: for what is no such message. Rows are not looked into.
    public init(_ bytes: [UInt8]) throws {
        var header: [UInt8] = []
        var parts: [Part] = []
        try bytes.withUnsafeBytes { buffer in
            var reader = MessageReader(buffer, level: 2)
            while case let start = reader.position, let field = try reader.next() {
                if field.number == 4, field.format == .body {
                    parts.append(try Self.part(try reader.body(), in: buffer))
                } else {
                    try reader.skip(field)
                    header += buffer[start..<reader.position]
                }
            }
        }
        self.header = try WireChanges(serializedBytes: header)
        self.bytes = bytes
        collections = parts
    }

    public init(_ changes: WireChanges) throws { try self.init(changes.serializedBytes()) }

    /// Lends the bytes in which the rows stand.
    public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try bytes.withUnsafeBytes(body)
    }

    /// The rows of a part, as the generated type has them.
    public func row(at range: Range<Int>) throws -> WireRowChange { try WireRowChange(serializedBytes: Array(bytes[range])) }

    private static func part(_ bytes: UnsafeRawBufferPointer, in message: UnsafeRawBufferPointer) throws(WireError) -> Part {
        func place(_ body: UnsafeRawBufferPointer) -> Range<Int> {
            guard let start = body.baseAddress, let first = message.baseAddress else { return 0..<0 }
            return start - first..<start - first + body.count
        }
        var part = Part()
        var reader = MessageReader(bytes, level: 3)
        while let field = try reader.next() {
            switch (field.number, field.format) {
            case (1, .varint): part.collection = try reader.varint32()
            case (2, .body): part.rows.append(place(try reader.body()))
            case (3, .body): part.evicted.append(place(try reader.body()))
            default: try reader.skip(field)
            }
        }
        return part
    }
}

/// A message as a device has it of its hub.
public enum ReceivedMessage: Sendable, Equatable {
    case changes(ReceivedChanges)
    case other(WireMessage)
}

extension WireFrame {
    /// The messages of a frame, in order.
    ///
    /// - Throws: for bytes that are no frame.
    public static func received(_ bytes: [UInt8]) throws -> [ReceivedMessage] {
        try bytes.withUnsafeBytes { buffer in
            var messages: [ReceivedMessage] = []
            var reader = MessageReader(buffer)
            while let field = try reader.next() {
                if field.number == 1, field.format == .body {
                    messages.append(try ReceivedMessage(try reader.body()))
                } else {
                    try reader.skip(field)
                }
            }
            return messages
        }
    }
}

extension ReceivedMessage {
    fileprivate init(_ bytes: UnsafeRawBufferPointer) throws {
        var reader = MessageReader(bytes, level: 1)
        // Of several bodies the generated type says which one counts.
        if let field = try reader.next(), field.number == 13, field.format == .body, case let body = try reader.body(), reader.isAtEnd {
            self = .changes(try ReceivedChanges([UInt8](body)))
        } else {
            self = .other(try WireMessage(serializedBytes: [UInt8](bytes)))
        }
    }
}
