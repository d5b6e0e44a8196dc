import Foundation
import TestSupport
import WireProtocol

@testable import ReplicationEngine

/// What crossed between the devices of a house and its hub, frame by frame, from stores that are kept beside it.
///
/// As a file: a line of JSON for each step, with the frame in Base64 and, for readers, its messages in Protobuf's JSON mapping.
struct Transcript {
    struct Step {
        enum Kind: String { case opened, up, down, closed }

        var kind: Kind
        var device: String
        var connection: UInt64
        /// The hub's wall clock, and the device's clocks, in milliseconds.
        var hubWall: UInt64
        var deviceWall: UInt64
        var monotonic: UInt64
        var frame: [UInt8] = []
    }

    /// What happens, for people.
    var title: String
    var hubVersion: UInt32
    var devices: [String]
    /// What people call the rows that it is about, by identity.
    var names: [String: String]
    var steps: [Step] = []
    /// What each device's tables show in the end: by collection, rows by identity, each as text.
    var shown: [String: [String: [String: String]]] = [:]

    /// Where what was recorded is kept.
    static let folder = "Fixtures/transcripts"

    // MARK: As a file

    var text: String {
        get throws {
            var lines = [try Self.line([
                "title": title, "hubVersion": Int(hubVersion), "devices": devices, "names": names,
            ])]
            for step in steps {
                var members: [String: Any] = [
                    "kind": step.kind.rawValue, "device": step.device, "connection": Int(step.connection),
                    "hubWall": Int(step.hubWall), "deviceWall": Int(step.deviceWall), "monotonic": Int(step.monotonic),
                ]
                if !step.frame.isEmpty {
                    members["frame"] = Data(step.frame).base64EncodedString()
                    members["messages"] = try Self.messages(in: step.frame)
                }
                lines.append(try Self.line(members))
            }
            lines.append(try Self.line(["shown": shown]))
            return lines.joined(separator: "\n") + "\n"
        }
    }

    init(title: String, hubVersion: UInt32, devices: [String], names: [String: String]) {
        (self.title, self.hubVersion, self.devices, self.names) = (title, hubVersion, devices, names)
    }

    /// - Parameter text: of a file.
    init(reading text: String) throws {
        let lines = try text.split(separator: "\n").map { line in
            try Self.known(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
        let head = try Self.known(lines.first)
        self.init(
            title: try Self.known(head["title"] as? String), hubVersion: UInt32(try Self.known(head["hubVersion"] as? Int)),
            devices: try Self.known(head["devices"] as? [String]), names: try Self.known(head["names"] as? [String: String]))
        shown = try Self.known(lines.last?["shown"] as? [String: [String: [String: String]]])
        steps = try lines.dropFirst().dropLast().map { try Self.step($0) }
    }

    private static func step(_ members: [String: Any]) throws -> Step {
        func number(_ name: String) throws -> UInt64 { UInt64(try known(members[name] as? Int)) }
        let frame = try (members["frame"] as? String).map { try known(Data(base64Encoded: $0)) }
        if let frame { try checkMessages(known(members["messages"] as? [Any]), are: Array(frame)) }
        return Step(
            kind: try known((members["kind"] as? String).flatMap(Step.Kind.init)), device: try known(members["device"] as? String),
            connection: try number("connection"), hubWall: try number("hubWall"), deviceWall: try number("deviceWall"),
            monotonic: try number("monotonic"), frame: Array(frame ?? Data()))
    }

    /// What stands beside a frame is what it means still.
    private static func checkMessages(_ recorded: [Any], are frame: [UInt8]) throws {
        guard Meaning.says(try messages(in: frame), all: recorded) else {
            throw House.Trouble(what: "A recorded frame means something else today: \(recorded)")
        }
    }

    /// The messages of a frame in Protobuf's JSON mapping.
    static func messages(in frame: [UInt8]) throws -> [[String: Any]] {
        try WireFrame(serializedBytes: frame).messages.map { message in
            try known(JSONSerialization.jsonObject(with: message.jsonUTF8Data()) as? [String: Any])
        }
    }

    private static func line(_ members: [String: Any]) throws -> String {
        String(decoding: try JSONSerialization.data(withJSONObject: members, options: [.sortedKeys, .withoutEscapingSlashes]), as: UTF8.self)
    }

    private static func known<Value>(_ value: Value?) throws -> Value {
        guard let value else { throw House.Trouble(what: "A recorded transcript lacks a member, or has it in another form.") }
        return value
    }
}

/// What has to stay true of recorded messages: a later side may say more, and never otherwise.
enum Meaning {
    /// True if everything that was recorded is said: members of objects by name, objects of an array one by one, and what else
    /// stands in an array, such as capabilities, in its order among others.
    static func says(_ said: Any, all recorded: Any) -> Bool {
        switch (said, recorded) {
        case (let said as [String: Any], let recorded as [String: Any]):
            return recorded.allSatisfy { name, value in said[name].map { says($0, all: value) } ?? false }
        case (let said as [[String: Any]], let recorded as [[String: Any]]):
            return said.count == recorded.count && zip(said, recorded).allSatisfy { says($0, all: $1) }
        case (let said as [Any], let recorded as [Any]):
            var rest = said[...]
            return recorded.allSatisfy { value in
                guard let place = rest.firstIndex(where: { says($0, all: value) }) else { return false }
                rest = rest[(place + 1)...]
                return true
            }
        default: return (said as? NSObject) == (recorded as? NSObject)
        }
    }

    /// The messages of frames one after another, without what is made up anew each time: nonces and what is signed over them, and
    /// questions for the time with their answers.
    static func comparable(_ frames: [[UInt8]]) throws -> [[String: Any]] {
        try frames.flatMap { try Transcript.messages(in: $0) }.compactMap { message in
            var message = message
            if message["timeRequest"] != nil || message["timeReply"] != nil { return nil }
            for (kind, member) in [("challenge", "nonce"), ("proof", "signature")] {
                guard var content = message[kind] as? [String: Any] else { continue }
                content[member] = nil
                message[kind] = content
            }
            return message
        }
    }
}
