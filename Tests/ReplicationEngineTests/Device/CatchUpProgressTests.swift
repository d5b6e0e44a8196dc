import Testing
@testable import ReplicationEngine

struct CatchUpProgressTests {
    @Test(arguments: [
        (UInt64(1_024), UInt64(12_300), UInt64(1_258_291), UInt64(800), "1024 of 12300 rows, 1.1 MiB, about 9 s left"),
        (10, 10, 1, 5, "10 of 10 rows, 1 KiB, about 0 s left"),
        (3, 0, 2_048, 5, "3 rows, 2 KiB"),
        (5, 3, 0, 5, "5 of 5 rows, 0 KiB, about 0 s left"),
        (1, 1_000, 70 << 20, 500, "1 of 1000 rows, 70.0 MiB, about 9 min left"),
        (1, 100_000, 1, 500, "1 of 100000 rows, 1 KiB, about 14 h left"),
        (1, .max, 1, 1 << 40, "1 of 18446744073709551615 rows, 1 KiB"),
    ])
    func whatPeopleRead(done: UInt64, total: UInt64, bytes: UInt64, milliseconds: UInt64, text: String) {
        #expect(CatchUpProgress(rowsDone: done, rowsTotal: total, bytes: bytes, after: milliseconds).text == text)
    }
}
