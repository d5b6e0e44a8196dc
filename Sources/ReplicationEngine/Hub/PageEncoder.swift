import ReplicationCore
import WireProtocol

/// Turns a page of the store's stream into messages. Each has a cursor of its own, at which catch-up can go on, and
/// is of a size that a device takes.
struct PageEncoder {
    private let encoder: ChangeEncoder
    private let request: CatchUpRequest
    private(set) var messages: [CatchUpPage.Message] = []
    private var writer = ChangesWriter()
    private var bytes = 0
    private(set) var progress: SentRows?
    /// Everything up to here is in the messages, or waits for the next one.
    private var cursor: CatchUpCursor

    /// - Parameter begun: the head when the catch-up began.
    init(_ encoder: ChangeEncoder, _ request: CatchUpRequest, begun: CommitSequence, _ progress: SentRows? = nil) {
        self.progress = progress
        self.encoder = encoder
        self.request = request
        cursor = request.cursor
        cursor.begun = begun
    }

    /// - Parameters:
    ///   - changes: where the page's row changes stand.
    ///   - contained: what of lost time the cells of a row contain.
    mutating func add(
        _ item: ChangePage.Item, _ changes: UnsafeRawBufferPointer, contained: (RowKey) throws -> [ContainedPlace]
    ) rethrows {
        switch item.content {
        case .row(let row, let isHeld):
            // Of a row that was taken away nothing is left, and what the device holds of it has to go.
            let after = isHeld && !row.isStripped && !cursor.sendsWhole ? cursor.base : nil
            let parts = encoder.parts(of: row, role: request.role, after: after, contained: try contained(row.key))
            for (index, change) in parts.enumerated() {
                WireFrame.bytes(of: change).withUnsafeBytes { writer.append($0, of: row.key.collection) }
                bytes += change.weight
                if index < parts.count - 1 { flush(cursor.bytes(part: UInt32(index + 1)), complete: nil) }
            }
        case .ready(let key, let range):
            writer.append(UnsafeRawBufferPointer(rebasing: changes[range]), of: key.collection)
            bytes += 8 + range.count
        case .left(let key):
            guard encoder.mayRead(request.role, key) else { break }
            writer.append(evicted: key)
            bytes += 18
        }
        cursor.place = item.place
        progress?.done += 1
        if bytes >= ProtocolLimits.chunkTargetBytes { flush(cursor.bytes, complete: nil) }
    }

    /// - Parameters:
    ///   - complete: the snapshot's head, if nothing follows the page.
    ///   - held: what the device should hold then.
    mutating func finish(next: CatchUpCursor, complete: CommitSequence?, held: HeldSum? = nil) {
        // A page without a message would leave the device without a cursor.
        if complete != nil || bytes > 0 || messages.isEmpty { flush(next.bytes, complete: complete, held: held) }
    }

    private mutating func flush(_ cursor: [UInt8], complete: CommitSequence?, held: HeldSum? = nil) {
        let cursor = cursor + request.fingerprint
        var message = encoder.message(rows: [], evicted: [], cursor: cursor, complete: complete, isLive: false)
        if let held { message.held = WireHeld(held) }
        message.restart = messages.isEmpty && request.isRestart
        if var progress {
            // What was counted may hold rows that have gone since, and lack some that came.
            if complete != nil || progress.total != 0 && progress.done > progress.total { progress.total = progress.done }
            message.rowsDone = progress.done
            message.rowsTotal = progress.total
        }
        messages.append((writer.frame(message), cursor, complete))
        writer.removeAll()
        bytes = 0
    }
}

extension WireRowChange {
    /// About how many bytes it takes.
    var weight: Int {
        values.reduce(24 + clock.count) { sum, value in
            switch value.kind {
            case .text(let text): sum + 8 + text.utf8.count
            case .bytes(let bytes): sum + 8 + bytes.count
            case .boolean, .integer, .real, nil: sum + 12
            }
        }
    }
}
