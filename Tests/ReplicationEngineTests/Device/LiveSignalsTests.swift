import Foundation
import ReplicationCore
import Testing
@testable import ReplicationEngine
@testable import WireProtocol

/// Live values on a device: what is shown, for how long, and what is not taken.
struct LiveSignalsTests {
    private let schema = OfficeSchema.withSignals
    private let row = RowID(high: 1, low: 9)

    /// As a device has them.
    private final class Held {
        private var live = LiveSignals()
        func take(_ message: WireSignal, schema: Schema, estimate: HubClockEstimate?, at now: DeviceInstant) -> Bool {
            live.take(message, schema: schema, estimate: estimate, at: now)
        }
        func shown(at now: DeviceInstant) -> [LiveSignal] { live.shown(at: now) }
        func forget() -> Bool { live.forget() }
        func expire(at now: DeviceInstant) -> Bool { live.expire(at: now) }
    }

    private func at(_ monotonic: UInt64, wall: UInt64 = 5) -> DeviceInstant { DeviceInstant(wall: wall, monotonic: monotonic, boot: 1) }

    private func given(_ arrival: Int64, order: UInt64, age: UInt32 = 0, made: UInt64? = nil) -> WireSignal {
        var signal = WireSignal()
        signal.signal = OfficeSchema.eta
        signal.row = Data(row.bytes)
        signal.fields = SignalCodec.fields([1: .integer(arrival)])
        signal.ttlMilliseconds = OfficeSchema.etaLife
        signal.ageMilliseconds = age
        signal.order = order
        signal.sender = Data(RowID(high: 3, low: 3).bytes)
        if let made { signal.clock = WireClockEvidence(ClockEvidence(hubMilliseconds: made, uncertaintyMilliseconds: 2)) }
        return signal
    }

    private func shown(_ live: Held, at moment: DeviceInstant) -> [Value?] { live.shown(at: moment).map { $0.values["arrives_at"] } }

    @Test func theNewestIsShownOnceHoweverOftenItComes() {
        let live = Held()
        #expect(live.take(given(1, order: 4), schema: schema, estimate: nil, at: at(0)))
        #expect(live.take(given(2, order: 6), schema: schema, estimate: nil, at: at(0)))
        #expect(!live.take(given(2, order: 6), schema: schema, estimate: nil, at: at(0)))
        #expect(!live.take(given(1, order: 5), schema: schema, estimate: nil, at: at(0)))
        #expect(shown(live, at: at(0)) == [.integer(2)])
        // In another session the hub may count anew.
        #expect(live.forget() && live.shown(at: at(0)).isEmpty)
        #expect(live.take(given(3, order: 1), schema: schema, estimate: nil, at: at(0)))
    }

    @Test func nothingIsShownAfterItsEndWhateverTheWallClockSays() {
        let live = Held()
        _ = live.take(given(1, order: 1, age: 20_000), schema: schema, estimate: nil, at: at(1_000))
        let end = 1_000 + UInt64(OfficeSchema.etaLife) - 20_000
        #expect(live.shown(at: at(end - 1, wall: 0)).count == 1)
        #expect(live.shown(at: at(end, wall: 0)).isEmpty)
        #expect(!live.expire(at: at(end - 1)))
        #expect(live.expire(at: at(end)))
        #expect(!live.take(given(2, order: 2, age: OfficeSchema.etaLife), schema: schema, estimate: nil, at: at(end)))
    }

    /// It lay in a queue for longer than it lives.
    @Test func whatWasLongUnderWayIsNotShownForLonger() {
        let live = Held()
        let estimate = HubClockEstimate(hub: 1_000_000, monotonic: 0, boot: 1, uncertainty: 10)
        _ = live.take(given(1, order: 1, made: 1_000_000 - 20_000), schema: schema, estimate: estimate, at: at(0))
        let end = UInt64(OfficeSchema.etaLife) - 20_000 + 10
        #expect(live.shown(at: at(end - 1)).count == 1 && live.shown(at: at(end)).isEmpty)
        let late = UInt64(OfficeSchema.etaLife) + 30_000
        #expect(live.take(given(2, order: 2, made: 1_000_000), schema: schema, estimate: estimate, at: at(late)))
        #expect(live.shown(at: at(late)).isEmpty)
    }

    @Test func whatTheSchemaDoesNotKnowIsLeft() {
        let live = Held()
        var later = given(1, order: 1)
        later.fields = SignalCodec.fields([1: .integer(1), 40: .text("of a later version")])
        #expect(live.take(later, schema: schema, estimate: nil, at: at(0)))
        #expect(live.shown(at: at(0)).first?.values == ["arrives_at": .integer(1)])
        var unknown = given(1, order: 2)
        unknown.signal = 50
        #expect(!live.take(unknown, schema: schema, estimate: nil, at: at(0)))
        var wrong = given(1, order: 3)
        wrong.fields = SignalCodec.fields([1: .text("soon")])
        #expect(!live.take(wrong, schema: schema, estimate: nil, at: at(0)))
        wrong = given(1, order: 3)
        wrong.sender = Data()
        #expect(!live.take(wrong, schema: schema, estimate: nil, at: at(0)))
    }

    @Test func aWithdrawalTakesItAway() {
        let live = Held()
        _ = live.take(given(1, order: 1), schema: schema, estimate: nil, at: at(0))
        var withdrawn = WireSignal()
        withdrawn.signal = OfficeSchema.eta
        withdrawn.row = Data(row.bytes)
        withdrawn.withdrawn = true
        #expect(live.take(withdrawn, schema: schema, estimate: nil, at: at(0)))
        #expect(live.shown(at: at(0)).isEmpty)
        #expect(!live.take(withdrawn, schema: schema, estimate: nil, at: at(0)))
        // Given again, as when the row comes back.
        #expect(live.take(given(1, order: 1), schema: schema, estimate: nil, at: at(0)))
    }
}
