import Foundation
import ReplicationCore
import ReplicationEngine
import WireProtocol

/// What the desk remembers for itself.
protocol DeskRecord: Codable {
    static var kind: String { get }
    var keyBytes: [UInt8] { get }
    var owner: RowID? { get }
    var due: UInt64? { get }
}

extension DeskRecord {
    var key: ServiceKey { ServiceKey(Self.kind, keyBytes) }

    func stored() throws -> ServiceRecord {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return ServiceRecord(key, owner: owner, due: due, value: [UInt8](try encoder.encode(self)))
    }

    init(_ record: ServiceRecord) throws { self = try JSONDecoder().decode(Self.self, from: Data(record.value)) }

    static func read(_ key: [UInt8], _ reader: any HubReader) throws -> Self? {
        try reader.serviceRecord(ServiceKey(kind, key)).map { try Self($0) }
    }

    static func read(owner: RowID, limit: Int = DeskLimits.recordsPerRow, _ reader: any HubReader) throws -> [Self] {
        try reader.serviceRecords(of: kind, owner: owner, limit: limit).map { try Self($0) }
    }

    static func read(dueBy moment: UInt64, limit: Int, _ reader: any HubReader) throws -> [Self] {
        try reader.serviceRecords(of: kind, dueBy: moment, limit: limit).map { try Self($0) }
    }
}

/// A link that was made. Its token is not known here.
struct LinkRecord: DeskRecord, Equatable {
    static let kind = "link"

    enum Purpose: String, Codable { case sign, copies, tracking, survey }

    /// SHA-256 of the token.
    var hash: [UInt8]
    var purpose: Purpose
    /// The request or the appointment.
    var subject: RowID
    /// What it is bound to.
    var documents: [Document] = []
    var made: UInt64
    var expires: UInt64
    var ended: Ending?
    var language: String

    struct Document: Codable, Hashable {
        var id: RowID
        var formHash: [UInt8]
    }

    struct Ending: Codable, Equatable {
        var reason: String
        var at: UInt64
    }

    var keyBytes: [UInt8] { hash }
    var owner: RowID? { subject }
    var due: UInt64? { nil }
}

/// A one-time code that was sent for a link.
struct CodeRecord: DeskRecord, Equatable {
    static let kind = "code"

    var link: [UInt8]
    var subject: RowID
    var salt: [UInt8]
    /// SHA-256 of salt and code.
    var hash: [UInt8]
    var expires: UInt64
    var tries: Int
    /// When codes were sent for the link.
    var sent: [UInt64]

    var keyBytes: [UInt8] { link }
    var owner: RowID? { subject }
    var due: UInt64? { nil }
}

/// What is still to be sent of a message, with what must not stand in its row. It goes when the message is handed over.
struct MailRecord: DeskRecord, Equatable {
    static let kind = "mail"

    var message: RowID
    var order: RowID
    /// When it was due first.
    var first: UInt64
    var next: UInt64
    var tries = 0
    /// SHA-256 of the token of the link that it brings.
    var link: [UInt8]?
    /// As `SecretBox` seals it; nil where it brings nothing that must not be read.
    var secret: [UInt8]?
    /// What it tells of when the technician is expected, and what was told before.
    var arrival: Int64?
    var formerArrival: Int64?

    var keyBytes: [UInt8] { message.bytes }
    var owner: RowID? { order }
    var due: UInt64? { next }
}

/// When a request has to be looked at again, without anything having been written.
struct RequestWatch: DeskRecord, Equatable {
    static let kind = "request"

    var request: RowID
    var at: UInt64
    /// How often what it waits for was looked for, up to a bound.
    var looks = 0

    var keyBytes: [UInt8] { request.bytes }
    var owner: RowID? { request }
    var due: UInt64? { at }
}

/// A document of which the signed copy is to be made.
struct CopyOrder: DeskRecord, Equatable {
    static let kind = "copy"

    var document: RowID
    var at: UInt64
    var tries = 0
    /// How often what it waits for was looked for, up to a bound.
    var looks = 0

    var keyBytes: [UInt8] { document.bytes }
    var owner: RowID? { document }
    var due: UInt64? { at }
}

/// A row that a signed document shows, or of which it lists what refers to it.
struct CoveredRow: DeskRecord, Equatable {
    static let kind = "shown"

    var row: RowID
    /// `collection.field`, whose rows are listed; nil for the row itself.
    var list: String?
    var document: RowID

    var keyBytes: [UInt8] { Self.owner(of: row, in: list).bytes + document.bytes }
    var owner: RowID? { Self.owner(of: row, in: list) }
    var due: UInt64? { nil }

    /// Not the row itself, with which this would be erased: that it is gone has to be told of the document.
    static func owner(of row: RowID, in list: String? = nil) -> RowID {
        DerivedIdentifier.make("shown", [row.bytes] + (list.map { [Array($0.utf8)] } ?? []))
    }
}

/// How far the desk has read the log.
struct LogPlace: DeskRecord, Equatable {
    static let kind = "place"

    var epoch: UInt32
    var number: UInt64

    init(_ sequence: CommitSequence) {
        epoch = sequence.epoch
        number = sequence.number
    }

    var sequence: CommitSequence { CommitSequence(epoch: epoch, number: number) }
    var keyBytes: [UInt8] { [] }
    var owner: RowID? { nil }
    var due: UInt64? { nil }
}

/// How far the log was read, and how much of that is on record.
struct LogProgress {
    var place: CommitSequence?
    var noted: CommitSequence?
    /// In Unix milliseconds.
    var notedAt: UInt64 = 0
}

extension Identifier: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let id = Self(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "no identifier")
        }
        self = id
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
