import COpenSSL

/// Looks at one signature.
struct SignatureInspection {
    let report: SignatureReport

    init(_ signature: FormFields.Signature, in document: PDFDocument, trustingTimestampsOf trusted: [Certificate]) {
        var dictionary = PDFDictionary(), range = 0..<0
        var coverage = SignatureCoverage.irregular, digestMatches = false
        var data: SignedData?
        var problems: [String] = []
        do {
            (dictionary, range) = try Self.dictionary(signature.value, in: document)
            let (ranges, contents) = try Self.ranges(of: dictionary, within: range, in: document.bytes)
            coverage = Self.coverage(upTo: ranges[1].upperBound, document)
            let signed = try SignedData(contents, trustingTimestampsOf: trusted)
            data = signed
            problems += signed.problems
            digestMatches = signed.digest != nil && Digest.hash(document.bytes, in: ranges, with: signed.digestAlgorithm) == signed.digest
            if !digestMatches { problems.append("The PDF was changed after it was signed.") }
            if coverage == .irregular { problems.append("What is signed does not end where a revision of the file ends.") }
        } catch {
            problems.append("\(error)")
        }
        let isPAdES = dictionary["SubFilter"]?.name == "ETSI.CAdES.detached" && dictionary["Cert"] == nil
        if data != nil, !isPAdES { problems.append("Its SubFilter is not that of PAdES.") }
        let holds = digestMatches && data?.isValid == true && coverage != .irregular
        let isBaseline = holds && isPAdES && data?.isBaseline == true
        report = SignatureReport(
            field: signature.name, signer: data?.certificate?.subject, claimedTime: dictionary["M"]?.bytes.map(PDFText.text),
            reason: dictionary["Reason"]?.bytes.map(PDFText.text), coverage: coverage, digestMatches: digestMatches,
            cmsIsValid: data?.isValid ?? false,
            level: isBaseline ? (data?.timestamp == nil ? .basic : .timestamped) : nil,
            timestamp: data?.timestamp, problems: problems)
    }

    /// The signature's dictionary, and where it stands.
    private static func dictionary(_ value: PDFValue, in document: PDFDocument) throws(PDFSigningError) -> (PDFDictionary, Range<Int>) {
        guard let reference = value.reference else {
            throw PDFSigningError(.malformedPDF, "The signature has no object of its own, and cannot be checked.")
        }
        let object = try document.object(reference)
        guard let dictionary = object.value.dictionary else {
            throw PDFSigningError(.malformedPDF, "The signature's object is no dictionary.")
        }
        return (dictionary, object.range)
    }

    /// The two ranges that are signed, between which stands the string of Contents and nothing else.
    private static func ranges(
        of dictionary: PDFDictionary, within object: Range<Int>, in bytes: [UInt8]
    ) throws(PDFSigningError) -> ([Range<Int>], contents: [UInt8]) {
        guard case .string(let contents, let gap) = dictionary["Contents"], !gap.isEmpty, bytes[gap.lowerBound] == UInt8(ascii: "<"),
              gap.count == 2 + 2 * contents.count else {
            throw PDFSigningError(.malformedPDF, "The signature's Contents cannot be read.")
        }
        guard let numbers = dictionary["ByteRange"]?.array?.map(\.integer), numbers.count == 4, numbers[0] == 0,
              numbers[1] == gap.lowerBound, numbers[2] == gap.upperBound, let count = numbers[3], count >= 0,
              count <= bytes.count - gap.upperBound, gap.upperBound + count >= object.upperBound else {
            throw PDFSigningError(.malformedPDF, "The signature's ByteRange leaves out more than the signature itself.")
        }
        return ([0..<gap.lowerBound, gap.upperBound..<gap.upperBound + count], contents)
    }

    private static func coverage(upTo end: Int, _ document: PDFDocument) -> SignatureCoverage {
        if end == document.bytes.count { return .wholeFile }
        // A revision ends with its `%%EOF`, or with the end of that line.
        let isEnd = document.references.ends.contains { eof in
            end == eof || (end > eof && end - eof <= 2 && document.bytes[eof..<end].allSatisfy { $0 == 0x0A || $0 == 0x0D })
        }
        return isEnd ? .earlierRevision(bytes: end) : .irregular
    }
}
