import ChildProcesses
import Foundation
import MailTransport

/// What Python's email package finds in a message; `mail_parts.py` fills it.
struct ReadMail: Decodable {
    struct Person: Decodable, Equatable {
        let name: String
        let address: String
    }

    struct Part: Decodable {
        let type: String
        let disposition: String?
        let fileName: String?
        let contentID: String?
        let text: String?
        let path: String?
    }

    let names: [String]
    let values: [String]
    let subject: String
    let from: [Person]
    let to: [Person]
    let replyTo: [Person]
    let seconds: Int64
    let parts: [Part]
    let defects: [String]
    let longestLine: Int
    let endsProperly: Bool
    let looseEnds: Int
    let isASCII: Bool
    // What only a server knows.
    let mailFrom: String?
    let rcptTo: [String]?
    let isEncrypted: Bool?
    let isAuthenticated: Bool?
    let hello: String?

    static func of(_ message: MailMessage) throws -> ReadMail { try of(message.bytes()) }

    static func of(_ bytes: [UInt8]) throws -> ReadMail {
        let folder = try TestFolder.shared
        let process = try ChildProcess(folder.python, ["-B", "\(TestFolder.servers)/read_mail.py", folder.path])
        try process.write(folder.file(bytes) + "\n")
        process.closeInput()
        guard let line = try process.readLine(within: 60) else { throw TestFailure(description: "the message was not read") }
        return try JSONDecoder().decode(ReadMail.self, from: Data(line.utf8))
    }

    func value(_ name: String) -> String? {
        zip(names, values).first { $0.0.lowercased() == name.lowercased() }?.1
    }
}
