import CCurl

/// Sends requests.
public enum HTTPClient {
    /// Sends one on a connection of its own, with HTTP/1.1. Blocks until the answer is there or a limit is reached, so it belongs on a worker's thread; any number of
    /// threads may send at once.
    public static func send(_ request: HTTPRequest, cancellation: CancellationFlag? = nil) -> HTTPOutcome {
        let exchange = HTTPExchange(limit: request.answerLimit, cancellation: cancellation)
        let transfer = Transfer(
            sending: request.body, to: request.url, protocols: "http,https", times: request.times, trusting: request.trustedCertificates, listener: exchange)
        guard let transfer else { return .notSent(HandoverTrouble(.local, "libcurl could not be started; no memory may be left.")) }
        transfer.set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        transfer.set(CURLOPT_MAXREDIRS, 0)
        if request.method == .post {
            transfer.set(CURLOPT_POST, 1)
            transfer.set(CURLOPT_POSTFIELDSIZE_LARGE, size: request.body.count)
        }
        // Without the second, libcurl waits a second for servers to say that large bodies may come.
        transfer.set(CURLOPT_HTTPHEADER, list: request.headers.map(\.line) + ["Expect:"])
        let end = transfer.perform()
        if end.code == CURLE_OK {
            return .answered(HTTPAnswer(status: transfer.number(CURLINFO_RESPONSE_CODE), contentType: exchange.contentType, body: exchange.body))
        }
        let trouble = exchange.isTooLarge
            ? HandoverTrouble(.answerTooLarge, "\(request.server) answered more than \(request.answerLimit) bytes.")
            : HandoverTrouble(end.cause, "The request to \(request.server) failed: \(end.detail).")
        return exchange.isSent ? .unknown(trouble) : .notSent(trouble)
    }
}
