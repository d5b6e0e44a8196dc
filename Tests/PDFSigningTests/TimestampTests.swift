import Foundation
import Testing

@testable import PDFSigning

/// Timestamps of a real authority, and authorities that answer wrongly.
struct TimestampTests {
    private static let authority = Result { try TestAuthority() }

    private let company: CompanyCertificate
    private let pdf: [UInt8]
    private let details = SignatureDetails(time: Certificates.now)

    init() throws {
        company = try Certificates.company.get()
        pdf = try Programs.fixture("report.pdf")
    }

    @Test func aTimestampIsAcceptedByEverybody() throws {
        let authority = try Self.authority.get()
        let before = Date()
        let signed = try PDFSigner(company, timestamps: try authority.port()).sign(pdf, as: details)
        #expect(signed.level == .timestamped)
        #expect(signed.timestampFailure == nil)
        // Not the whole result: what is required is printed when it is missing.
        let found = signed.timestamp
        let timestamp = try #require(found)
        #expect(timestamp.isTrusted)
        #expect(timestamp.authority == "CN=tsa,O=Provider")
        #expect(abs(timestamp.time.timeIntervalSince(before)) < 120)

        let verifiers = try Verifiers(signers: [try company.certificate.pem], authorities: [authority.root])
        try verifiers.checkStructure(signed.bytes)
        #expect(try verifiers.acceptedByPdfsig(signed.bytes) == 1)
        let report = try verifiers.pyHanko(signed.bytes)
        let signature = try #require(report.signatures.first, "\(report.error ?? "")")
        #expect(signature.bottomLine && signature.timestampValid, "\(signature.pretty)")

        let own = try #require(try PDFSignatures.inspect(signed.bytes, trustedTimestampsPEM: authority.root).first)
        #expect(own.level == .timestamped)
        #expect(own.timestamp == timestamp)
        #expect(own.problems.isEmpty)
    }

    @Test func severalTimestampedSignaturesHold() throws {
        let authority = try Self.authority.get()
        let signer = PDFSigner(company, timestamps: try authority.port())
        let signed = try signer.sign(try signer.sign(pdf, as: details).bytes, as: details)
        let verifiers = try Verifiers(signers: [try company.certificate.pem], authorities: [authority.root])
        let report = try verifiers.pyHanko(signed.bytes)
        #expect(report.signatures.map { $0.bottomLine && $0.timestampValid } == [true, true], "\(report)")
        #expect(try PDFSignatures.inspect(signed.bytes).map(\.level) == [.timestamped, .timestamped])
    }

    @Test func anAuthorityThatNobodyVouchesForIsRecordedAsSuch() throws {
        let authority = try Self.authority.get()
        let signed = try PDFSigner(company, timestamps: try authority.port(isTrusted: false)).sign(pdf, as: details)
        #expect(signed.level == .timestamped)
        #expect(signed.timestamp?.isTrusted == false)
        #expect(try PDFSignatures.inspect(signed.bytes).map { $0.timestamp?.isTrusted } == [false])
        #expect(try PDFSignatures.inspect(signed.bytes, trustedTimestampsPEM: authority.root).map { $0.timestamp?.isTrusted } == [true])
        // Somebody else's root: then the timestamp is worth nothing, and says so.
        let stranger = try Certificates.issued.get().root
        let own = try #require(try PDFSignatures.inspect(signed.bytes, trustedTimestampsPEM: stranger).first)
        #expect(own.level == .basic && own.timestamp == nil && own.problems.count == 1)
    }

    /// Each is signed all the same, at level B-B, and says why.
    private func expectBasic(_ reason: String, trusting root: [UInt8]? = nil, _ exchange: @escaping TimestampAuthority.Exchange) throws {
        let signed = try PDFSigner(company, timestamps: try TimestampAuthority(trustedPEM: root, exchange: exchange)).sign(pdf, as: details)
        #expect(signed.level == .basic)
        #expect(signed.timestamp == nil)
        let failure = try #require(signed.timestampFailure)
        #expect(failure.hasPrefix("No timestamp: ") && failure.contains(reason), "\(failure)")
        let own = try #require(try PDFSignatures.inspect(signed.bytes).first)
        #expect(own.level == .basic && own.holds && own.problems.isEmpty)
    }

    @Test func anAuthorityThatDoesNotAnswer() throws {
        try expectBasic("the line is dead") { _ in throw Programs.Failure(description: "the line is dead") }
    }

    @Test func anotherNonce() throws {
        let authority = try Self.authority.get()
        try expectBasic("nonce mismatch") { request in
            // The nonce is the INTEGER of eight bytes before certReq: change one of them.
            var request = request
            request[request.count - 5] ^= 1
            return try authority.answer(request)
        }
    }

    @Test func anotherImprint() throws {
        let authority = try Self.authority.get()
        try expectBasic("message imprint mismatch") { request in
            var request = request
            let place = try #require(Data(request).range(of: Data([0x04, 0x20]))).upperBound
            request[place + 3] ^= 1
            return try authority.answer(request)
        }
    }

    @Test func anAnswerToSomethingElse() throws {
        let authority = try Self.authority.get()
        let request = try authority.request(over: [1, 2, 3])
        try expectBasic("mismatch") { _ in try authority.answer(request) }
    }

    @Test func aRefusal() throws {
        let authority = try Self.authority.get()
        // Not a request at all: the program answers with a rejection.
        try expectBasic("refused with status 2") { request in try authority.answer(Array(request.dropLast(3)) + [0, 0, 0]) }
    }

    @Test(arguments: [
        [UInt8](), [0x30], Array("<html>Service unavailable</html>".utf8), [UInt8](repeating: 0x30, count: 20_000),
        // Granted, without a token.
        [0x30, 0x05, 0x30, 0x03, 0x02, 0x01, 0x00],
    ]) func garbage(_ answer: [UInt8]) throws {
        try expectBasic("the authority") { _ in answer }
    }

    @Test func tooLongAnAnswer() throws {
        try expectBasic("are the most") { _ in [UInt8](repeating: 0x30, count: PDFSigningLimits.timestampBytes + 1) }
    }

    @Test func anAnswerThatGoesOn() throws {
        let authority = try Self.authority.get()
        try expectBasic("goes on after") { try authority.answer($0) + [0] }
    }

    @Test func anAnswerThatWasChanged() throws {
        let authority = try Self.authority.get()
        try expectBasic("does not hold") { request in
            var answer = try authority.answer(request)
            answer[answer.count - 20] ^= 1
            return answer
        }
    }

    @Test func anAuthorityThatIsNotTheTrustedOne() throws {
        let authority = try Self.authority.get()
        try expectBasic("does not hold", trusting: try Certificates.issued.get().root) { try authority.answer($0) }
    }

    @Test(arguments: ["critical,emailProtection", "timeStamping", "critical,timeStamping,emailProtection"])
    func aCertificateThatIsNotForTimestamps(_ purposes: String) throws {
        // The program itself refuses to make timestamps with such a certificate, so its answer is signed anew.
        let authority = try Self.authority.get()
        let extensions = "basicConstraints=critical,CA:false\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=\(purposes)"
        let name = "other-\(purposes.utf8.count)"
        try Certificates.makeIssued(name, by: "root", extensions, key: "rsa:2048", in: authority.folder)
        let exchange: TimestampAuthority.Exchange = { request in try authority.answer(request, signedBy: name) }
        try expectBasic("unsuitable certificate purpose", trusting: authority.root, exchange)
        try expectBasic("unsuitable certificate purpose", exchange)
    }

    /// The same way of signing anew is right with the right certificate: it is the purpose that the test above sees.
    @Test func anAnswerSignedAnewByTheAuthorityHolds() throws {
        let authority = try Self.authority.get()
        let port = try TimestampAuthority(trustedPEM: authority.root) { try authority.answer($0, signedBy: "tsa") }
        #expect(try PDFSigner(company, timestamps: port).sign(pdf, as: details).level == .timestamped)
    }
}
