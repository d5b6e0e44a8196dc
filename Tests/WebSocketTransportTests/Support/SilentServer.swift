import ChildProcesses
import Foundation
import Testing

/// A TCP server that takes connections and says nothing, or nothing after the handshake.
///
/// `@unchecked Sendable`: the descriptors are set once, before the thread starts.
final class SilentServer: @unchecked Sendable {
    let port: UInt16
    private let descriptor: Int32

    init(answersHandshake: Bool = false) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && listen(descriptor, 16) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isListening else { throw RawClient.Failure(message: "listen: \(errno)") }
        self.descriptor = descriptor
        port = UInt16(bigEndian: address.sin_port)
        if answersHandshake { Thread { Self.answerOne(descriptor) }.start() }
    }

    deinit { Glibc.close(descriptor) }

    private static func answerOne(_ descriptor: Int32) {
        let peer = accept(descriptor, nil, nil)
        guard peer >= 0 else { return }
        var request: [UInt8] = []
        var byte: UInt8 = 0
        while request.suffix(4) != [13, 10, 13, 10], recv(peer, &byte, 1, 0) == 1 { request.append(byte) }
        let text = String(decoding: request, as: UTF8.self)
        let key = text.split(separator: "\r\n").first { $0.lowercased().hasPrefix("sec-websocket-key:") }
            .map { $0.drop { $0 != ":" }.dropFirst().trimmingCharacters(in: .whitespaces) } ?? ""
        var answer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        answer += "Sec-WebSocket-Protocol: converge.v1\r\nSec-WebSocket-Accept: \(acceptKey(key))\r\n\r\n"
        let bytes = Array(answer.utf8)
        send(peer, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        // Answers nothing until the other side gives up.
        while recv(peer, &byte, 1, 0) == 1 {}
        Glibc.close(peer)
    }

    /// RFC 6455, section 4.2.2, computed by the openssl command to keep this test free of a SHA-1.
    private static func acceptKey(_ key: String) -> String {
        let script = "printf '%s' \"$1\" | openssl sha1 -binary | openssl base64"
        // Without a key the other side refuses the handshake, which the test sees.
        let run = try? ChildProcess.run("/bin/sh", ["-c", script, "sh", key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"], within: 30)
        return run?.output.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
    }
}
