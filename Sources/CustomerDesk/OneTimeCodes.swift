import Crypto
import CustomerPages
import Documents
import ReplicationCore
import ReplicationEngine

/// Codes by which somebody who has a link shows that the mailbox, or the telephone, is theirs as well.
struct OneTimeCodes {
    let reading: LinkReading
    let link: OpenLink

    private var now: UInt64 { reading.now }
    private var rules: CustomerRules.Codes { reading.desk.rules.codes }

    func send(_ code: String, salt: [UInt8], _ visitor: Visitor, _ draft: inout DeskDraft) throws -> CodeOutcome {
        guard let channel = link.demandedCode else { return .notDemanded }
        guard let address = try reading.records.address(channel, of: link.request) else { return .failed }
        let former = try CodeRecord.read(link.record.hash, reading.records.reader)
        let sent = (former?.sent ?? []).filter { $0 + 3_600_000 > now }
        guard sent.count < rules.perHour else { return .tooMany }
        try draft.put(CodeRecord(
            link: link.record.hash, subject: link.request.id, salt: salt, hash: Self.hash(code, salt), expires: now + UInt64(rules.seconds) * 1_000,
            tries: 0, sent: sent + [now]))
        try DeskMessage(
            order: link.order, kind: "one_time_code", purpose: "one_time_code \(Hexadecimal.text(link.record.hash.prefix(8))) \(now)", request: link.request.id,
            channel: channel.rawValue, language: link.record.language, address: address, code: code
        ).write(at: now, reading.desk.options.box, &draft)
        for document in link.open {
            DeskEvent(request: link.request, order: link.order, document: document.row.id, formHash: document.form.hash, at: now, visitor: visitor)
                .write(.codeSent, part: "\(now)", note: channel.rawValue, &draft)
        }
        return .sent
    }

    /// A wrong one counts, whatever else becomes of what was handed in.
    ///
    /// - Returns: what keeps the code from being right; nil if it is.
    func check(_ code: String?, _ draft: inout DeskDraft) throws -> SigningRefusal? {
        guard let code, !code.isEmpty else { return .noCode }
        guard var sent = try CodeRecord.read(link.record.hash, reading.records.reader), sent.expires > now, sent.tries < rules.tries else { return .codeVoid }
        let isRight = zip(Self.hash(code, sent.salt), sent.hash).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
        if isRight {
            // It is good once. That it was sent counts for the hour all the same.
            sent.expires = now
            try draft.put(sent)
            return nil
        }
        sent.tries += 1
        try draft.put(sent)
        return sent.tries < rules.tries ? .wrongCode(triesLeft: rules.tries - sent.tries) : .codeVoid
    }

    private static func hash(_ code: String, _ salt: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: salt + Array(code.utf8))) }
}
