/// A 128-bit identity that is made once, by whoever creates the thing, and never used again.
///
/// Identities of rows and changesets are UUIDs of version 7 (RFC 9562, section 5.7), so that they sort
/// by the time at which they were made. `Subject` keeps identities of different things apart.
public struct Identifier<Subject>: Hashable, Sendable, Comparable {
    public let high: UInt64
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// The identity with these 16 bytes, most significant first; nil for any other length.
    public init?(bytes: some Swift.Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        let words = bytes.withContiguousStorageIfAvailable { Self.words(UnsafeRawBufferPointer($0)) }
            ?? Array(bytes).withUnsafeBytes(Self.words)
        self.init(high: words.high, low: words.low)
    }

    /// Two loads in place of a loop: identities are read by the dozen for each changeset.
    private static func words(_ bytes: UnsafeRawBufferPointer) -> (high: UInt64, low: UInt64) {
        (UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
         UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
    }

    /// All bits zero: the hub as an author, and "none" where a format has no room for absence.
    public static var zero: Self { Self(high: 0, low: 0) }

    public var isZero: Bool { high == 0 && low == 0 }

    /// The 16 bytes, most significant first.
    public var bytes: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 16) { buffer, count in
            for i in 0..<8 {
                buffer[i] = UInt8(truncatingIfNeeded: high >> UInt64(56 - 8 * i))
                buffer[8 + i] = UInt8(truncatingIfNeeded: low >> UInt64(56 - 8 * i))
            }
            count = 16
        }
    }

    public static func < (a: Self, b: Self) -> Bool { a.high != b.high ? a.high < b.high : a.low < b.low }

    /// The same bits as the identity of something else.
    public func cast<Other>(to: Other.Type) -> Identifier<Other> { Identifier<Other>(high: high, low: low) }
}

public enum RowSubject {}
public enum ChangesetSubject {}
public enum ReplicaSubject {}

/// Names a row, for ever, in every replica.
public typealias RowID = Identifier<RowSubject>
/// Names a changeset, whatever its place in a stream.
public typealias ChangesetID = Identifier<ChangesetSubject>
/// Names a replica from its enrolment on; its site may change after a fork.
public typealias ReplicaID = Identifier<ReplicaSubject>
