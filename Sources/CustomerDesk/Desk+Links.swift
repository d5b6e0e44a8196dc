import CustomerPages
import Documents
import Foundation
import ReplicationCore
import ReplicationEngine
import Synchronization

extension Desk: LinkService {
    public func look(_ token: LinkToken) async -> LinkView {
        await read { try LinkReading(desk: self, records: $0, now: $1).view(token) } ?? .ended(unavailable)
    }

    public func picture(_ token: LinkToken, hash: String) async -> PagePicture? {
        await read { records, now -> PagePicture? in
            let reading = LinkReading(desk: self, records: records, now: now)
            guard case .success(let link) = try reading.open(token) else { return nil }
            for block in link.documents.flatMap(\.form.form.blocks) {
                guard case .photos(let photos) = block, let picture = photos.first(where: { $0.picture.hash == hash })?.picture,
                    let name = BlobHash(hex: picture.hash), let bytes = try self.bytes(of: BlobName(hash: name, size: picture.size))
                else { continue }
                return PagePicture(bytes: bytes, mediaType: picture.mediaType)
            }
            return nil
        } ?? nil
    }

    public func copy(_ token: LinkToken, document: String) async -> CopyOutcome {
        await read { records, now -> CopyOutcome in
            let reading = LinkReading(desk: self, records: records, now: now)
            switch try reading.link(token) {
            case .ended(let end): return .ended(end)
            case .link(let link):
                guard link.purpose == .copies, let id = RowID(document), link.documents.contains(where: { $0.id == id }), let row = try records.row("document", id)
                else { return .unknown }
                guard let blob = row.text("copy").flatMap({ BlobReference(text: $0) })?.blob, let bytes = try self.bytes(of: blob) else { return .notReady }
                return .pdf(bytes, fileName: CopyName.of(row))
            }
        } ?? .ended(unavailable)
    }

    public func noteOpened(_ token: LinkToken, by visitor: Visitor) async {
        await change(()) { reading, draft, _ in
            guard case .success(let link) = try reading.open(token) else { return }
            Self.noteOpened(link, reading.now, visitor, &draft)
        }
    }

    /// Once for each request, and before what follows from it is written.
    static func noteOpened(_ link: OpenLink, _ now: UInt64, _ visitor: Visitor, _ draft: inout DeskDraft) {
        guard link.request.integer("opened_at") == nil else { return }
        var fields: [String: Value] = ["opened_at": .integer(Int64(now))]
        if ["waiting", "sent"].contains(link.request.text("state")) { fields["state"] = .text("opened") }
        draft.write("signature_request", link.request.id, fields)
        for document in link.documents {
            DeskEvent(request: link.request, order: link.order, document: document.row.id, formHash: document.form.hash, at: now, visitor: visitor).write(.opened, &draft)
        }
    }

    // MARK: Signing

    public func sign(_ token: LinkToken, _ submission: SigningSubmission, by visitor: Visitor) async -> SigningOutcome {
        var random = SystemRandomNumberGenerator()
        let copies = LinkToken(using: &random)
        let outcome = await change(SigningOutcome.ended(unavailable)) { reading, draft, outcome in
            switch try reading.open(token) {
            case .failure(let error): outcome = .ended(error.end)
            case .success(let link):
                outcome = try SignatureTaking(reading: reading, link: link, visitor: visitor).take(submission, copies: copies, &draft)
            }
        }
        if case .signed = outcome { wake() }
        return outcome
    }

    public func decline(_ token: LinkToken, _ submission: DecliningSubmission, by visitor: Visitor) async -> DecliningOutcome {
        guard !submission.name.allSatisfy(\.isWhitespace) else { return .noName }
        guard !submission.reason.allSatisfy(\.isWhitespace) else { return .noReason }
        let outcome = await change(DecliningOutcome.ended(unavailable)) { reading, draft, outcome in
            switch try reading.open(token) {
            case .failure(let error): outcome = .ended(error.end)
            case .success(let link):
                guard !link.open.isEmpty else { return outcome = .ended(reading.end(.used, language: link.record.language)) }
                for document in link.open {
                    if document.form.form.places.first(where: { $0.name == link.place })?.isOptional != true {
                        draft.write("document", document.row.id, ["state": .text("declined")])
                    }
                    DeskEvent(
                        request: link.request, order: link.order, document: document.row.id, formHash: document.form.hash, at: reading.now,
                        visitor: visitor, person: submission.name
                    ).write(.declined, note: String(submission.reason.prefix(500)), &draft)
                }
                Self.noteOpened(link, reading.now, visitor, &draft)
                let isSome = link.documents.contains(where: \.isSigned)
                try reading.keeper().finish(link.request, link.order, as: isSome ? "signed" : "declined", event: nil, &draft)
                outcome = .declined
            }
        }
        if case .declined = outcome { wake() }
        return outcome
    }

    // MARK: Codes

    public func sendCode(_ token: LinkToken, to visitor: Visitor) async -> CodeOutcome {
        let code = (0..<6).map { _ in "\(Int.random(in: 0...9))" }.joined()
        let salt = (0..<16).map { _ in UInt8.random(in: 0...255) }
        let outcome = await change(CodeOutcome.ended(unavailable)) { reading, draft, outcome in
            switch try reading.open(token) {
            case .failure(let error): outcome = .ended(error.end)
            case .success(let link): outcome = try OneTimeCodes(reading: reading, link: link).send(code, salt: salt, visitor, &draft)
            }
        }
        if case .sent = outcome { wakePost() }
        return outcome
    }

    // MARK: Reading and writing for pages

    var unavailable: LinkEnd { LinkEnd(.unavailable, sender: PageSender(name: organisation, lines: options.contact)) }

    /// - Returns: nil if the store cannot be read.
    func read<Result: Sendable>(_ body: @escaping @Sendable (HubRecords, UInt64) throws -> Result) async -> Result? {
        await withCheckedContinuation { continuation in
            reading.addOperation { [self] in
                do {
                    let now = now
                    continuation.resume(returning: try store.read { try body(HubRecords($0, schema), now) })
                } catch {
                    options.log("a page could not be read: \(error)")
                    continuation.resume(returning: nil)
                }
            }
        }
    }

    /// Decides within a commit, and tells what was decided there once it is durable.
    func change<Outcome: Sendable>(
        _ initial: Outcome, _ body: @escaping @Sendable (LinkReading, inout DeskDraft, inout Outcome) throws -> Void
    ) async -> Outcome {
        guard isRunning else { return initial }
        let decided = DecidedOutcome(initial)
        return await withCheckedContinuation { continuation in
            commit({ [self] records, now in
                var draft = DeskDraft()
                var outcome = initial
                try body(LinkReading(desk: self, records: records, now: now), &draft, &outcome)
                decided.value.withLock { $0 = outcome }
                return draft
            }, done: { [self] result in
                switch result {
                case .done: continuation.resume(returning: decided.value.withLock { $0 })
                case .refused(let why):
                    options.log("what a customer handed in could not be written: \(why)")
                    continuation.resume(returning: initial)
                }
            })
        }
    }
}

/// What was decided within a commit, which may have been decided twice.
private final class DecidedOutcome<Outcome: Sendable>: Sendable {
    let value: Mutex<Outcome>
    init(_ value: Outcome) { self.value = Mutex(value) }
}
