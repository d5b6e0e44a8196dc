import ChildProcesses
import Foundation
@testable import PDFSigning

/// Programs of others that judge signed PDFs: pdfsig of Poppler, pyHanko, qpdf. They trust the certificates that they are given.
struct Verifiers {
    private let folder: TemporaryFolder
    private let trusted: [String]

    /// - Parameters:
    ///   - signers: certificates in PEM that are trusted by themselves.
    ///   - authorities: certificates in PEM of those who issue others.
    init(signers: [[UInt8]] = [], authorities: [[UInt8]] = []) throws {
        let folder = try TemporaryFolder()
        self.folder = folder
        trusted = try (signers + authorities).enumerated().map { try folder.write($1, "trusted-\($0).pem") }
        try FileManager.default.createDirectory(atPath: folder.path("nss"), withIntermediateDirectories: true)
        try Programs.run("/usr/bin/certutil", ["-N", "-d", "sql:" + folder.path("nss"), "--empty-password"])
        for (index, path) in trusted.enumerated() {
            let trust = index < signers.count ? "P,P,P" : "C,C,C"
            try Programs.run("/usr/bin/certutil", ["-A", "-d", "sql:" + folder.path("nss"), "-n", "trusted-\(index)", "-t", trust, "-i", path])
        }
    }

    init(trusting certificate: CompanyCertificate) throws { try self.init(signers: [try certificate.certificate.pem]) }

    // MARK: Poppler

    /// What pdfsig prints; empty if it cannot read the PDF.
    func pdfsig(_ pdf: [UInt8]) throws -> String {
        let path = try folder.write(pdf, UUID().uuidString + ".pdf")
        defer { unlink(path) }
        return try ChildProcess.run("/usr/bin/pdfsig", ["-nssdir", folder.path("nss"), path], within: 300).output
    }

    /// How many signatures pdfsig takes for valid, of a document that nobody changed.
    func acceptedByPdfsig(_ pdf: [UInt8]) throws -> Int {
        try pdfsig(pdf).components(separatedBy: "\nSignature #").dropFirst().count {
            $0.contains("Signature Validation: Signature is Valid.") && $0.contains("Certificate Validation: Certificate is Trusted.")
                && $0.contains("Signature Type: ETSI.CAdES.detached")
        }
    }

    // MARK: pyHanko

    struct PyHankoSignature: Decodable {
        let field: String
        let intact: Bool
        let valid: Bool
        let trusted: Bool
        let bottomLine: Bool
        let coverage: String
        let modifications: String?
        let subFilter: String
        let timestampValid: Bool
        let summary: String
        let pretty: String
    }

    struct PyHankoReport: Decodable {
        let signatures: [PyHankoSignature]
        let error: String?
    }

    func pyHanko(_ pdfs: [[UInt8]]) throws -> [PyHankoReport] {
        let own = try TemporaryFolder()
        let paths = try pdfs.enumerated().map { try own.write($1, "\($0).pdf") }
        let list = try own.write(Array(([trusted.joined(separator: "\t")] + paths).joined(separator: "\n").utf8), "list")
        let output = try Programs.run(try Self.python.get(), [Programs.root + "/Tests/PDFSigningTests/Verifiers/check_signatures.py", list])
        return try output.split(separator: "\n").map { try JSONDecoder().decode(PyHankoReport.self, from: Data($0.utf8)) }
    }

    func pyHanko(_ pdf: [UInt8]) throws -> PyHankoReport {
        guard let report = try pyHanko([pdf]).first else { throw Programs.Failure(description: "pyHanko said nothing.") }
        return report
    }

    /// A Python with pyHanko, installed by the first test that needs it.
    private static let python = Result {
        try Programs.run(Programs.root + "/tools/python-environment", ["pdf-verifiers", "Tests/PDFSigningTests/Verifiers/requirements.txt"])
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    // MARK: Structure

    /// Throws what qpdf finds wrong, warnings included.
    func checkStructure(_ pdf: [UInt8]) throws {
        let path = try folder.write(pdf, UUID().uuidString + ".pdf")
        defer { unlink(path) }
        try Programs.run("/usr/bin/qpdf", ["--check", path])
    }
}
