import Foundation
import ReplicationCore
import ReplicationEngine
import Testing

@testable import SQLiteStore

/// The journal of erasures in its file.
@Suite struct FileErasureJournalTests {
    private let folder: TemporaryFolder
    private let journal: FileErasureJournal

    init() throws {
        folder = try TemporaryFolder()
        journal = FileErasureJournal(at: folder.file("erasures.journal"))
    }

    private func erasure(_ identity: UInt64, _ rows: [UInt64]) -> Erasure {
        Erasure(
            identity: ChangesetID(high: 1, low: identity), rows: rows.map { RowKey(collection: 1, row: RowID(high: 2, low: $0)) },
            milliseconds: 1_000)
    }

    @Test func whatIsAppendedIsThere() throws {
        try journal.append(erasure(1, [1, 2]))
        try journal.append(erasure(2, [3]))
        try journal.append(erasure(1, [1]))
        #expect(try FileErasureJournal(at: journal.path).erasures() == [erasure(1, [1, 2]), erasure(2, [3])])
    }

    /// While an erasure was planned, more came to belong to its row, and it was planned anew: a restore must erase all of it.
    @Test func anErasurePlannedAnewHasTheRowsOfBothPlans() throws {
        try journal.append(erasure(1, [1, 2]))
        try journal.append(erasure(2, [3]))
        try journal.append(erasure(1, [1, 2, 4]))
        #expect(try FileErasureJournal(at: journal.path).erasures() == [erasure(1, [1, 2, 4]), erasure(2, [3])])
        // What was left of an append that was interrupted is dropped, and nothing before it.
        let file = try #require(FileHandle(forWritingAtPath: journal.path))
        try file.seekToEnd()
        try file.write(contentsOf: Data("v1\t000".utf8))
        try file.close()
        try journal.append(erasure(3, [5]))
        #expect(try journal.erasures() == [erasure(1, [1, 2, 4]), erasure(2, [3]), erasure(3, [5])])
    }
}
