import Documents
import Foundation
import Testing

/// The templates that come along.
struct ShippedTemplateTests {
    static let names = DocumentTemplate.shipped.keys.sorted()

    private func shipped(_ name: String) throws -> DocumentTemplate { try DocumentTemplate.read(#require(DocumentTemplate.shipped[name])) }

    @Test func `there is one of each kind in each language`() {
        #expect(Self.names == DocumentKind.allCases.flatMap { kind in ["en", "es"].map { "\(kind.rawValue).\($0)" } }.sorted())
    }

    @Test(arguments: names)
    func `a template is called as its file, and is about an order`(name: String) throws {
        let template = try shipped(name)
        #expect(template.identity.name == name && "\(template.kind.rawValue).\(template.language)" == name && template.subject == "work_order")
        let file = try String(contentsOfFile: projectFolder + "/Protocol/documents/\(name).yaml", encoding: .utf8)
        #expect(try DocumentTemplate.read(file) == template)
    }

    /// Whoever signs the Spanish one signs the same as whoever signs the English one.
    @Test(arguments: DocumentKind.allCases)
    func `both languages have the same places, tables and fields`(kind: DocumentKind) throws {
        let forms = try ["en", "es"].map { language in
            try DocumentMaker(TestRecords()).make(shipped("\(kind.rawValue).\(language)"), about: TestRecords.order, at: 1_781_600_000_000, zone: nil)
        }
        let (english, spanish) = (forms[0], forms[1])
        #expect(english.sources == spanish.sources)
        #expect(english.places.map(\.name) == spanish.places.map(\.name) && english.blocks.count == spanish.blocks.count)
        #expect(zip(english.blocks, spanish.blocks).allSatisfy { String(describing: $0).prefix(5) == String(describing: $1).prefix(5) })
    }

    /// What it says of the price is true whether its maker may see one, and whether one was agreed.
    @Test(arguments: ["quote.en", "contract.en"])
    func `a price that is not known is not spoken of`(name: String) throws {
        var records = try TestRecords()
        func text() throws -> String {
            String(decoding: try CanonicalForm(DocumentMaker(records).make(shipped(name), about: TestRecords.order, at: 0, zone: nil)).bytes, as: UTF8.self)
        }
        let agreed = try text()
        #expect(agreed.contains("€450.00") && agreed.contains("The price is") && !agreed.contains("rates"))
        records.hidden = ["work_order.agreed_cents", "work_order.agreed_currency", "product.price_cents", "product.price_currency"]
        let hidden = try text()
        #expect(!hidden.contains("450") && !hidden.contains("Amount") && hidden.contains("rates"))
    }

    @Test func `a quote multiplies and adds up`() throws {
        let form = try DocumentMaker(TestRecords()).make(shipped("quote.en"), about: TestRecords.order, at: 0, zone: nil)
        let table = try #require(form.blocks.compactMap { if case .table(let table) = $0 { table } else { nil } }.first)
        #expect(table.rows.map(\.last) == ["$2,469.12", "$11,988.00"] && table.total == ["All parts", "", "", "", "$14,457.12"])
    }
}
