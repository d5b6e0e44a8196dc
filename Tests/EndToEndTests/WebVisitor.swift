import Foundation
import FoundationNetworking

/// Somebody with a browser that has no scripts, and goes nowhere by itself.
struct WebVisitor {
    struct Answer {
        let status: Int
        let text: String
        let bytes: Data
        let headers: [String: String]
    }

    private final class Still: NSObject, URLSessionTaskDelegate {
        func urlSession(
            _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse, newRequest request: URLRequest,
            completionHandler: @escaping @Sendable (URLRequest?) -> Void
        ) { completionHandler(nil) }
    }

    private let session = URLSession(configuration: .ephemeral, delegate: Still(), delegateQueue: nil)

    func get(_ address: String) async throws -> Answer { try await ask(URLRequest(url: URL(string: address) ?? URL(fileURLWithPath: "/"))) }

    func post(_ address: String, _ fields: [(String, String)]) async throws -> Answer {
        var request = URLRequest(url: URL(string: address) ?? URL(fileURLWithPath: "/"))
        request.httpMethod = "POST"
        request.setValue("application/x-www-form-urlencoded", forHTTPHeaderField: "Content-Type")
        var allowed = CharacterSet.alphanumerics
        allowed.insert(charactersIn: "-._~")
        request.httpBody = Data(fields.map { name, value in
            "\(name)=\(value.addingPercentEncoding(withAllowedCharacters: allowed) ?? "")"
        }.joined(separator: "&").utf8)
        return try await ask(request)
    }

    private func ask(_ request: URLRequest) async throws -> Answer {
        let (data, response) = try await session.data(for: request)
        let http = response as? HTTPURLResponse
        let headers = (http?.allHeaderFields ?? [:]).reduce(into: [String: String]()) { $0["\($1.key)".lowercased()] = "\($1.value)" }
        return Answer(status: http?.statusCode ?? 0, text: String(decoding: data, as: UTF8.self), bytes: data, headers: headers)
    }
}

extension String {
    /// What stands between two texts, for the first time.
    func between(_ start: String, _ end: String) -> String? {
        guard let from = range(of: start), let to = self[from.upperBound...].range(of: end) else { return nil }
        return String(self[from.upperBound..<to.lowerBound])
    }
}
