import ReplicationCore
import Testing
import TestSupport

struct IdentifierTests {
    @Test func textAndBytesRoundTrip() throws {
        var random = SplitMix64(seed: 1)
        for _ in 0..<500 {
            let id = RowID(high: random.next(), low: random.next())
            #expect(RowID(id.description) == id)
            #expect(RowID(id.description.uppercased()) == id)
            #expect(RowID(id.description.filter { $0 != "-" }) == id)
            #expect(RowID(bytes: id.bytes) == id)
            #expect(id.short == String(id.description.suffix(8)))
        }
        #expect(RowID(high: 0x0123_4567_89AB_CDEF, low: 0x0011_2233_4455_6677).description
            == "01234567-89ab-cdef-0011-223344556677")
    }

    @Test(arguments: [
        "", "0", "01234567-89ab-cdef-0011-22334455667", "01234567-89ab-cdef-0011-2233445566778",
        "g1234567-89ab-cdef-0011-223344556677", "01234567 89ab cdef 0011 223344556677",
        "0١234567-89ab-cdef-0011-223344556677",
    ])
    func rejectsOtherText(_ text: String) { #expect(RowID(text) == nil) }

    @Test(arguments: [0, 1, 15, 17, 32])
    func rejectsOtherLengths(_ count: Int) { #expect(RowID(bytes: [UInt8](repeating: 1, count: count)) == nil) }

    @Test func orderIsTheOrderOfBytes() {
        var random = SplitMix64(seed: 2)
        for _ in 0..<500 {
            // Small numbers make ties of the upper half.
            let a = RowID(high: random.next() % 3, low: random.next() % 3)
            let b = RowID(high: random.next() % 3, low: random.next() % 3)
            #expect((a < b) == a.bytes.lexicographicallyPrecedes(b.bytes))
            #expect((a == b) == (a.bytes == b.bytes))
        }
    }

    @Test func madeOnesAreOfVersion7() {
        var generator = IdentifierGenerator()
        var random = SplitMix64(seed: 3)
        for step in 0..<200 {
            let milliseconds = 1_760_000_000_000 + UInt64(step)
            let id: ChangesetID = generator.next(milliseconds: milliseconds, random: &random)
            #expect(id.high >> 16 == milliseconds)
            #expect(id.bytes[6] >> 4 == 7)
            #expect(id.bytes[8] >> 6 == 0b10)
        }
    }

    @Test func madeOnesRiseWhateverTheClockDoes() {
        var generator = IdentifierGenerator()
        var random = SplitMix64(seed: 4)
        var clock: UInt64 = 1_760_000_000_000
        var last = RowID.zero
        for step in 0..<20_000 {
            // Long stretches of standing still pass the 12 bits of the counter; some steps go back.
            if step % 9_000 == 0 { clock += 5 }
            if step % 3_000 == 0 { clock -= 1_000 }
            let id: RowID = generator.next(milliseconds: clock, random: &random)
            #expect(last < id)
            #expect(id.bytes[6] >> 4 == 7)
            last = id
        }
    }

    @Test func dotsAndSequencesOrderByTheirParts() {
        #expect(Dot(site: 1, counter: 9) < Dot(site: 2, counter: 1))
        #expect(Dot(site: 1, counter: 1) < Dot(site: 1, counter: 2))
        #expect(CommitSequence(epoch: 1, number: 9) < CommitSequence(epoch: 2, number: 1))
        #expect(CommitSequence.zero < CommitSequence(epoch: 1, number: 0))
    }
}
