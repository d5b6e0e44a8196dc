import ReplicationEngine
import Testing

@Suite struct EndpointTests {
    @Test(arguments: [
        ("wss://hub.example:8443/sync", "wss://hub.example:8443/sync"),
        ("WSS://hub.example", "wss://hub.example:443/"),
        ("ws://localhost", "ws://localhost:80/"),
        ("ws://[::1]:8080/a?b=c", "ws://[::1]:8080/a?b=c"),
        ("wss://[2001:db8::1]", "wss://[2001:db8::1]:443/"),
    ])
    func readsAndWrites(text: String, expected: String) throws {
        #expect(try Endpoint(parsing: text).description == expected)
        #expect(try Endpoint(parsing: expected).description == expected)
    }

    @Test(arguments: [
        ("http://hub", EndpointError.Code.scheme), ("hub:8443", .scheme), ("", .scheme),
        ("wss://", .host), ("wss://a b/", .host), ("wss://user@hub/", .host), ("wss://[::1/", .host), ("wss://[::1]x/", .host),
        ("wss://hub:/", .port), ("wss://hub:0/", .port), ("wss://hub:65536/", .port), ("wss://hub:+1/", .port),
        ("wss://hub:1:2/", .port), ("wss://hub/a b", .path), ("wss://hub/a\r\nX: y", .path), ("wss://hub/#a", .path),
        ("wss://hub?x", .path), ("wss://hub/é", .path),
    ])
    func refuses(text: String, code: EndpointError.Code) {
        let error = #expect(throws: EndpointError.self) { try Endpoint(parsing: text) }
        #expect(error?.code == code)
    }

    @Test(arguments: [("127.0.0.1", true), ("127.9.9.9", true), ("127.example.com", false), ("localhost", true), ("hub", false)])
    func knowsLoopback(host: String, isLoopback: Bool) {
        #expect(Endpoint(host: host, port: 1, isSecure: false).isLoopback == isLoopback)
    }
}
