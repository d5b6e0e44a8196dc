import Documents
import Foundation
import ReplicationCore
import Testing

/// The bytes that people sign.
@Suite struct CanonicalFormTests {
    private let golden = projectFolder + "/Fixtures/documents/form-with-lists.json"

    private func form() throws -> DocumentForm {
        let template = try DocumentTemplate.read(String(contentsOfFile: projectFolder + "/Protocol/documents/service_report.es.yaml", encoding: .utf8))
        var records = try TestRecords()
        records.set("work_order", 10, "description", [.text("Ñandú / \"señal\" \\ \u{1}\u{8}\n\t 漢字 😀")])
        let hash = String(repeating: "0f", count: 32)
        records.set("checklist_item", 21, "photos", [.text("\(hash) 1234 image/jpeg")])
        return try DocumentMaker(records).make(template, about: TestRecords.order, at: 1_781_600_000_000, zone: "America/Santiago")
    }

    /// As they were when the format was fixed: a form that was signed is read for ever, and has the same hash.
    @Test func theBytesAreThoseOfTheFixture() throws {
        let bytes = try CanonicalForm(form()).bytes
        if ProcessInfo.processInfo.environment["CONVERGE_WRITE_FIXTURES"] != nil { try Data(bytes).write(to: URL(fileURLWithPath: golden)) }
        let kept = [UInt8](try Data(contentsOf: URL(fileURLWithPath: golden)))
        #expect(bytes == kept)
        #expect(try CanonicalForm(reading: kept).form == form())
    }

    /// What was signed before forms had lists.
    @Test func aFormWithoutListsKeepsItsBytes() throws {
        let kept = [UInt8](try Data(contentsOf: URL(fileURLWithPath: projectFolder + "/Fixtures/documents/form.json")))
        let former = try CanonicalForm(reading: kept).form, present = try form()
        #expect(former.listed.isEmpty && !present.listed.isEmpty)
        #expect(former.blocks == present.blocks && former.sources == present.sources)
    }

    @Test func listsThatNobodyMakesAreRefused() throws {
        let text = String(decoding: try CanonicalForm(form()).bytes, as: UTF8.self)
        let lists = try #require(text.range(of: "\"lists\":["))
        let end = try #require(text.range(of: "],\"number\""))
        let first = try #require(text[lists.upperBound..<end.lowerBound].range(of: "}"))
        let one = text[lists.upperBound..<first.upperBound]
        func refuses(_ inner: String) -> Bool {
            let other = text[..<lists.upperBound] + inner + text[end.lowerBound...]
            do { _ = try CanonicalForm(reading: Array(other.utf8)) } catch { return true }
            return false
        }
        #expect(!refuses(String(one)) && refuses("") && refuses("\(one),\(one)"))
        let a = TestRecords.id(31), b = TestRecords.id(32)
        func list(_ row: String, _ rows: [String]) -> String {
            "{\"collection\":\"part_needed\",\"field\":\"work_order\",\"row\":\"\(row)\",\"rows\":[\(rows.map { "\"\($0)\"" }.joined(separator: ","))]}"
        }
        #expect(!refuses(list("\(a)", ["\(a)", "\(b)"])) && refuses(list("\(a)", ["\(b)", "\(a)"])) && refuses(list("\(a)", ["\(a)", "\(a)"])))
        #expect(refuses(list("x", [])) && refuses(list("\(a)", ["x"])) && refuses(list("\(a)".uppercased(), [])))
        let many = (0..<201).map { list("\(TestRecords.id(UInt64($0)))", []) }
        #expect(!refuses(many.prefix(200).joined(separator: ",")) && refuses(many.joined(separator: ",")))
    }

    @Test func everyBlockGoesThereAndBack() throws {
        let picture = DocumentForm.Picture(hash: String(repeating: "ab", count: 32), size: 9, mediaType: "image/png")
        let form = DocumentForm(
            kind: .contract, template: .init(name: "t", version: 3), language: "es-CL", title: "T", number: "", date: "d",
            letterhead: .init(name: "C", lines: ["a", "b"], logo: picture),
            blocks: [
                .heading("h"), .text("t"), .facts([.init(label: "l", value: "v")]), .photos([.init(picture: picture, caption: "c")]), .terms("x"),
                .table(.init(columns: [.init(label: "l", isNumber: true)], rows: [["1"]], empty: "e", total: ["1"])),
                .table(.init(columns: [.init(label: "l")], rows: [], empty: "e")), .signature(.init(name: "n", label: "l", consent: "c")),
            ],
            sources: [.init(collection: "c", row: "r", field: "f", value: "null")])
        #expect(try CanonicalForm(reading: CanonicalForm(form).bytes).form == form)
    }

    @Test func otherBytesOfTheSameContentAreRefused() throws {
        let text = String(decoding: try CanonicalForm(form()).bytes, as: UTF8.self)
        for other in [
            " " + text, text + "\n", text.replacing("\"kind\":", with: "\"kind\": "), text.replacing("{\"blocks\"", with: "{\"a\":1,\"blocks\""),
            text.replacing("\"version\":1", with: "\"version\":1.0"), text.replacing("漢", with: "\\u6f22"), text.replacing("image/jpeg", with: "image\\/jpeg"),
            String(text.dropLast()), "[]", "", "{}", String(repeating: "[", count: 100_000),
        ] {
            #expect(throws: DocumentError.self, "\(other.prefix(60))") { try CanonicalForm(reading: Array(other.utf8)) }
        }
        #expect(throws: DocumentError.self) { try CanonicalForm(reading: [UInt8](repeating: 32, count: 2 << 20)) }
    }
}
