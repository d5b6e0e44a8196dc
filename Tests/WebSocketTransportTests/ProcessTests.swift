import Foundation
import ReplicationEngine
import Synchronization
import Testing
import WebSocketTransport

extension TransportTests {
    /// What transports share with the rest of their process.
    @Suite struct ProcessTests {
        /// A descriptor that is closed twice is, the second time, whoever's was given its number meanwhile:
        /// a store's file or a socket of another transport.
        @Test func stoppingClosesNobodyElsesFiles() throws {
            let isDone = Atomic(false)
            let losses = Mutex<[Int32]>([])
            let owners = DispatchGroup()
            for _ in 0..<3 {
                owners.enter()
                Thread.detachNewThread {
                    while !isDone.load(ordering: .relaxed) {
                        let descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC)
                        let isLost = (0..<8).contains { _ in fcntl(descriptor, F_GETFD) < 0 }
                        if isLost { losses.withLock { $0.append(descriptor) } } else { close(descriptor) }
                    }
                    owners.leave()
                }
            }
            for _ in 0..<300 {
                let hub = try WebSocketListener(address: ListenAddress(port: 0)) { _ in }
                let device = try WebSocketConnector { _ in }
                hub.stop()
                device.stop()
            }
            isDone.store(true, ordering: .relaxed)
            owners.wait()
            #expect(losses.withLock { $0 } == [], "closed under their owner")
        }

        /// Threads and contexts outlive a transport, so they must be used again.
        @Test func transportsLeaveNothingBehindThatGrows() throws {
            func held() throws -> Int { try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count }
            let certificates = try TestCertificates.shared.get().hub
            func openAndStop() throws {
                let pair = try Pair(tls: certificates)
                _ = try pair.open(trusting: certificates.certificateFile)
                pair.stop()
            }
            for _ in 0..<5 { try openAndStop() }
            let before = try held()
            for _ in 0..<60 { try openAndStop() }
            // Other tests of this process open files meanwhile; one descriptor of each round would be 60.
            #expect(try held() < before + 40)
        }

        @Test func theEventHandlerIsReleasedWhenStopReturns() throws {
            final class Handler: Sendable { func take(_ event: TransportEvent) {} }
            for _ in 0..<20 {
                weak var released: Handler?
                let device: WebSocketConnector
                do {
                    let handler = Handler()
                    released = handler
                    device = try WebSocketConnector { handler.take($0) }
                }
                #expect(released != nil)
                device.stop()
                #expect(released == nil)
            }
        }

        /// Each of these transports is made while others are, and none finds a context that waits.
        @Test func transportsMadeAtTheSameTimeKeepTheApplicationsSignalHandlers() throws {
            var ignore = sigaction()
            ignore.__sigaction_handler.sa_handler = SIG_IGN
            var before = sigaction()
            sigaction(SIGTERM, &ignore, &before)
            defer { sigaction(SIGTERM, &before, nil) }
            let made = Mutex<[WebSocketConnector]>([])
            let makers = DispatchGroup()
            for _ in 0..<8 {
                makers.enter()
                Thread.detachNewThread {
                    for _ in 0..<16 {
                        // A failure shows in the count below.
                        guard let device = try? WebSocketConnector(onEvent: { _ in }) else { continue }
                        made.withLock { $0.append(device) }
                    }
                    makers.leave()
                }
            }
            makers.wait()
            #expect(made.withLock { $0.count } == 128)
            var now = sigaction()
            sigaction(SIGTERM, nil, &now)
            let isIgnored = unsafeBitCast(now.__sigaction_handler.sa_handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
            #expect(isIgnored)
            for device in made.withLock({ $0 }) { device.stop() }
        }

        /// OpenSSL's places for the library's data are the process's; a new context must not move them under
        /// a handshake that is under way.
        @Test func handshakesSucceedWhileOtherTransportsAreMade() throws {
            let certificates = try TestCertificates.shared.get().hub
            let pair = try Pair(tls: certificates)
            defer { pair.stop() }
            let makers = DispatchGroup()
            let others = Mutex<[WebSocketConnector]>([])
            DispatchQueue.global().async(group: makers) {
                for _ in 0..<100 {
                    guard let other = try? WebSocketConnector(onEvent: { _ in }) else { continue }
                    others.withLock { $0.append(other) }
                }
            }
            for _ in 0..<60 {
                let id = try pair.device.connect(to: pair.endpoint(trusting: certificates.certificateFile))
                let first = try pair.deviceLog.wait("outcome") { $0.first { $0.id == id } }
                #expect(first == .opened(id, peer: "127.0.0.1"))
            }
            makers.wait()
            for other in others.withLock({ $0 }) { other.stop() }
        }
    }
}
