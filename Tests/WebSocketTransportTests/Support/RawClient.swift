import Foundation
import Testing

/// A TCP client that says whatever a test wants to say, right or wrong.
final class RawClient {
    enum Ending: Equatable { case endOfStream, reset, deadline }
    struct Failure: Error { var message: String }

    private let descriptor: Int32

    init(port: UInt16, receiveBuffer: Int32? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        if var size = receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Failure(message: "connect: \(errno)") }
    }

    deinit { Glibc.close(descriptor) }

    func send(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard sent > 0 else { return }
            rest = rest.dropFirst(sent)
        }
    }

    func send(_ text: String) { send(Array(text.utf8)) }

    /// Sends the opening request and reads the answer up to the empty line.
    @discardableResult
    func handshake(subprotocol: String? = "converge.v1") throws -> String {
        var request = "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        request += "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        if let subprotocol { request += "Sec-WebSocket-Protocol: \(subprotocol)\r\n" }
        send(request + "\r\n")
        var answer: [UInt8] = []
        while answer.suffix(4) != [13, 10, 13, 10] {
            let byte = receive(1, seconds: 10)
            guard !byte.isEmpty else { break }
            answer += byte
        }
        return String(decoding: answer, as: UTF8.self)
    }

    /// Reads up to `count` bytes; fewer only at the end of the stream or the deadline.
    func receive(_ count: Int, seconds: Double = 10) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count, case .some(let piece) = read(count - bytes.count, seconds: seconds).bytes {
            bytes += piece
        }
        return bytes
    }

    /// One WebSocket frame from the other side, or nil at the end.
    func receiveFrame(seconds: Double = 10) -> (opcode: UInt8, isFinal: Bool, payload: [UInt8])? {
        let head = receive(2, seconds: seconds)
        guard head.count == 2 else { return nil }
        var length = Int(head[1] & 0x7F)
        if length >= 126 {
            length = receive(length == 126 ? 2 : 8, seconds: seconds).reduce(0) { $0 << 8 | Int($1) }
        }
        return (head[0] & 0x0F, head[0] & 0x80 != 0, receive(length, seconds: seconds))
    }

    /// Reads and drops everything until the other side ends TCP.
    func waitForEnd(seconds: Double = 10) -> Ending {
        let deadline = Date(timeIntervalSinceNow: seconds)
        while deadline.timeIntervalSinceNow > 0 {
            let (bytes, ending) = read(65_536, seconds: deadline.timeIntervalSinceNow)
            if bytes == nil { return ending }
        }
        return .deadline
    }

    private func read(_ count: Int, seconds: Double) -> (bytes: [UInt8]?, ending: Ending) {
        var item = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&item, 1, Int32(max(seconds, 0) * 1000)) > 0 else { return (nil, .deadline) }
        var buffer = [UInt8](repeating: 0, count: count)
        let received = recv(descriptor, &buffer, count, 0)
        if received > 0 { return (Array(buffer.prefix(received)), .endOfStream) }
        return (nil, received == 0 ? .endOfStream : .reset)
    }

    /// A client's frame. `announced` lies about the length.
    static func frame(
        opcode: UInt8, payload: [UInt8], isFinal: Bool = true, isMasked: Bool = true, announced: UInt64? = nil
    ) -> [UInt8] {
        let length = announced ?? UInt64(payload.count)
        var bytes: [UInt8] = [(isFinal ? 0x80 : 0) | opcode]
        let maskBit: UInt8 = isMasked ? 0x80 : 0
        switch length {
        case 0..<126: bytes.append(maskBit | UInt8(length))
        case 126..<65_536: bytes += [maskBit | 126, UInt8(length >> 8), UInt8(length & 0xFF)]
        default: bytes += [maskBit | 127] + (0..<8).reversed().map { UInt8(truncatingIfNeeded: length >> (8 * UInt64($0))) }
        }
        guard isMasked else { return bytes + payload }
        let mask: [UInt8] = [0x11, 0x22, 0x33, 0x44]
        return bytes + mask + payload.enumerated().map { $1 ^ mask[$0 & 3] }
    }
}
