/// Follows an HTTP request.
final class HTTPExchange: TransferListener {
    private(set) var isSent = false
    private(set) var contentType: String?
    private(set) var body: [UInt8] = []
    private(set) var isTooLarge = false
    private let limit: Int
    private let cancellation: CancellationFlag?
    private var headBytes = 0

    init(limit: Int, cancellation: CancellationFlag?) {
        self.limit = limit
        self.cancellation = cancellation
    }

    func sent(_ command: UnsafeRawBufferPointer) { isSent = true }

    func received(line: UnsafeRawBufferPointer) -> Bool {
        headBytes += line.count
        isTooLarge = isTooLarge || headBytes > MailLimits.answerHeaderBytes
        let text = String(decoding: line, as: UTF8.self)
        // Another head follows where a server has told first that it goes on.
        if text.hasPrefix("HTTP/") { contentType = nil }
        let name = "content-type:"
        if text.lowercased().hasPrefix(name) {
            contentType = PersonalText(untrusted: text.utf8.dropFirst(name.utf8.count), limit: 200).revealed.trimmed
        }
        return !isTooLarge
    }

    func received(body more: UnsafeRawBufferPointer) -> Bool {
        guard body.count + more.count <= limit else {
            isTooLarge = true
            return false
        }
        body += more
        return true
    }

    func mayGoOn() -> Bool { cancellation?.isCancelled != true }
}

extension String {
    /// Without white space at both ends.
    var trimmed: String {
        let rest = drop { $0.isWhitespace }
        return String(rest.prefix(upTo: rest.lastIndex { !$0.isWhitespace }.map(rest.index(after:)) ?? rest.startIndex))
    }
}
