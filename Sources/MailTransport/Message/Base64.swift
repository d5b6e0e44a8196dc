import Foundation

/// Base 64 (RFC 2045, section 6.8).
enum Base64 {
    static func text(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }

    /// In lines of 76 characters.
    static func lines(_ bytes: [UInt8]) -> [UInt8] {
        Array(Data(bytes).base64EncodedData(options: [.lineLength76Characters, .endLineWithCarriageReturn, .endLineWithLineFeed]))
    }

    /// What the bytes stand for; whatever is no digit is passed over, as section 6.8 wants it. Nil if it is broken.
    static func decoded(_ bytes: [UInt8]) -> [UInt8]? {
        Data(base64Encoded: Data(bytes), options: .ignoreUnknownCharacters).map { Array($0) }
    }
}
