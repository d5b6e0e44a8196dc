import Crypto
import ReplicationCore

/// The secret of a link: whoever has it can open what it leads to.
///
/// It stands in the mail and in the address of the page, and nowhere else: stores keep its hash, logs neither.
public struct LinkToken: Sendable, Hashable, CustomStringConvertible {
    public let bytes: [UInt8]

    /// 256 random bits.
    public init(using random: inout some RandomNumberGenerator) {
        bytes = (0..<4).flatMap { _ in withUnsafeBytes(of: random.next()) { Array($0) } }
    }

    /// Nil unless it is what `text` gives for some token.
    public init?(text: some StringProtocol) {
        guard text.utf8.count == 64, !text.utf8.contains(where: { UInt8(ascii: "A")...UInt8(ascii: "F") ~= $0 }),
            let bytes = Hexadecimal.bytes(text)
        else { return nil }
        self.bytes = bytes
    }

    /// As it stands in an address: 64 hexadecimal digits, lower case.
    public var text: String { Hexadecimal.text(bytes) }
    /// SHA-256 of the bytes, by which stores know it.
    public var hash: [UInt8] { Array(SHA256.hash(data: bytes)) }

    /// Tells nothing: descriptions end up in logs.
    public var description: String { "link" }
}
