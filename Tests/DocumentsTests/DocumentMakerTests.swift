import Documents
import Foundation
import ReplicationCore
import Testing

/// Templates and rows become forms.
@Suite struct DocumentMakerTests {
    private var records: TestRecords
    init() throws { records = try TestRecords() }

    private func shipped(_ name: String) throws -> DocumentTemplate {
        try DocumentTemplate.read(String(contentsOfFile: projectFolder + "/Protocol/documents/\(name).yaml", encoding: .utf8))
    }

    private func make(_ template: DocumentTemplate, zone: String? = "America/New_York") throws -> DocumentForm {
        try DocumentMaker(records).make(template, about: TestRecords.order, at: 1_781_600_000_000, zone: zone)
    }

    private func template(_ blocks: String, title: String = "T") -> String {
        "{template: t, version: 1, kind: quote, language: en, subject: work_order, title: \"\(title)\", letterhead: {name: C}, blocks: [\(blocks)]}"
    }

    private func blocks(_ text: String) throws -> [DocumentForm.Block] { try make(try DocumentTemplate.read(template(text))).blocks }

    private func problem(_ work: () throws -> some Any) -> String {
        do {
            let result = try work()
            return "nothing: \(result)"
        } catch { return "\(error)" }
    }

    @Test func aServiceReportShowsTheOrderWithWhatHangsOnIt() throws {
        let form = try make(try shipped("service_report.en"))
        #expect(form.number == "HLP-0001" && form.date == "June 16, 2026")
        #expect(form.blocks.first == .facts([
            .init(label: "Customer", value: "Pier Nine Cold Store"), .init(label: "Site", value: "South hall, 9 Pier Road, Brooklyn"),
            .init(label: "Asked for by", value: "Walter <b>Quist</b>"), .init(label: "Machine", value: "Chiller 2, no. CH-77 \"B\""),
            .init(label: "Reported", value: "June 14, 2026 at 5:40\u{202F}PM"),
        ]))
        let tables = form.blocks.compactMap { if case .table(let table) = $0 { table } else { nil } }
        #expect(tables.map(\.rows) == [
            [["Leak closed?", "yes"], ["Refilled, in kg", "1.5"]],
            [["Seal kit", "SK-1", "2", "$1,234.56"], ["Refrigerant", "RF-9", "1,200", "$9.99"]],
        ])
        #expect(form.blocks.contains(.facts([.init(label: "Agreed price", value: "€450.00")])))
        #expect(form.blocks.contains(.text("Leak at the valve, soldered.\n\nRefilled.")))
    }

    @Test func whatWasDeletedIsOtherwiseAndWhatIsNotKnownIsNot() throws {
        var records = records
        let form = try make(try shipped("service_report.en"))
        let key = try #require(records.rows.keys.first { $0.row == TestRecords.id(22) })
        records.rows[key] = nil
        #expect(try SourceComparison(records).changes(since: form).isEmpty)
        records.gone = [key]
        let changes = try SourceComparison(records).changes(since: form)
        #expect(Set(changes.map(\.source.row)) == [TestRecords.id(22).description] && changes.allSatisfy { $0.now == .deleted })
        #expect(Set(changes.map(\.source.field)).isSuperset(of: ["question", "answer"]))
    }

    @Test func whatWouldBeListedNowIsOtherwise() throws {
        var records = records
        let form = try make(try shipped("service_report.en"))
        #expect(form.listed.first { $0.collection == "part_needed" }?.rows == [31, 32].map { TestRecords.id($0).description })
        try records.add("part_needed", 33, ["work_order": .reference(TestRecords.order), "product": .reference(TestRecords.id(4)), "quantity": .integer(1)])
        var changes = try SourceComparison(records).changes(since: form)
        #expect(changes.map(\.name) == ["part_needed"] && changes.map(\.source.row) == [TestRecords.id(33).description])
        records.rows[RowKey(collection: try #require(records.schema.collection(named: "part_needed")).number, row: TestRecords.id(33))] = nil
        // To another order.
        records.set("part_needed", 32, "work_order", [.reference(TestRecords.id(11))])
        changes = try SourceComparison(records).changes(since: form)
        #expect(changes.map(\.name) == ["part_needed.work_order"])
        #expect(changes.map(\.now) == [.value("\"\(TestRecords.id(11))\"")])
        // Of a row that is listed and shows nothing, its end is told.
        let bare = try make(try DocumentTemplate.read(template("{text: \"{{#part_needed}}•{{/part_needed}}\"}")))
        #expect(bare.listed.map(\.collection) == ["part_needed"])
        let last = RowKey(collection: try #require(records.schema.collection(named: "part_needed")).number, row: TestRecords.id(31))
        records.rows[last] = nil
        records.gone = [last]
        #expect(try SourceComparison(records).changes(since: bare).contains { $0.now == .deleted && $0.source.row == TestRecords.id(31).description })
        // What a maker may hold in part only is not compared.
        #expect(try make(try DocumentTemplate.read(template("{text: \"{{#appointment}}•{{/appointment}}\"}"))).listed.isEmpty)
        // Of what may not be read nothing is told.
        records.hidden = ["part_needed.work_order"]
        #expect(try !SourceComparison(records).changes(since: form).contains { $0.now == .added || $0.source.field == "work_order" })
        let without = try DocumentMaker(records).make(try shipped("service_report.en"), about: TestRecords.order, at: 0, zone: nil)
        #expect(!without.listed.contains { $0.collection == "part_needed" })
    }

    @Test func aPlaceMayStayEmpty() throws {
        let places = "signature: {name: a, label: A, consent: c}}, {signature: {name: b, label: B, consent: c, optional: true}"
        let form = try make(try DocumentTemplate.read(template("{\(places)}")))
        #expect(form.state(signedAt: []) == "viewed" && form.state(signedAt: ["b"]) == "viewed" && form.state(signedAt: ["a"]) == "signed")
        // What is not optional says so by leaving it out, as forms did before.
        let bytes = String(decoding: try CanonicalForm(form).bytes, as: UTF8.self)
        #expect(bytes.components(separatedBy: "\"optional\":true").count == 2 && !bytes.contains("\"optional\":false"))
        #expect(problem { try DocumentTemplate.read(template("{signature: {name: a, label: A, consent: c, optional: perhaps}}")) }.contains("true or false"))
    }

    @Test func aMomentOfEvidenceNamesItsOffset() {
        #expect(Wording(language: "en", zone: "America/New_York").evidence(milliseconds: 1_781_600_000_000) == "June 16, 2026 at 4:53:20\u{202F}AM UTC−04:00")
        #expect(Wording(language: "es", zone: "Asia/Kolkata").evidence(milliseconds: 1_781_600_000_000).hasSuffix("14:23:20 UTC+05:30"))
        #expect(Wording(language: "en", zone: nil).evidence(milliseconds: 0).hasSuffix(" UTC"))
    }

    @Test func theSameRowsInSpanish() throws {
        let form = try make(try shipped("service_report.es"), zone: "America/Santiago")
        #expect(form.date == "16 de junio de 2026")
        guard case .facts(let facts)? = form.blocks.first else { return #expect(Bool(false)) }
        #expect(facts.last == .init(label: "Avisado", value: "14 de junio de 2026, 17:40"))
    }

    /// What its maker may not read leaves neither a value nor an empty column nor a source.
    @Test func whatMayNotBeReadIsNotInIt() throws {
        var maker = self
        maker.records.hidden = ["product.price_cents", "product.price_currency", "work_order.agreed_cents", "work_order.agreed_currency", "work_order.account"]
        let form = try maker.make(try shipped("service_report.en"))
        let text = String(decoding: try CanonicalForm(form).bytes, as: UTF8.self)
        for secret in ["1,234.56", "123456", "450", "Unit price", "Agreed price", "Pier Nine", "price_cents", "agreed_cents", "Customer\""] { #expect(!text.contains(secret), "\(secret)") }
        let tables = form.blocks.compactMap { if case .table(let table) = $0 { table } else { nil } }
        #expect(tables[1].columns.map(\.label) == ["Part", "Article", "Quantity"])
    }

    @Test func sourcesNameEachFieldOnceWithItsValue() throws {
        let sources = try make(try shipped("service_report.en")).sources
        #expect(Set(sources.map { "\($0.collection)/\($0.row)/\($0.field)" }).count == sources.count)
        #expect(sources.contains(.init(collection: "work_order", row: TestRecords.order.description, field: "number", value: "\"HLP-0001\"")))
        #expect(sources.contains { $0.collection == "product" && $0.field == "price_cents" && $0.value == "123456" })
        #expect(sources.contains { $0.collection == "asset" && $0.field == "serial" && $0.value == "\"CH-77 \\\"B\\\"\"" })
    }

    @Test func sectionsTotalsAndDurations() throws {
        var maker = self
        try maker.records.add("time_entry", 41, [
            "appointment": .reference(TestRecords.id(50)), "worker": .reference(TestRecords.id(60)), "started_at": .integer(0), "stopped_at": .integer(3_900_000),
        ])
        try maker.records.add("appointment", 50, ["work_order": .reference(TestRecords.order)])
        let made = try maker.blocks("{table: {rows: part_needed, empty: none, total: Sum, columns: [{label: P, text: \"{{product}}\"}, {label: Q, number: quantity, sum: true}, {label: A, money: product.price_cents, sum: true}]}}")
        guard case .table(let table)? = made.first else { return #expect(Bool(false)) }
        #expect(table.total == ["Sum", "1,202", "$1,244.55"])
        // Amounts of two currencies have no sum.
        maker.records.set("product", 5, "price_currency", [.text("EUR")])
        guard case .table(let mixed)? = try maker.blocks("{table: {rows: part_needed, empty: none, total: Sum, columns: [{label: P, text: x}, {label: A, money: product.price_cents, sum: true}]}}").first else { return #expect(Bool(false)) }
        #expect(mixed.total == ["Sum", ""] && mixed.rows.last == ["x", "€9.99"])
        #expect(try maker.blocks("{text: \"{{#checklist_item}}{{question}}; {{/checklist_item}}{{^contact}}nobody{{/contact}}{{#contact}}somebody{{/contact}}\"}")
            == [.text("Refilled, in kg; Leak closed?; nobody")])
        #expect(try maker.blocks("{text: \"{{priority}}, {{date(reported_at)}}, {{time(reported_at)}}\"}, {heading: \"{{#contact}}never{{/contact}}\"}")
            == [.text("urgent, June 14, 2026, 5:40\u{202F}PM")])
    }

    @Test func valuesAreNeverTemplates() throws {
        var maker = self
        maker.records.set("work_order", 10, "title", [.text("{{number}} {{> x}} {{$boom}}")])
        #expect(try maker.blocks("{text: \"{{title}}\"}") == [.text("{{number}} {{> x}} {{$boom}}")])
    }

    @Test(arguments: [
        "{{> part}}", "{{< layout}}{{/layout}}", "{{$block}}{{/block}}", "{{=<% %>=}}", "{{% CONTENT_TYPE:HTML}}", "{{*dynamic}}", "{{#title}}", "{{/title}}",
        "{{#title}}{{/number}}", "{{title", "{{}}", "{{title|upper}}", "{{{title", "{{!--}}{{$x}}", "{{ # title }}",
        "{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}x{{/a}}{{/a}}{{/a}}{{/a}}{{/a}}{{/a}}{{/a}}{{/a}}{{/a}}",
    ])
    func otherTagsAreRefused(text: String) {
        let said = problem { try DocumentTemplate.read(template("{text: \"\(text)\"}")) }
        #expect(said.hasPrefix("Template"), "\(said)")
    }

    @Test(arguments: [
        "{text: \"{{nothing}}\"}", "{text: \"{{site.nothing}}\"}", "{text: \"{{#site}}{{nothing}}{{/site}}\"}", "{text: \"{{upper(title)}}\"}",
        "{table: {rows: account, empty: e, columns: [{label: L, text: x}]}}", "{table: {rows: part_needed, sort: nothing, empty: e, columns: [{label: L, text: x}]}}",
        "{table: {rows: part_needed, empty: e, columns: [{label: L, number: note}]}}", "{table: {rows: part_needed, empty: e, columns: [{label: L, number: nothing}]}}",
        "{photos: {field: nothing}}",
    ])
    func whatIsNotThereIsToldAndNotLeftOut(block: String) throws {
        var maker = self
        maker.records.set("part_needed", 31, "note", [.text("a note")])
        let said = problem { try maker.blocks(block) }
        #expect(said.contains("`") && !said.hasPrefix("nothing"), "\(said)")
    }

    @Test func readingSaysWhereAMistakeIs() {
        for (text, expected) in [
            ("- a", "mapping"), ("a: &x b\nc: *x", "anchors"), (template("{text: x, heading: y}"), "a block is one of"), (template("{texts: x}"), "a block is one of"),
            (template("{table: {rows: r, empty: e, columns: []}}"), "1 to 12"), (template("{table: {rows: r, empty: e, columns: [{label: l}]}}"), "one of text"),
            (template("{table: {rows: r, empty: e, columns: [{label: l, text: t, sum: true}]}}"), "no sum"),
            (template("{table: {rows: r, empty: e, columns: [{label: l, number: n, times: m}]}}"), "beside money"),
            (template("{signature: {name: a, label: l, consent: c}}, {signature: {name: a, label: l, consent: c}}"), "one name"),
            ("{template: t, version: 0, kind: quote, language: en, subject: s, title: t, letterhead: {name: C}, blocks: []}", "version"),
            ("template: t\nversion: 1\nkind: letter", "kind is one of"), ("{template: t, surplus: 1}", "`surplus` is not known"),
            (template(String(repeating: "{text: x},", count: 201)), "at most 200"), (String(repeating: "#", count: 70_000), "65536"),
        ] {
            let said = problem { try DocumentTemplate.read(text) }
            #expect(said.contains(expected), "\(text.prefix(80)): \(said)")
        }
        // What looks like an anchor within a text is none.
        #expect(problem { try DocumentTemplate.read(template("{text: 'Smith &Co, *incl. tax'}")) }.hasPrefix("nothing"))
    }

    @Test func boundsAndFailuresAreTold() throws {
        var maker = self
        for number in 0..<2_001 as Range<UInt64> { try maker.records.add("checklist_item", 1_000 + number, ["work_order": .reference(TestRecords.order), "question": .text("q")]) }
        #expect(problem { try maker.blocks("{table: {rows: checklist_item, empty: e, columns: [{label: L, text: x}]}}") }.contains("2000 rows"))
        // 2,003 rows within 2,003 rows are four million.
        #expect(problem { try maker.blocks("{text: \"{{#checklist_item}}{{#work_order}}{{#checklist_item}}{{question}}{{/checklist_item}}{{/work_order}}{{/checklist_item}}\"}") }.contains("looks at more than"))
        maker.records.failure = DocumentError(.tooLarge, "the disk")
        #expect(problem { try maker.blocks("{text: x}") } == "the disk")
        #expect(problem { try DocumentMaker(records).make(try shipped("service_report.en"), about: TestRecords.id(99), at: 0, zone: nil) }.contains("not known"))
    }
}

let projectFolder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
