import Hummingbird

/// The name of a header, of a type that the framework lends.
typealias HTTPFieldName = HTTPFields.Element.Name

/// Answers, made in one way.
enum PageReply {
    /// Closes the connection after an answer, since what its sender still sends is not read.
    struct ConnectionEnds: Error {}

    static func page(_ html: String, status: HTTPResponse.Status = .ok, retryAfter: Int? = nil) -> Response {
        var headers: HTTPFields = [.contentType: "text/html; charset=utf-8"]
        if let retryAfter { headers[.retryAfter] = String(retryAfter) }
        return Response(status: status, headers: headers, body: body(Array(html.utf8)))
    }

    static func file(_ bytes: [UInt8], mediaType: String, status: HTTPResponse.Status = .ok, cache: String? = nil, attachment: String? = nil) -> Response {
        var headers: HTTPFields = [.contentType: mediaType]
        if let cache { headers[.cacheControl] = cache }
        if let attachment { headers[.contentDisposition] = PageHeaders.attachment(attachment) }
        return Response(status: status, headers: headers, body: body(bytes))
    }

    /// 303: what was handed in was taken, and the browser reads on there. Loading that page again hands in nothing.
    static func seeOther(_ path: String) -> Response { Response(status: .seeOther, headers: [.location: path]) }

    static func body(_ bytes: [UInt8]) -> ResponseBody { ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)) }
}
