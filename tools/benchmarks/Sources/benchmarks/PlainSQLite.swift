import CBaseline
import Foundation
import ReplicationCore

/// The limit: the same rows through plain SQLite in C, in a file of its own.
final class PlainSQLite {
    private let base: OpaquePointer
    private let folder: String

    init(folder: String, shape: baseline_shape = BASELINE_STORED) throws {
        self.folder = folder
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var base: OpaquePointer?
        let code = baseline_open(folder + "/plain.sqlite", shape, &base)
        guard code == 0, let base else { throw BenchmarkFailure("plain SQLite cannot open a file: code \(code)") }
        self.base = base
    }

    deinit { baseline_close(base) }

    struct Work {
        var clockBytes: Int
        /// 0 for rows without a log.
        var changesetBytes = 0
        var rowsPerTransaction: Int
        /// Whom all rows belong to; nil: each is its own owner.
        var owner: RowID?
    }

    /// What it took.
    struct Pace {
        var rowsPerSecond: Double
        /// Processor time per row, in microseconds.
        var processor: Double
    }

    func insert(_ ids: [RowID], _ work: Work) throws -> Pace { try run(ids, work, baseline_insert) }

    func update(_ ids: [RowID], _ work: Work) throws -> Pace { try run(ids, work, baseline_update) }

    private typealias Call = (OpaquePointer, UnsafePointer<baseline_work>, UnsafeMutablePointer<Double>) -> Int32

    private func run(_ ids: [RowID], _ work: Work, _ call: Call) throws -> Pace {
        let bytes = ids.flatMap(\.bytes)
        let owner = work.owner?.bytes ?? []
        let text = [CChar](repeating: CChar(UInt8(ascii: "x")), count: BenchmarkSchema.sampleBytes)
        var seconds = 0.0
        let processor = ProcessorClock()
        let code = bytes.withUnsafeBufferPointer { ids in
            text.withUnsafeBufferPointer { text in
                owner.withUnsafeBufferPointer { owner in
                    var native = baseline_work(
                        ids: ids.baseAddress, owner: owner.isEmpty ? nil : owner.baseAddress, count: Int32(ids.count / 16),
                        text: text.baseAddress, text_bytes: Int32(text.count), clock_bytes: Int32(work.clockBytes),
                        rows_per_transaction: Int32(max(1, work.rowsPerTransaction)),
                        changeset_bytes: Int32(work.changesetBytes))
                    return withExtendedLifetime(self) { call(base, &native, &seconds) }
                }
            }
        }
        guard code == 0 else { throw BenchmarkFailure("plain SQLite failed with code \(code)") }
        return Pace(
            rowsPerSecond: Double(ids.count) / seconds, processor: processor.seconds * 1e6 / Double(ids.count))
    }
}
