import ArgumentParser
import Foundation
import HubControl
import PDFSigning

struct SignCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign",
        abstract: "Sign a PDF with the company's certificate, so that everybody can see that nothing was changed since.",
        discussion: """
              converge sign --data ./hub report.pdf report-signed.pdf --attach form.json
              converge sign --data ./hub report.pdf report-signed.pdf --timestamps http://authority.example/tsa --timestamps-root root.pem

            The level that is said is the one that was reached: B-B, or B-T with a timestamp (PAdES, ETSI EN 319 142-1). \
            If the authority does not answer, the PDF is signed without, and says so. The PDF that is given stays as it is.
            """)

    @OptionGroup var data: DataOption

    @Argument(help: "The PDF.")
    var pdf: String

    @Argument(help: "Where the signed one goes; a file that is not there yet.")
    var signed: String

    @Option(help: ArgumentHelp("A file that the PDF was made from, to be attached before it is signed.", valueName: "file"))
    var attach: String?

    @Option(help: ArgumentHelp("Why it is signed, as readers show it.", valueName: "text"))
    var reason: String?

    @OptionGroup var timestamps: TimestampOptions

    func run() throws {
        try reporting {
            guard !FileManager.default.fileExists(atPath: signed) else { throw CommandFailure("There is a file \(signed) already. Choose another name.") }
            let signer = PDFSigner(try data.folder.loadCertificate(), timestamps: try timestamps.authority())
            let attachments = try attach.map { file in
                [PDFAttachment(
                    name: URL(fileURLWithPath: file).lastPathComponent, mediaType: file.hasSuffix(".json") ? "application/json" : "application/octet-stream",
                    bytes: try Self.bytes(of: file))]
            }
            let made = try signer.sign(try Self.bytes(of: pdf), as: SignatureDetails(time: Date(), reason: reason), attaching: attachments ?? [])
            try Data(made.bytes).write(to: URL(fileURLWithPath: signed), options: .atomic)
            print("Signed: \(signed), level \(made.level.rawValue)\(made.timestamp.map { ", timestamp \($0.time.formatted(.iso8601)) by \($0.authority)\($0.isTrusted ? "" : ", which is not among those that you trust")" } ?? "").")
            if let failure = made.timestampFailure { print("Without a timestamp: \(failure)") }
        }
    }

    static func bytes(of file: String) throws -> [UInt8] {
        do {
            let size = try FileManager.default.attributesOfItem(atPath: file)[.size] as? UInt64 ?? 0
            guard size <= PDFSigningLimits.pdfBytes else { throw CommandFailure("The file \(file) has \(size) bytes; \(PDFSigningLimits.pdfBytes) are the most.") }
            return [UInt8](try Data(contentsOf: URL(fileURLWithPath: file)))
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure("The file \(file) cannot be read. Is the name right, and may you read it?")
        }
    }
}

struct SignaturesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "signatures",
        abstract: "Say which signatures a PDF has, and whether they hold.",
        discussion: """
              converge signatures report-signed.pdf

            Whether a signer is to be trusted, your reader of PDFs says by the certificates that it knows.
            Exit codes: 0 all hold · 1 the message says what to do · 3 one does not hold, or there is none.
            """)

    @Argument(help: "The PDF.")
    var pdf: String

    func run() throws {
        var holds = false
        try reporting {
            let reports = try PDFSignatures.inspect(try SignCommand.bytes(of: pdf))
            holds = !reports.isEmpty && reports.allSatisfy(\.holds)
            if reports.isEmpty { print("There is no signature in it.") }
            for report in reports {
                print("\(report.holds ? "Holds" : "DOES NOT HOLD"): \(report.signer ?? "somebody whose certificate is not in it"), \(report.level?.rawValue ?? "no level")\(report.reason.map { ", \($0)" } ?? "")")
                switch report.coverage {
                case .wholeFile: break
                case .earlierRevision(let bytes): print("  It is over the first \(bytes) bytes; something was appended later.")
                case .irregular: print("  Part of what it pretends to be over is not signed.")
                }
                for problem in report.problems { print("  \(problem)") }
            }
        }
        if !holds { throw ExitCode(3) }
    }
}
