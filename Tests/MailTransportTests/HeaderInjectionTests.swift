import ChildProcesses
import Foundation
import MailTransport
import Testing
import TestSupport
import TestTraits

/// Whatever stands in names, subjects and file names: a reader finds the headers that were written, with these values, and no others.
@Suite(.realTime) struct HeaderInjectionTests {
    private static let pieces = [
        "\r\n", "\n", "\r", "\r\n ", "\r\nBcc: eve@example.com", "\nTo: eve@example.com", "\u{0}", "\u{85}", "\u{2028}", "\u{2029}", "\u{B}", "\u{C}",
        "\u{1C}", "\u{1E}", "\u{202E}",
        "=?UTF-8?Q?=0D=0ABcc:_x?=", "=?", "?=", "=", "?", "_", ":", ";", ",", "<", ">", "\"", "\\", "@", "(", ")", "[", "]", "'", "''", "%0D%0A", "*",
        "*0*=", "--", ".",
        " ", "  ", "a", "Subject: ", "Ana", "Muñoz", "名前", "🛗", "👩🏽‍🔧", "\u{301}", "\u{200D}", "\u{FEFF}", "\u{A0}", "ß", "İ", "و", "\u{10FFFF}", "0",
        "%", "x", "=0A",
        "Wirtschaftsprüfungsgesellschaft", "loooooooooooooooooooooooooooooooooooooooooooooooooooooooooooong",
    ]
    /// Those from here on are no control characters.
    private static let firstHarmless = 15

    private static func value(_ random: inout SplitMix64, mayBeRefused: Bool) -> String {
        let first = mayBeRefused ? 0 : firstHarmless
        return (0..<Int.random(in: 1...14, using: &random)).map { _ in pieces[Int.random(in: first..<pieces.count, using: &random)] }.joined()
    }

    /// A message of random values, with what a reader has to find; nil if one of them was refused.
    private static func message(_ random: inout SplitMix64, mayBeRefused: Bool) -> (expected: [String: Any], bytes: [UInt8])? {
        let subject = value(&random, mayBeRefused: mayBeRefused), name = value(&random, mayBeRefused: mayBeRefused)
        let recipient = value(&random, mayBeRefused: mayBeRefused), file = value(&random, mayBeRefused: mayBeRefused)
        let address = mayBeRefused && random.oneIn(4) ? "ana\(value(&random, mayBeRefused: true))@example.com" : "ana@example.com"
        guard
            // Refused is what may happen here, and what the caller counts.
            let message = try? Sample.message(
                to: [Mailbox(name: recipient, address)], subject: subject,
                attachments: [Attachment(fileName: file, mediaType: "application/pdf", bytes: [])], sender: Mailbox(name: name, "hub@example.com"))
        else { return nil }
        let expected: [String: Any] = [
            "names": names, "subject": subject, "from": name, "to": recipient, "address": address, "recipients": 1, "fileName": file, "defects": [String](),
        ]
        return (expected, message.bytes())
    }

    /// Without any parser: the first line of the header that begins with anything but one of the names or a space, is too long, or has
    /// what is no printable ASCII.
    private static func wrongLine(of bytes: [UInt8]) -> String? {
        var line: [UInt8] = []
        for byte in bytes {
            line.append(byte)
            guard line.suffix(2) == [0x0D, 0x0A] else { continue }
            let text = line.dropLast(2)
            if text.isEmpty { return nil }
            let isOurs = text.first == 0x20 || names.contains { text.starts(with: "\($0): ".utf8) }
            guard isOurs, text.count <= 76, text.allSatisfy({ (0x20...0x7E).contains($0) }) else { return String(decoding: text, as: UTF8.self) }
            line = []
        }
        return "no end"
    }

    private static let names = ["Date", "From", "To", "Subject", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"]

    /// Four values a message: 2,000 in a test run. 10,000 take most of a minute, and found no more.
    private static let messages = 500

    @Test func randomValuesMakeNoHeader() throws {
        var random = SplitMix64(seed: 4711)
        var file: [UInt8] = []
        var taken = 0, refused = 0
        while taken < Self.messages {
            guard let (expected, bytes) = Self.message(&random, mayBeRefused: taken % 2 == 0) else {
                refused += 1
                continue
            }
            taken += 1
            let wrong = Self.wrongLine(of: bytes)
            #expect(wrong == nil, "\(wrong ?? "")")
            let json = try JSONSerialization.data(withJSONObject: expected)
            file += Array("\(json.count) \(bytes.count)\n".utf8) + json + bytes
        }
        #expect(refused > Self.messages / 5)
        let folder = try TestFolder.shared
        let run = try ChildProcess.run(
            folder.python, ["-B", "\(TestFolder.servers)/check_headers.py", folder.file(file)], within: 300)
        struct Found: Decodable {
            let count: Int
            let wrong: Int
            let first: [String]
        }
        try #require(run.end == .exited(0), "\(run.errors)")
        let found = try JSONDecoder().decode(Found.self, from: Data(run.output.utf8))
        #expect(found.count == Self.messages && found.wrong == 0, "\(found.first.joined(separator: "\n"))")
    }
}
