import Foundation

/// Cuts a signed PDF into the CMS of its last signature and what that signs, by looking for the words, as another program would.
enum SignatureParts {
    /// The string of Contents without its delimiters.
    static func contents(of pdf: [UInt8]) throws -> Range<Int> {
        let data = Data(pdf)
        guard let word = data.range(of: Data("/Contents <".utf8), options: .backwards),
              let end = data.range(of: Data(">".utf8), in: word.upperBound..<data.endIndex) else {
            throw Programs.Failure(description: "There is no signature.")
        }
        return word.upperBound..<end.lowerBound
    }

    static func last(of pdf: [UInt8]) throws -> (cms: [UInt8], content: [UInt8]) {
        let range = try contents(of: pdf)
        let digits = Array(pdf[range])
        var cms = stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16) }
        // Two bytes of length follow the first tag: SEQUENCE, long form.
        cms = Array(cms.prefix(4 + Int(cms[2]) << 8 + Int(cms[3])))
        return (cms, Array(pdf[..<(range.lowerBound - 1)]) + Array(pdf[(range.upperBound + 1)...]))
    }
}
