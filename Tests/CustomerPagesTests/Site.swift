import CustomerPages
import Foundation
import PagesTrial
import Synchronization

/// A server with links of its own, on a free port of loopback.
final class Site: Sendable {
    let links: MemoryLinks
    let server: PageServer
    let browser: RawBrowser
    private let lines: Lines

    private final class Lines: Sendable {
        let all = Mutex<[String]>([])
    }

    private init(_ links: MemoryLinks, _ server: PageServer, _ port: Int, _ lines: Lines) {
        (self.links, self.server, browser, self.lines) = (links, server, RawBrowser(port: port), lines)
    }

    /// What the server has logged.
    var log: [String] { lines.all.withLock { $0 } }

    /// Serves while `body` runs. Rates are wide unless a test is about them: all its requests come from one address.
    static func run(
        _ change: @Sendable (inout PageServerOptions) throws -> Void = { _ in }, _ body: (Site) async throws -> Void
    ) async throws {
        var options = PageServerOptions(sender: TrialLinks.harbor)
        (options.limits.pages, options.limits.submits, options.limits.files) = (1_000_000, 1_000_000, 1_000_000)
        let lines = Lines()
        options.log = { line in lines.all.withLock { $0.append(line) } }
        try change(&options)
        let links = MemoryLinks()
        let server = try PageServer(service: links, options: options)
        let port = await onThread { Result { try server.start() } }
        let site = Site(links, server, try port.get(), lines)
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await body(site))
        } catch {
            outcome = .failure(error)
        }
        await onThread { server.stop() }
        try outcome.get()
    }
}
