/// Names a blob by what it holds: its SHA-256, 32 bytes.
public struct BlobHash: Hashable, Sendable, Comparable, CustomStringConvertible {
    private let words: (UInt64, UInt64, UInt64, UInt64)

    /// Nil unless there are 32 bytes.
    public init?(bytes: some Swift.Collection<UInt8>) {
        guard bytes.count == 32 else { return nil }
        var words: [UInt64] = [0, 0, 0, 0]
        for (index, byte) in bytes.enumerated() { words[index / 8] = words[index / 8] << 8 | UInt64(byte) }
        self.words = (words[0], words[1], words[2], words[3])
    }

    /// Nil unless there are 64 hexadecimal digits, lower case.
    public init?(hex: some StringProtocol) {
        // One blob has one name.
        guard hex.utf8.count == 64, !hex.utf8.contains(where: { UInt8(ascii: "A")...UInt8(ascii: "F") ~= $0 }), let bytes = Hexadecimal.bytes(hex)
        else { return nil }
        self.init(bytes: bytes)
    }

    public var bytes: [UInt8] {
        [words.0, words.1, words.2, words.3].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * $0)) } }
    }

    /// 64 hexadecimal digits, lower case.
    public var description: String { Hexadecimal.text(bytes) }

    public static func == (a: Self, b: Self) -> Bool { a.words == b.words }
    public static func < (a: Self, b: Self) -> Bool { a.words < b.words }

    public func hash(into hasher: inout Hasher) {
        // The bytes are as good as random already.
        hasher.combine(words.0)
        hasher.combine(words.1)
    }
}

/// A blob as both sides speak of it: without the size nobody knows when it is whole.
public struct BlobName: Hashable, Sendable, Comparable {
    public let hash: BlobHash
    /// In bytes.
    public let size: UInt64

    public init(hash: BlobHash, size: UInt64) {
        self.hash = hash
        self.size = size
    }

    public static func < (a: Self, b: Self) -> Bool { a.hash != b.hash ? a.hash < b.hash : a.size < b.size }
}

/// What a field of the type blob holds, as text: hash, size in bytes and media type, and of a thumbnail hash and size, with
/// one space between them. There is one form for each, so that equal references have equal bytes.
public struct BlobReference: Hashable, Sendable, CustomStringConvertible {
    public let blob: BlobName
    /// Such as `image/jpeg`: see `isMediaType`.
    public let mediaType: String
    /// A small picture of it, which is a blob of its own.
    public let thumbnail: BlobName?

    /// The largest blob that any schema may take, in bytes.
    public static let largestSize: UInt64 = 64 << 20
    /// The longest media type, in bytes.
    public static let longestMediaType = 80
    /// The longest text of a reference, in bytes.
    public static let longestText = 64 + 1 + 8 + 1 + longestMediaType + 1 + 64 + 1 + 8

    /// - Returns: nil for a size of 0 or beyond `largestSize`, or for what is no media type.
    public init?(blob: BlobName, mediaType: String, thumbnail: BlobName? = nil) {
        guard Self.isSize(blob.size), Self.isMediaType(mediaType), thumbnail.map({ Self.isSize($0.size) }) ?? true else { return nil }
        self.blob = blob
        self.mediaType = mediaType
        self.thumbnail = thumbnail
    }

    /// Reads the one form; nil for anything else.
    public init?(text: String) {
        // Most texts are none, and are told by their length or their first space.
        guard 64 + 4...Self.longestText ~= text.utf8.count else { return nil }
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 3 || words.count == 5, let blob = Self.name(words[0], words[1]) else { return nil }
        let thumbnail = words.count == 5 ? Self.name(words[3], words[4]) : nil
        guard words.count == 3 || thumbnail != nil else { return nil }
        self.init(blob: blob, mediaType: String(words[2]), thumbnail: thumbnail)
    }

    /// The text that stands in a field.
    public var description: String {
        let own = "\(blob.hash) \(blob.size) \(mediaType)"
        return thumbnail.map { "\(own) \($0.hash) \($0.size)" } ?? own
    }

    private static func name(_ hash: Substring, _ size: Substring) -> BlobName? {
        // Neither signs nor leading zeros: there is one form.
        guard let hash = BlobHash(hex: hash), 1...8 ~= size.utf8.count, size.utf8.first != UInt8(ascii: "0"),
            size.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }), let number = UInt64(size)
        else { return nil }
        return BlobName(hash: hash, size: number)
    }

    private static func isSize(_ size: UInt64) -> Bool { 1...largestSize ~= size }

    /// Type and subtype of RFC 6838, section 4.2, in lower case and without parameters.
    public static func isMediaType(_ text: String) -> Bool {
        guard text.utf8.count <= longestMediaType else { return false }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { part in
            guard let first = part.utf8.first, isLetterOrDigit(first) else { return false }
            return part.utf8.allSatisfy { isLetterOrDigit($0) || "!#$&-^_.+".utf8.contains($0) }
        }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
    }
}

/// A row's field that names a blob.
public struct BlobUse: Hashable, Sendable {
    public var blob: BlobName
    public var group: UInt32
    public var isThumbnail: Bool

    public init(blob: BlobName, group: UInt32, isThumbnail: Bool) {
        self.blob = blob
        self.group = group
        self.isThumbnail = isThumbnail
    }
}

extension Collection {
    /// The groups that have fields of the type blob.
    var blobGroups: [Group] { groups.filter { group in group.fields.contains { $0.type.isBlob } } }

    /// The blobs that a row names, in values that are shown and in those that are not: somebody may still choose them.
    public func blobUses(of row: RowState) -> Set<BlobUse> {
        guard namesBlobs else { return [] }
        var uses: Set<BlobUse> = []
        for cell in row.cells {
            guard let group = group(cell.part.group), !cell.siblings.isEmpty else { continue }
            if group.isSet {
                guard group.fields[0].type.isBlob, let element = cell.part.element else { continue }
                uses.formUnion(BlobUse.named(in: element, group: group.number))
                continue
            }
            for (column, field) in group.fields.enumerated() where field.type.isBlob {
                for values in cell.siblings.compactMap(\.values) where column < values.count {
                    if let text = values[column].text { uses.formUnion(BlobUse.named(in: text, group: group.number)) }
                }
            }
        }
        return uses
    }
}

extension BlobUse {
    /// The blobs that a text names if it is a reference.
    public static func named(in text: String, group: UInt32) -> [BlobUse] {
        guard let reference = BlobReference(text: text) else { return [] }
        let own = BlobUse(blob: reference.blob, group: group, isThumbnail: false)
        return [own] + (reference.thumbnail.map { [BlobUse(blob: $0, group: group, isThumbnail: true)] } ?? [])
    }
}

extension FieldType {
    public var isBlob: Bool { if case .blob = self { true } else { false } }
}
