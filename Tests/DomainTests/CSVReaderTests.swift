import Testing

@testable import Domain

@Suite struct CSVReaderTests {
    /// Whole, in pieces of every small size, and byte by byte: always the same.
    private func read(_ bytes: [UInt8], sourceLocation: SourceLocation = #_sourceLocation) -> [CSVReader.Element] {
        var whole = CSVReader()
        let expected = whole.feed(bytes) + whole.finish()
        for size in 1...7 {
            var reader = CSVReader()
            var elements: [CSVReader.Element] = []
            for start in stride(from: 0, to: bytes.count, by: size) {
                elements += reader.feed(bytes[start..<min(start + size, bytes.count)])
            }
            elements += reader.finish()
            #expect(elements == expected, "in pieces of \(size)", sourceLocation: sourceLocation)
        }
        return expected
    }

    private func read(_ text: String) -> [CSVReader.Element] { read(Array(text.utf8)) }

    private func record(_ line: Int, _ lastLine: Int? = nil, _ fields: String...) -> CSVReader.Element {
        .record(.init(line: line, lastLine: lastLine ?? line, fields: fields))
    }

    @Test func plainFields() {
        #expect(read("a,b\n1,\n,\n") == [record(1, nil, "a", "b"), record(2, nil, "1", ""), record(3, nil, "", "")])
    }

    @Test func lastLineNeedsNoEnd() {
        #expect(read("a,b\n1,2") == [record(1, nil, "a", "b"), record(2, nil, "1", "2")])
        #expect(read("") == [])
    }

    @Test func quotes() {
        #expect(read(#""a, b","say ""hi""","",c"d"#) == [record(1, nil, "a, b", "say \"hi\"", "", "c\"d")])
    }

    @Test func lineBreaksInQuotesCountAsLines() {
        #expect(read("a\n\"x\ny\r\nz\",1\nb") == [record(1, nil, "a"), record(2, 4, "x\ny\r\nz", "1"), record(5, nil, "b")])
    }

    @Test func everyLineEnd() {
        #expect(read("a\r\nb\rc\n\r\n\nd\r\n") == [record(1, nil, "a"), record(2, nil, "b"), record(3, nil, "c"), record(6, nil, "d")])
    }

    @Test func byteOrderMark() {
        #expect(read([0xEF, 0xBB, 0xBF, 0x61, 0x2C, 0x62]) == [record(1, nil, "a", "b")])
        // Half of one is not one, and not UTF-8 either.
        #expect(read([0xEF, 0xBB, 0x61]) == [.malformed(line: 1, lastLine: 1, problem: "field 1 is not UTF-8")])
        #expect(read([0xEF, 0xBB]) == [.malformed(line: 1, lastLine: 1, problem: "field 1 is not UTF-8")])
    }

    @Test func blanksBelongToTheField() {
        #expect(read(" a , b\n") == [record(1, nil, " a ", " b")])
    }

    @Test func textBehindAQuoteCostsItsRecordOnly() {
        #expect(read("\"a\"b,c\nd,e\n") == [
            .malformed(line: 1, lastLine: 1, problem: "there is text behind the closing quote of field 1"), record(2, nil, "d", "e"),
        ])
    }

    @Test func bytesThatAreNoTextCostTheirRecordOnly() {
        #expect(read([0x61, 0x0A, 0xFF, 0x2C, 0x62, 0x0A, 0x63]) == [
            record(1, nil, "a"), .malformed(line: 2, lastLine: 2, problem: "field 1 is not UTF-8"), record(3, nil, "c"),
        ])
    }

    @Test func aQuoteThatIsNeverClosedCostsItsLineOnly() {
        for end in ["\n", "\r\n", "\r"] {
            #expect(read(["a", "b,\"oops", "c", "d", ""].joined(separator: end)) == [
                record(1, nil, "a"), .malformed(line: 2, lastLine: 2, problem: "a quote is opened and not closed"),
                record(3, nil, "c"), record(4, nil, "d"),
            ])
        }
    }

    @Test func aRecordThatIsTooLongIsReportedOnce() {
        let long = String(repeating: "x", count: CSVReader.largestRecord * 2)
        var reader = CSVReader()
        #expect(reader.feed(Array("a\n\(long),\"\nb\n".utf8)) + reader.finish() == [
            record(1, nil, "a"), .malformed(line: 2, lastLine: 2, problem: "the record has more than 262144 bytes"), record(3, nil, "b"),
        ])
        var quoted = CSVReader()
        #expect(quoted.feed(Array("a\n\"\(long)\"\nb\n".utf8)) + quoted.finish() == [
            record(1, nil, "a"), .malformed(line: 2, lastLine: 2, problem: "a quote is opened and not closed"), record(3, nil, "b"),
        ])
    }
}
