import MailTransport
import Scenarios

/// Visits to the hub's pages, as browsers and the programs that look through mail make them. The hub is told by a proxy's header from
/// where: a scanner is somebody else than the customer, and the hub counts how often each asks.
struct CustomerVisit {
    /// Addresses for documentation (RFC 5737). Scanners of large mail services come from many, so that no rate holds them up.
    static let customer = "198.51.100.7"
    static func scanner(_ visit: Int) -> String { "203.0.113.\(visit % 250 + 1)" }

    let link: String
    let address: String

    /// - Throws: `StageError` if no answer comes.
    func load() throws -> (status: Int, page: String) { try send(HTTPRequest(.get, link, headers: headers)) }

    /// Hands in a form of the page, or what its script tells.
    func post(_ more: String = "", _ fields: [(name: String, value: String)] = []) throws -> (status: Int, page: String) {
        let form = fields.map { "\($0.name)=\(Self.encoded($0.value))" }.joined(separator: "&")
        let type = try HTTPHeader("Content-Type", "application/x-www-form-urlencoded")
        return try send(HTTPRequest(.post, link + more, headers: headers + [type], body: Array(form.utf8)))
    }

    private var headers: [HTTPHeader] { get throws { [try HTTPHeader("X-Forwarded-For", address), try HTTPHeader("User-Agent", "fieldsim")] } }

    private func send(_ request: HTTPRequest) throws -> (status: Int, page: String) {
        switch HTTPClient.send(request) {
        case .answered(let answer): return (answer.status, String(decoding: answer.body, as: UTF8.self))
        case .notSent(let trouble), .unknown(let trouble): throw StageError("\(trouble)")
        }
    }

    /// As a form is sent (WHATWG URL, section 5).
    private static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                String(UnicodeScalar(byte))
            case UInt8(ascii: " "): "+"
            default: "%" + String([byte >> 4, byte & 0xF].map { Character(String($0, radix: 16, uppercase: true)) })
            }
        }.joined()
    }

    /// What a reader of the page has to tick, one for each document.
    static func agreements(in page: String) -> [String] {
        page.matches(of: #/name="agree" id="[^"]*" value="([^"]*)"/#).map { String($0.1) }
    }
}
