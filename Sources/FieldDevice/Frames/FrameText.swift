import Foundation
import ReplicationCore
import WireProtocol

/// What messages of the protocol say, in words: enough to follow a conversation. Codes, keys and signatures are left out.
struct FrameText {
    let names: FrameNames
    /// Of a list, so many are told.
    private static let told = 4

    init(names: FrameNames) { self.names = names }

    func words(_ changes: ReceivedChanges) -> String {
        let header = changes.header
        var words = changes.collections.map { part in
            let left = part.evicted.isEmpty ? "" : " (\(part.evicted.count) left)"
            return "\(names.collection(part.collection)) \(part.rows.count)\(left)"
        }
        if header.live { words.append("live") }
        if header.restart { words.append("from nothing") }
        if header.rowsTotal > 0 { words.append("\(header.rowsDone) of \(header.rowsTotal) rows") }
        if header.hasComplete { words.append("complete up to \(sequence(header.complete))") }
        if header.repair > 0 { words.append("repair \(header.repair)") }
        return words.joined(separator: ", ")
    }

    /// The message's name in the protocol, and what it says.
    func words(_ message: WireMessage) throws -> (name: String, contents: String) {
        guard let body = message.body else { return ("(unknown)", "") }
        if let words = handshake(body) ?? verifying(body) ?? blobs(body) { return words }
        switch body {
        case .upload(let upload): return ("Upload", upload.envelopes.isEmpty ? "" : list(upload.envelopes.map(changeset)))
        case .confirm(let confirm): return ("Confirm", "written up to #\(confirm.lastCounter)")
        case .verdicts(let verdicts): return ("Verdicts", list(verdicts.receipts.map(receipt)))
        case .resend(let resend): return ("Resend", "from #\(resend.fromCounter)")
        case .changes(let changes): return ("Changes", words(try ReceivedChanges(changes)))
        case .fork(let fork): return ("Fork", "go on as site \(fork.site), epoch \(fork.epoch)")
        case .salvage(let salvage): return ("Salvage", "\(salvage.sealed.count) parts\(salvage.last ? ", the last" : "")")
        case .salvaged(let salvaged): return ("Salvaged", salvaged.last ? "everything" : "")
        case .timeRequest: return ("TimeRequest", "")
        case .timeReply: return ("TimeReply", "")
        case .erasures(let erasures): return ("Erasures", "\(erasures.erasures.count)")
        case .erasuresDone: return ("ErasuresDone", "")
        case .schemaOffer(let offer): return ("SchemaOffer", "version \(offer.version)")
        case .signal(let signal): return ("Signal", topic(signal.signal, signal.row) + (signal.withdrawn ? ", withdrawn" : ""))
        case .signalDropped(let dropped): return ("SignalDropped", "\(topic(dropped.signal, dropped.row)): \(dropped.reason)")
        case .fragment(let fragment): return ("Fragment", "\(fragment.data.count) bytes")
        case .received(let received): return ("Received", "\(received.bytes) bytes in all")
        case .controlRequest: return ("ControlRequest", "")
        case .controlReply: return ("ControlReply", "")
        default: return ("(unknown)", "")
        }
    }

    private func handshake(_ body: WireMessage.OneOf_Body) -> (String, String)? {
        switch body {
        case .enrol(let enrol): ("Enrol", "protocol \(enrol.protocol), as “\(enrol.deviceName)”")
        case .enrolled(let enrolled): ("Enrolled", "site \(enrolled.site), role \(enrolled.role), epoch \(enrolled.epoch)")
        case .hello(let hello):
            ("Hello", "site \(hello.site), schema \(hello.schemaVersion), written up to #\(hello.lastCounter), \(hello.cursor.isEmpty ? "nothing received yet" : "with a cursor"), its clock shows \(time(hello.sentMilliseconds)), \(hello.app)\(hello.preview ? ", preview" : "")")
        case .challenge: ("Challenge", "")
        case .proof: ("Proof", "")
        case .welcome(let welcome):
            ("Welcome", "epoch \(welcome.epoch), head \(sequence(welcome.head)), schema \(welcome.schemaVersion), \(welcome.scopes.count) scopes, holds up to #\(welcome.lastCounter)")
        case .failure(let failure): ("Failure", "\(failure.code): \(failure.message)")
        case .previewRequest(let request): ("PreviewRequest", list(request.envelopes.map(changeset)))
        case .preview(let preview): ("Preview", "\(preview.verdicts.count) verdicts at \(sequence(preview.at))")
        default: nil
        }
    }

    private func verifying(_ body: WireMessage.OneOf_Body) -> (String, String)? {
        switch body {
        case .digestRequest(let request): ("DigestRequest", "\(request.request)")
        case .digests(let digests):
            ("Digests", list(digests.scopes.map { "\($0.rows) rows, \($0.cells) cells, \(Hexadecimal.text(Array($0.sum.prefix(6))))…" }))
        case .rangesRequest(let request): ("RangesRequest", "\(request.ranges.count) ranges")
        case .ranges(let ranges): ("Ranges", "\(ranges.parts.count) parts at \(sequence(ranges.at))")
        case .rowsRequest(let request): ("RowsRequest", "\(request.keys.count / 20) rows")
        case .verify(let verify): ("Verify", "\(verify.request)")
        case .verified(let verified): ("Verified", verified.equal ? "equal, \(verified.rows) rows" : "different")
        default: nil
        }
    }

    private func blobs(_ body: WireMessage.OneOf_Body) -> (String, String)? {
        switch body {
        case .blobOffer(let offer): ("BlobOffer", list(offer.blobs.map(blob)))
        case .blobRequest(let request): ("BlobRequest", "\(blob(request.blob)) from \(request.offset)")
        case .blobStop(let stop): ("BlobStop", blob(stop.blob))
        case .blobStandings(let standings): ("BlobStandings", list(standings.blobs.map { "\(blob($0.blob)) \($0.state)" }))
        case .blobChunk(let chunk): ("BlobChunk", "\(blob(chunk.blob)), \(chunk.data.count) bytes from \(chunk.offset)")
        case .blobReceived(let received): ("BlobReceived", "\(received.bytes) bytes in all")
        default: nil
        }
    }

    private func changeset(_ envelope: WireEnvelope) -> String {
        guard let decoded = ChangesetCodec.readable([UInt8](envelope.changeset)) else { return "#\(envelope.counter) (unreadable)" }
        return "#\(envelope.counter) " + list(decoded.order.map { names.cell(decoded.operations[$0]) })
    }

    private func receipt(_ wire: WireReceipt) -> String {
        do {
            let receipt = try ReceiptCodec.decode(wire)
            let refused = receipt.verdicts.filter { !$0.isAccepted }.count
            let conflicts = receipt.verdicts.filter { $0.outcome == .conflict }.count
            return "#\(receipt.dot.counter) at \(receipt.sequence), \(receipt.verdicts.count - refused) accepted"
                + (conflicts > 0 ? ", \(conflicts) in conflict" : "") + (refused > 0 ? ", \(refused) refused" : "")
        } catch {
            return "(unreadable)"
        }
    }

    private func topic(_ signal: UInt32, _ row: Data) -> String {
        "\(names.signal(signal)) of …\(RowID(bytes: row)?.short ?? "?")"
    }

    private func blob(_ name: WireBlobName) -> String { "\(Hexadecimal.text(Array(name.hash.prefix(4))))… \(name.size) B" }

    private func time(_ milliseconds: UInt64) -> String { Date(timeIntervalSince1970: Double(milliseconds) / 1_000).formatted(.iso8601) }

    private func sequence(_ sequence: WireSequence) -> String { "\(sequence.epoch):\(sequence.number)" }

    private func list(_ parts: [String]) -> String {
        let more = parts.count - Self.told
        return parts.prefix(Self.told).joined(separator: "; ") + (more > 0 ? "; and \(more) more" : "")
    }
}
