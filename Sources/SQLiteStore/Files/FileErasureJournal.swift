import Foundation
import ReplicationCore
import ReplicationEngine
import Synchronization
import WireProtocol

/// The journal of erasures as a text file in the hub's data folder, beside the store and in none of its backups.
///
/// One line for each erasure, and one more where it has taken more rows: `v1`, its identity, when it was ordered (Unix
/// milliseconds), its rows as `collection/id` with commas between, and 32 hexadecimal digits of SHA-256 over all that, with tabs between. Ids only.
/// A later line of an identity adds rows to it. A last line that is not whole was never answered for, and is dropped;
/// anything else that is not whole is an error: the hub must not serve what it should have erased.
public final class FileErasureJournal: ErasureJournal {
    public let path: String
    private let lock = Mutex(())

    /// - Parameter path: of the file, which is made with the first erasure.
    public init(at path: String) { self.path = path }

    /// Where the journal of a store stands by default: in its folder.
    public static func path(besideStoreAt store: String) -> String {
        URL(fileURLWithPath: store).deletingLastPathComponent().appendingPathComponent("erasures.journal").path
    }

    /// - Throws: `HubStoreError`.
    public func erasures() throws -> [Erasure] { try lock.withLock { _ in try read().erasures } }

    /// - Throws: `HubStoreError`; nothing of it counts then, unless the error says so.
    public func append(_ erasure: Erasure) throws {
        try lock.withLock { _ in
            let known = try read()
            let before = known.erasures.first { $0.identity == erasure.identity }
            if let before, Set(before.rows).isSuperset(of: erasure.rows) { return }
            let isNew = !FileManager.default.fileExists(atPath: path)
            let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { throw failure("made or written") }
            defer { close(descriptor) }
            // What was left of an append that was interrupted goes first.
            guard ftruncate(descriptor, off_t(known.length)) == 0, lseek(descriptor, 0, SEEK_END) >= 0 else { throw failure("written") }
            do {
                try write(Self.line(erasure), to: descriptor)
                if isNew { try StoreFile.synchronizeFolder(of: path) }
            } catch {
                throw takenBack(error, descriptor, length: known.length)
            }
        }
    }

    private func write(_ line: String, to descriptor: Int32) throws {
        var rest = Array(line.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { throw failure("written") }
            rest = rest.dropFirst(count)
        }
        guard fsync(descriptor) == 0 else { throw failure("made durable") }
    }

    /// Takes a line back that may stand in the file although it was not made durable: it would be carried out at the next
    /// start, while the administrator is told that nothing was erased.
    private func takenBack(_ error: any Error, _ descriptor: Int32, length: Int) -> any Error {
        let error = (error as? StorageFault).map { HubStoreError($0) } ?? error
        if ftruncate(descriptor, off_t(length)) == 0, fsync(descriptor) == 0 { return error }
        let known = error as? HubStoreError
        return HubStoreError(known?.code ?? .io, "\(known?.message ?? "\(error)") The line could not be taken back either: if it reached the disk, the order is carried out when the hub starts next.")
    }

    /// What the file holds, and how many of its bytes are whole lines.
    private func read() throws -> (erasures: [Erasure], length: Int) {
        guard FileManager.default.fileExists(atPath: path) else { return ([], 0) }
        guard let data = FileManager.default.contents(atPath: path) else { throw failure("read") }
        var erasures: [Erasure] = []
        var length = 0
        let lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() where !line.isEmpty {
            guard let erasure = Self.erasure(String(decoding: line, as: UTF8.self)), index < lines.count - 1 else {
                // The last line, or the one before nothing.
                if index >= lines.count - 2 { break }
                throw HubStoreError(.corrupt, "Line \(index + 1) of the journal of erasures at \(path) is damaged. Put back a copy of the file before the hub serves: without it, rows that were erased may come back.")
            }
            if let known = erasures.firstIndex(where: { $0.identity == erasure.identity }) {
                erasures[known].rows = Set(erasures[known].rows).union(erasure.rows).sorted()
            } else {
                erasures.append(erasure)
            }
            length += line.count + 1
        }
        return (erasures, length)
    }

    private static func line(_ erasure: Erasure) -> String {
        let rows = erasure.rows.map(\.description).joined(separator: ",")
        let text = "v1\t\(erasure.identity)\t\(erasure.milliseconds)\t\(rows)"
        return "\(text)\t\(checksum(text))\n"
    }

    private static func erasure(_ line: String) -> Erasure? {
        let parts = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 5, parts[0] == "v1", let identity = ChangesetID(parts[1]), let milliseconds = UInt64(parts[2]),
            checksum(parts[..<4].joined(separator: "\t")) == parts[4]
        else { return nil }
        var rows: [RowKey] = []
        for text in parts[3].split(separator: ",") {
            let pair = text.split(separator: "/")
            guard pair.count == 2, let collection = UInt32(pair[0]), let row = RowID(String(pair[1])) else { return nil }
            rows.append(RowKey(collection: collection, row: row))
        }
        return Erasure(identity: identity, rows: rows, milliseconds: milliseconds)
    }

    private static func checksum(_ text: String) -> String {
        Hexadecimal.text(ContentHash.of(Array(text.utf8)).prefix(16))
    }

    private func failure(_ what: String) -> HubStoreError {
        let reason = String(cString: strerror(errno))
        let code: HubStoreError.Code = switch errno {
        case ENOSPC, EDQUOT: .full
        case EACCES, EPERM, EROFS: .readOnly
        default: .io
        }
        return HubStoreError(code, "The journal of erasures at \(path) cannot be \(what): \(reason). Nothing was erased; mend that and try again.")
    }
}
