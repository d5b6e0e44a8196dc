import Foundation
import Glibc

/// A browser of the simplest kind: it sends bytes over a socket and reads the answer. It follows nothing and adds nothing.
struct RawBrowser {
    let port: Int

    struct Answer {
        var status: Int
        /// By name in lower case; of several, the last.
        var headers: [String: String]
        var bytes: [UInt8]

        var text: String { String(decoding: bytes, as: UTF8.self) }
        var location: String? { headers["location"] }
    }

    func get(_ path: String, method: String = "GET", _ headers: [String: String] = [:]) async -> Answer {
        await answer(lines(method, path, headers))
    }

    func post(_ path: String, _ fields: [(String, String)], _ headers: [String: String] = [:]) async -> Answer {
        let encode = { (text: String) in text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "" }
        return await post(path, body: fields.map { "\(encode($0.0))=\(encode($0.1))" }.joined(separator: "&"), headers)
    }

    func post(_ path: String, body: String, _ headers: [String: String] = [:]) async -> Answer {
        var all = ["Content-Type": "application/x-www-form-urlencoded", "Content-Length": String(body.utf8.count)]
        all.merge(headers) { $1 }
        return await answer(lines("POST", path, all) + body)
    }

    private func lines(_ method: String, _ path: String, _ headers: [String: String]) -> String {
        var all = ["Host": "127.0.0.1:\(port)", "Connection": "close"]
        all.merge(headers) { $1 }
        return "\(method) \(path) HTTP/1.1\r\n" + all.map { "\($0.key): \($0.value)\r\n" }.joined() + "\r\n"
    }

    /// The answer to bytes, once the server has closed the connection.
    func answer(_ request: String) async -> Answer {
        await onThread {
            let line = Line(port: port)
            line.send(request)
            return Self.parse(line.readAll())
        }
    }

    /// A connection that stays open, for what has no end.
    func open(_ path: String) async -> Line {
        let request = lines("GET", path, ["Connection": "keep-alive"])
        return await onThread {
            let line = Line(port: port)
            line.send(request)
            return line
        }
    }

    static func parse(_ bytes: [UInt8]) -> Answer {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return Answer(status: 0, headers: [:], bytes: bytes) }
        let head = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        let headers = head.dropFirst().reduce(into: [String: String]()) { headers, line in
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2 { headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces) }
        }
        return Answer(status: Int(head[0].split(separator: " ").dropFirst().first ?? "") ?? 0, headers: headers, bytes: Array(bytes[end.upperBound...]))
    }
}

/// Blocking work on a thread of its own: tasks have only as many threads as there are processors.
func onThread<T: Sendable>(_ work: @escaping @Sendable () -> T) async -> T {
    await withCheckedContinuation { continuation in Thread { continuation.resume(returning: work()) }.start() }
}

/// A connection to the server on loopback.
final class Line: Sendable {
    private let socket: Int32

    init(port: Int) {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        // A server that never answers fails a test, and does not hang it. Its answers wait for the threads that all tests share.
        var patience = timeval(tv_sec: 180, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
    }

    deinit { Glibc.close(socket) }

    func send(_ text: String) {
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return }
            sent += count
        }
    }

    func readAll() -> [UInt8] {
        var all: [UInt8] = []
        while let piece = readSome() { all += piece }
        return all
    }

    /// Reads on until a text has come; what was read, with or without it.
    func read(until text: String, after read: String = "") async -> String {
        await onThread { [self] in
            var all = Array(read.utf8)
            while all.firstRange(of: Array(text.utf8)) == nil, let piece = readSome() { all += piece }
            return String(decoding: all, as: UTF8.self)
        }
    }

    func hangUp() { shutdown(socket, Int32(SHUT_RDWR)) }

    private func readSome() -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(socket, &buffer, buffer.count, 0)
        return count > 0 ? Array(buffer[..<count]) : nil
    }
}
