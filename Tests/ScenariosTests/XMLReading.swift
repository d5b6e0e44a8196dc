import Foundation
import FoundationXML

/// The elements of an XML document, in order, as a parser reads them.
final class XMLReading: NSObject, XMLParserDelegate {
    private var found: [(name: String, attributes: [String: String])] = []

    static func elements(of text: String) throws -> [(name: String, attributes: [String: String])] {
        let reading = XMLReading()
        let parser = XMLParser(data: Data(text.utf8))
        parser.delegate = reading
        guard parser.parse() else { throw parser.parserError ?? CocoaError(.fileReadCorruptFile) }
        return reading.found
    }

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?, attributes: [String: String]
    ) {
        found.append((name, attributes))
    }
}
