import Foundation
import Testing
import TestTraits

@testable import FieldDevice

/// The line with weather, over plain sockets.
@Suite(.serialized, .realTime) struct WeatherLinkTests {
    private static let patience = 30

    private func with(_ weather: LinkWeather, _ body: (WeatherLink, EchoServer) throws -> Void) throws {
        let server = try EchoServer()
        defer { server.stop() }
        let link = try WeatherLink(to: "127.0.0.1", server.port, weather: weather)
        defer { link.stop() }
        try body(link, server)
    }

    private static let sample = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }

    @Test func carriesEveryByteInItsOrder() throws {
        try with(.clear) { link, _ in
            let client = try PlainClient(port: link.port)
            client.send(Self.sample)
            #expect(client.receive(Self.sample.count, within: Self.patience).bytes == Self.sample)
            #expect(link.carried.up == Self.sample.count && link.carried.down == Self.sample.count)
        }
    }

    @Test func lostPacketsComeLateButInOrder() throws {
        var weather = LinkWeather.clear
        weather.loss = 0.02
        weather.jitterMilliseconds = 5
        try with(weather) { link, _ in
            let client = try PlainClient(port: link.port)
            client.send(Array(Self.sample.prefix(20_000)))
            #expect(client.receive(20_000, within: Self.patience).bytes == Array(Self.sample.prefix(20_000)))
        }
    }

    @Test func isNoFasterThanItsRateAndItsDelay() throws {
        var weather = LinkWeather.clear
        weather.bytesPerSecond = 20_000
        weather.delayMilliseconds = 100
        try with(weather) { link, _ in
            let client = try PlainClient(port: link.port)
            let start = ContinuousClock.now
            client.send(Array(Self.sample.prefix(10_000)))
            #expect(client.receive(10_000, within: Self.patience).bytes.count == 10_000)
            // Half a second up, a packet's time down, and the delay both ways.
            #expect(ContinuousClock.now - start > .milliseconds(700))
        }
    }

    @Test func changesUnderAConnection() throws {
        try with(.clear) { link, _ in
            let client = try PlainClient(port: link.port)
            client.send([1])
            #expect(client.receive(1, within: Self.patience).bytes == [1])
            var slow = LinkWeather.clear
            slow.delayMilliseconds = 150
            try link.change(to: slow)
            let start = ContinuousClock.now
            client.send([2])
            #expect(client.receive(1, within: Self.patience).bytes == [2])
            #expect(ContinuousClock.now - start > .milliseconds(290))
        }
    }

    @Test func halfOpenSwallowsBytesAndTheConnectionNeverRecovers() throws {
        try with(.clear) { link, server in
            let client = try PlainClient(port: link.port)
            client.send([1])
            #expect(client.receive(1, within: Self.patience).bytes == [1])
            try link.change(to: .halfOpen)
            client.send([2])
            let silence = client.receive(1, within: 1)
            #expect(silence.bytes.isEmpty && !silence.hasEnded)
            try link.change(to: .clear)
            let end = client.receive(1, within: Self.patience)
            #expect(end.bytes.isEmpty && end.hasEnded)
            let next = try PlainClient(port: link.port)
            next.send([3])
            #expect(next.receive(1, within: Self.patience).bytes == [3])
            #expect(server.connections == 2)
        }
    }

    @Test func offlineCutsAndRefuses() throws {
        try with(.clear) { link, _ in
            let client = try PlainClient(port: link.port)
            client.send([1])
            #expect(client.receive(1, within: Self.patience).bytes == [1])
            try link.change(to: .offline)
            #expect(client.receive(1, within: Self.patience).hasEnded)
            #expect(try PlainClient(port: link.port).receive(1, within: Self.patience).hasEnded)
            try link.change(to: .clear)
            let next = try PlainClient(port: link.port)
            next.send([2])
            #expect(next.receive(1, within: Self.patience).bytes == [2])
        }
    }

    @Test func tooManyLossesInARowCutTheConnection() {
        var weather = LinkWeather.clear
        weather.loss = 1
        let direction = LinkDirection(weather, leastRetransmission: 1)
        direction.put(.bytes([1]))
        #expect(direction.take() == .cut)
    }

    @Test func whatNoLineCanBeIsRefused() throws {
        try with(.clear) { link, _ in
            for change in [{ $0.loss = 1.5 }, { $0.bytesPerSecond = 1 }, { $0.delayMilliseconds = -1 }] as [(inout LinkWeather) -> Void] {
                var weather = LinkWeather.clear
                change(&weather)
                #expect(throws: FieldDeviceError.self) { try link.change(to: weather) }
            }
            #expect(link.weather == .clear)
        }
    }
}
