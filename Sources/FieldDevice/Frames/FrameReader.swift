import ReplicationEngine
import SwiftProtobuf
import WireProtocol

/// Reads the messages of one connection, both ways, and joins what comes in fragments.
struct FrameReader: Sendable {
    struct Message: Sendable, Equatable {
        var name: String
        var lane: Lane
        var bytes: Int
        var fragments: Int
        var contents: String
    }

    private struct Joining: Sendable {
        var assembly = FragmentAssembly()
        var fragments = 0
    }

    private var sent = Joining()
    private var received = Joining()

    mutating func read(_ bytes: [UInt8], _ direction: FrameLine.Direction, _ names: FrameNames) -> [Message] {
        do {
            return try WireFrame.received(bytes).flatMap { try read($0, direction, names) }
        } catch {
            return [Message(name: "(no frame)", lane: .changes, bytes: bytes.count, fragments: 0, contents: "\(error)")]
        }
    }

    private mutating func read(
        _ message: ReceivedMessage, _ direction: FrameLine.Direction, _ names: FrameNames
    ) throws -> [Message] {
        guard case .other(let other) = message, case .fragment(let fragment) = other.body else {
            return [try Self.describe(message, names)]
        }
        let path: WritableKeyPath<Self, Joining> = direction == .sent ? \.sent : \.received
        self[keyPath: path].fragments += 1
        guard let whole = try self[keyPath: path].assembly.take(fragment) else { return [] }
        let fragments = self[keyPath: path].fragments
        self[keyPath: path].fragments = 0
        return try WireFrame.received(whole).map { inner in
            var described = try Self.describe(inner, names)
            described.fragments = fragments
            described.lane = .changes
            return described
        }
    }

    private static func describe(_ message: ReceivedMessage, _ names: FrameNames) throws -> Message {
        let text = FrameText(names: names)
        switch message {
        case .changes(let changes):
            return Message(name: "Changes", lane: .changes, bytes: changes.size, fragments: 0, contents: text.words(changes))
        case .other(let other):
            let (name, contents) = try text.words(other)
            return Message(
                name: name, lane: lane(of: other), bytes: try other.serializedData().count, fragments: 0, contents: contents)
        }
    }

    /// The lane in which a hub sends it.
    private static func lane(of message: WireMessage) -> Lane {
        switch message.body {
        case .blobChunk: .blobs
        case .changes, .fragment, .salvaged, .upload, .salvage, .digests, .ranges, .preview: .changes
        default: .urgent
        }
    }
}
