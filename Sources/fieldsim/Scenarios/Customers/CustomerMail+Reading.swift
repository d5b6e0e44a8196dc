import MailTransport
import Scenarios

extension CustomerMail {
    /// Parts within parts are followed so deep; the hub's mails need three.
    private static let depth = 6

    /// Reads a message as it came.
    init(message: [UInt8]) {
        self.init(text: "", attached: [])
        add(MIMEReader(message[...]), depth: 0)
    }

    private mutating func add(_ part: MIMEReader, depth: Int) {
        if part.mediaType.hasPrefix("multipart/"), depth < Self.depth, let boundary = part.parameter("boundary", of: "content-type") {
            for inner in part.parts(boundary: boundary) { add(inner, depth: depth + 1) }
        } else if part.isAttached {
            attached.append(part.mediaType)
        } else if part.mediaType == "text/plain", text.isEmpty {
            text = String(decoding: part.content, as: UTF8.self).replacing("\r\n", with: "\n")
        }
    }
}
