import Foundation
import ReplicationCore
import TestSupport
import Testing
@testable import ReplicationEngine
@testable import WireProtocol

/// Blobs at the hub: what it takes, from whom, and to whom it gives them.
struct HubBlobsTests {
    private let house: HubHouse
    private let office: Office
    /// An order of Ann's, whose customer is Dora: both receive it, and Bob does not.
    private let order: RowKey
    private static let content = [UInt8]((0..<5_000).map { UInt8(truncatingIfNeeded: $0 &* 7) })
    private let blob = HubBlobsTests.name(of: HubBlobsTests.content)

    init() throws {
        house = try HubHouse(schema: OfficeSchema.withBlobs)
        office = house.office
        var limits = BlobLimits()
        limits.leastChunk = 100
        limits.largestChunk = 100
        limits.blockBytes = 300
        house.hub.blobLimits = limits
        let (order, operations) = office.order(of: office.ann)
        try office.dora(operations + [office.set(order, 13, .reference(office.dora.user))])
        self.order = order
    }

    private static func name(of bytes: [UInt8]) -> BlobName {
        // SHA-256 has 32 bytes.
        BlobName(hash: BlobHash(bytes: ContentHash.of(bytes))!, size: UInt64(bytes.count))
    }

    private static func reference(_ blob: BlobName, thumbnail: BlobName? = nil) -> Value {
        BlobReference(blob: blob, mediaType: "image/jpeg", thumbnail: thumbnail).map { .text($0.description) } ?? .null
    }

    private func open(_ device: Office.Device, capabilities: [String] = [ProtocolLimits.blobsCapability]) throws -> ConnectionID {
        var hello = house.hello(device)
        hello.capabilities = capabilities
        return try house.open(device, hello)
    }

    private func nameIt(_ blob: BlobName? = nil, in group: UInt32 = OfficeSchema.photo) throws {
        try office.dora([office.set(order, group, Self.reference(blob ?? self.blob))])
    }

    private func offer(_ blobs: [BlobName], on connection: ConnectionID) throws {
        var offer = WireBlobOffer()
        offer.blobs = blobs.map(\.message)
        try house.say(.blobOffer(offer), on: connection)
    }

    private func send(_ bytes: [UInt8], at offset: Int, of blob: BlobName? = nil, on connection: ConnectionID) throws {
        var chunk = WireBlobChunk()
        chunk.blob = (blob ?? self.blob).message
        chunk.offset = UInt64(offset)
        chunk.data = Data(bytes)
        try house.say(.blobChunk(chunk), on: connection)
    }

    private func ask(_ blob: BlobName? = nil, from offset: UInt64 = 0, on connection: ConnectionID) throws {
        var request = WireBlobRequest()
        request.blob = (blob ?? self.blob).message
        request.offset = offset
        try house.say(.blobRequest(request), on: connection)
    }

    private func credit(_ bytes: Int, on connection: ConnectionID) throws {
        var received = WireBlobReceived()
        received.bytes = UInt64(bytes)
        try house.say(.blobReceived(received), on: connection)
    }

    private func standings(_ connection: ConnectionID, of blob: BlobName? = nil) -> [WireBlobState] {
        house.to(connection).flatMap { body -> [WireBlobStanding] in
            if case .blobStandings(let standings) = body { standings.blobs } else { [] }
        }.filter { $0.blob == (blob ?? self.blob).message }.map(\.state)
    }

    private func offsets(_ connection: ConnectionID) -> [UInt64] {
        house.to(connection).flatMap { body -> [WireBlobStanding] in
            if case .blobStandings(let standings) = body { standings.blobs } else { [] }
        }.filter { $0.state == .wanted }.map(\.offset)
    }

    private func chunks(_ connection: ConnectionID) -> [WireBlobChunk] {
        house.to(connection).compactMap { if case .blobChunk(let chunk) = $0 { chunk } else { nil } }
    }

    private func given(_ connection: ConnectionID) -> [UInt8] { chunks(connection).flatMap { Array($0.data) } }

    private func put() { house.blobs.with { $0.whole[blob.hash] = Self.content } }

    /// Gives credit for everything as it comes.
    private func takeAll(_ connection: ConnectionID) throws {
        var before = -1
        while given(connection).count != before {
            before = given(connection).count
            try credit(before, on: connection)
        }
    }

    // MARK: Up

    @Test func whatARowNamesIsTakenAndVerified() throws {
        try nameIt()
        let anns = try open(office.ann)
        try offer([blob], on: anns)
        #expect(standings(anns) == [.wanted] && offsets(anns) == [0])
        try send(Array(Self.content[..<400]), at: 0, on: anns)
        #expect(house.blobs.partialSize(of: blob.hash) == 400)
        try send(Array(Self.content[400...]), at: 400, on: anns)
        #expect(standings(anns) == [.wanted, .held])
        #expect(house.blobs.with { $0.whole } == [blob.hash: Self.content])
        let credits = house.to(anns).compactMap { if case .blobReceived(let received) = $0 { received.bytes } else { nil } }
        #expect(credits == [400, 5_000])
        try offer([blob], on: anns)
        #expect(standings(anns) == [.wanted, .held, .held])
    }

    @Test func nothingIsTakenThatNothingNames() throws {
        let anns = try open(office.ann)
        try offer([blob], on: anns)
        #expect(standings(anns) == [.unnamed])
        // Bytes that come all the same are credited, and kept nowhere.
        try send(Self.content, at: 0, on: anns)
        #expect(house.blobs.with { $0.partial.isEmpty && $0.whole.isEmpty })
        #expect(house.failure(anns) == nil)
        // A name with another size is another name.
        try nameIt(BlobName(hash: blob.hash, size: 999))
        try offer([blob], on: anns)
        #expect(standings(anns) == [.unnamed, .unnamed])
        try nameIt(in: OfficeSchema.bill)
        try offer([blob], on: anns)
        #expect(standings(anns).last == .wanted)
    }

    @Test func itGoesOnWhereItWasCut() throws {
        try nameIt()
        for cut in stride(from: 0, through: 900, by: 100) {
            house.blobs.with { $0.whole = [:] }
            let first = try open(office.ann)
            try offer([blob], on: first)
            for start in stride(from: 0, to: cut, by: 100) { try send(Array(Self.content[start..<(start + 100)]), at: start, on: first) }
            try house.handle(.transport(.closed(first, .lost("cut"))))
            let second = try open(office.ann)
            try offer([blob], on: second)
            #expect(offsets(second) == [UInt64(cut)])
            try send(Array(Self.content[cut...]), at: cut, on: second)
            #expect(standings(second) == [.wanted, .held])
            #expect(house.blobs.with { $0.whole[blob.hash] } == Self.content)
        }
    }

    @Test func whatIsDamagedIsDroppedAndTold() throws {
        try nameIt()
        let anns = try open(office.ann)
        try offer([blob], on: anns)
        try send(Self.content.map { $0 ^ 1 }, at: 0, on: anns)
        #expect(standings(anns) == [.wanted, .damaged])
        #expect(house.blobs.with { $0.partial.isEmpty && $0.whole.isEmpty })
        try offer([blob], on: anns)
        #expect(offsets(anns) == [0, 0])
    }

    @Test func chunksOutOfPlaceEndTheSession() throws {
        try nameIt()
        for (bytes, offset) in [(Self.content, 1), (Self.content + [1], 0)] {
            let anns = try open(office.ann)
            try offer([blob], on: anns)
            try send(bytes, at: offset, on: anns)
            #expect(house.failure(anns) == .malformed)
        }
        let anns = try open(office.ann)
        try offer([blob], on: anns)
        try send([], at: 0, on: anns)
        #expect(house.failure(anns) == .tooLarge)
        let again = try open(office.ann)
        try offer([blob], on: again)
        try send([UInt8](repeating: 0, count: ProtocolLimits.blobChunkBytes + 1), at: 0, on: again)
        #expect(house.failure(again) == .tooLarge)
    }

    @Test func aFullDiskStopsBlobsAndNothingElse() throws {
        try nameIt()
        let other = Self.name(of: [1, 2, 3])
        try nameIt(other, in: OfficeSchema.bill)
        let anns = try open(office.ann)
        try offer([blob, other], on: anns)
        try send(Array(Self.content[..<100]), at: 0, on: anns)
        house.blobs.with { $0.isFull = true }
        let keeping = BlobKeeping(schema: office.schema, blobs: house.blobs, limits: BlobLimits()) { _ in }
        house.isPaused = true
        try send(Array(Self.content[100...]), at: 100, on: anns)
        for case .blob(let work) in house.takeWaiting() { try house.handle(.blob(keeping.perform(work, office.store))) }
        house.isPaused = false
        #expect(standings(anns) == [.wanted, .noSpace])
        #expect(standings(anns, of: other) == [.noSpace], "for what waits there is none either")
        #expect(house.failure(anns) == nil)
        house.blobs.with { $0.isFull = false }
        try offer([blob], on: anns)
        #expect(offsets(anns) == [0, 100], "what had come is still there")
    }

    @Test func aBlobOfTwoDevicesIsTakenOnce() throws {
        try nameIt()
        let anns = try open(office.ann), doras = try open(office.dora)
        try offer([blob], on: anns)
        try offer([blob], on: doras)
        #expect(standings(doras) == [.coming])
        try send(Array(Self.content[..<500]), at: 0, on: anns)
        // Ann's connection is lost: it is Dora's turn, from where Ann's ended.
        try house.handle(.transport(.closed(anns, .lost("cut"))))
        #expect(standings(doras) == [.coming, .wanted] && offsets(doras) == [500])
        let again = try open(office.ann)
        try offer([blob], on: again)
        #expect(standings(again) == [.coming])
        try send(Array(Self.content[500...]), at: 500, on: doras)
        #expect(standings(doras).last == .held && standings(again) == [.coming, .held])
        #expect(house.hub.blobBoard.uploaders.isEmpty && house.hub.blobBoard.alsoOffered.isEmpty)
    }

    /// Who offers a blob and sends nothing, or cannot, keeps nobody else from it.
    @Test func whoDoesNotSendGivesWay() throws {
        try nameIt()
        let anns = try open(office.ann), doras = try open(office.dora)
        try offer([blob], on: anns)
        try offer([blob], on: doras)
        office.wall += 59_000
        try house.handle(.tick)
        #expect(standings(doras) == [.coming])
        office.wall += 2_000
        try house.handle(.tick)
        #expect(standings(anns) == [.wanted, .busy] && standings(doras) == [.coming, .wanted])
        try offer([blob], on: anns)
        var stop = WireBlobStop()
        stop.blob = blob.message
        try house.say(.blobStop(stop), on: doras)
        #expect(standings(anns) == [.wanted, .busy, .coming, .wanted])
    }

    @Test func offersAreTakenOneAfterAnother() throws {
        let other = Self.name(of: [1, 2, 3])
        try nameIt()
        try nameIt(other, in: OfficeSchema.bill)
        let anns = try open(office.ann)
        try offer([blob, other], on: anns)
        #expect(standings(anns, of: other).isEmpty)
        try send(Self.content, at: 0, on: anns)
        #expect(standings(anns, of: other) == [.wanted])
        try send([1, 2, 3], at: 0, of: other, on: anns)
        #expect(standings(anns, of: other) == [.wanted, .held])
    }

    @Test func limitsOfOffers() throws {
        let anns = try open(office.ann)
        let many = (0...ProtocolLimits.blobsPerMessage).map { Self.name(of: [UInt8($0 & 255), UInt8($0 >> 8)]) }
        try offer(many, on: anns)
        #expect(house.failure(anns) == .tooLarge)
        for blobs in [[], [BlobName(hash: blob.hash, size: 0)], [BlobName(hash: blob.hash, size: BlobReference.largestSize + 1)]] {
            let next = try open(office.ann)
            try offer(blobs, on: next)
            #expect(house.failure(next) == .malformed)
        }
        house.hub.blobLimits?.offersPerSession = 1
        let last = try open(office.ann)
        try offer([blob, Self.name(of: [1])], on: last)
        #expect(standings(last) == [.busy] && house.failure(last) == nil)
    }

    @Test func refusedWorkIsNamedAsWell() throws {
        // Somebody else's order: the operation goes to quarantine, and names the blob there.
        let receipt = try office.bob([office.set(order, OfficeSchema.photo, Self.reference(blob))])
        #expect(receipt.rules != [nil])
        // The store of these tests knows rows only; that quarantine counts is the SQLite store's test.
        let bobs = try open(office.bob)
        try ask(on: bobs)
        #expect(standings(bobs) == [.notShown])
    }

    // MARK: Down

    @Test func whatIsAskedForComesInItsPlaceByCredit() throws {
        try nameIt()
        put()
        let doras = try open(office.dora)
        try ask(on: doras)
        // The least window is two fragments: more comes as what was sent has come.
        #expect(!chunks(doras).isEmpty && given(doras).count < 1_200)
        try takeAll(doras)
        #expect(given(doras) == Self.content)
        #expect(house.sent.filter { if case .blobChunk = $0.body { true } else { false } }.allSatisfy { $0.lane == .blobs })
        let offset = given(doras).count
        try ask(from: 950, on: doras)
        try takeAll(doras)
        #expect(Array(given(doras)[offset...]) == Array(Self.content[950...]))
    }

    /// What is not there, what is there for others, and what the role may not read look alike.
    @Test func nobodyLearnsOfBlobsThatNoRowShows() throws {
        try nameIt(in: OfficeSchema.bill)
        put()
        let anns = try open(office.ann), bobs = try open(office.bob), doras = try open(office.dora)
        house.forgetSent()
        for connection in [anns, bobs] {
            try ask(on: connection)
            try ask(Self.name(of: [9]), on: connection)
        }
        for connection in [anns, bobs] {
            #expect(standings(connection) == [.notShown] && standings(connection, of: Self.name(of: [9])) == [.notShown])
            #expect(chunks(connection).isEmpty)
        }
        try ask(on: doras)
        #expect(!chunks(doras).isEmpty)
        // In a field that technicians read.
        try nameIt()
        try ask(on: anns)
        try ask(on: bobs)
        #expect(!chunks(anns).isEmpty && chunks(bobs).isEmpty)
    }

    @Test func whatHasNotComeIsAwaitedAndFollows() throws {
        try nameIt()
        let anns = try open(office.ann), doras = try open(office.dora)
        try ask(on: doras)
        #expect(standings(doras) == [.awaited] && chunks(doras).isEmpty)
        try offer([blob], on: anns)
        try send(Self.content, at: 0, on: anns)
        try takeAll(doras)
        #expect(given(doras) == Self.content)
        #expect(house.hub.blobBoard.awaiting.isEmpty)
    }

    @Test func aRightThatEndsStopsTheTransfer() throws {
        try nameIt()
        put()
        let anns = try open(office.ann)
        try ask(on: anns)
        let before = given(anns).count
        #expect(before < Self.content.count)
        // Dora gives the order to Bob.
        try office.dora([office.set(order, 2, .reference(office.bob.user))])
        try takeAll(anns)
        #expect(standings(anns) == [.notShown])
        #expect(given(anns).count < Self.content.count && given(anns).count <= before + 600)
        try ask(from: UInt64(before), on: anns)
        #expect(standings(anns) == [.notShown, .notShown])
        // One that it waits for is not told either.
        let bobs = try open(office.bob)
        house.blobs.with { $0.whole = [:] }
        try ask(on: bobs)
        try office.dora([office.set(order, 2, .reference(office.ann.user))])
        let doras = try open(office.dora)
        try offer([blob], on: doras)
        try send(Self.content, at: 0, on: doras)
        #expect(standings(bobs) == [.awaited, .notShown] && chunks(bobs).isEmpty)
    }

    /// Values that are not shown may still be chosen, and whoever reads the cell has them.
    @Test func concurrentValuesShowTheirBlobs() throws {
        let other = Self.name(of: [1, 2, 3])
        try nameIt()
        try office.ann([office.set(order, OfficeSchema.photo, Self.reference(other), seen: Context())])
        #expect(office.row(order)?[Part(group: OfficeSchema.photo)]?.siblings.count == 2)
        put()
        house.blobs.with { $0.whole[other.hash] = [1, 2, 3] }
        let anns = try open(office.ann)
        try ask(on: anns)
        try ask(other, on: anns)
        try takeAll(anns)
        #expect(given(anns) == Self.content + [1, 2, 3])
    }

    @Test func elementsAndThumbnailsNameBlobs() throws {
        let small = Self.name(of: [1, 2, 3])
        guard case .text(let element) = Self.reference(blob, thumbnail: small) else { return }
        try office.dora([(order, Part(group: OfficeSchema.scans, element: element), .add, Context())])
        put()
        house.blobs.with { $0.whole[small.hash] = [1, 2, 3] }
        let anns = try open(office.ann)
        try ask(small, on: anns)
        #expect(given(anns) == [1, 2, 3])
        // With another size than the blob has, nobody gets it.
        let wrong = BlobName(hash: blob.hash, size: 999)
        try nameIt(wrong)
        try ask(wrong, on: anns)
        #expect(standings(anns, of: wrong) == [.notShown])
    }

    @Test func changesGoBeforeBlobs() throws {
        try nameIt()
        put()
        for _ in 0..<5 { try office.dora(office.order(of: office.ann, title: String(repeating: "x", count: 1_900)).1) }
        let anns = try open(office.ann, capabilities: [ProtocolLimits.blobsCapability, ProtocolLimits.fragmentsCapability])
        // Catch-up waits for credit in its lane.
        #expect(house.hub.lanes[anns]?.outgoing.isEmpty == false)
        try ask(on: anns)
        #expect(chunks(anns).isEmpty)
        var fragments = 0
        while house.hub.lanes[anns]?.outgoing.isEmpty == false {
            #expect(chunks(anns).isEmpty, "nothing of a blob goes while changes wait")
            fragments = house.to(anns).reduce(0) { if case .fragment(let fragment) = $1 { $0 + fragment.data.count } else { $0 } }
            var received = WireReceived()
            received.bytes = UInt64(fragments)
            try house.say(.received(received), on: anns)
        }
        #expect(!chunks(anns).isEmpty)
    }

    @Test func limitsOfRequests() throws {
        try nameIt()
        let anns = try open(office.ann)
        try ask(from: 5_000, on: anns)
        #expect(house.failure(anns) == .malformed)
        let next = try open(office.ann)
        try credit(1, on: next)
        #expect(house.failure(next) == .malformed, "it has received nothing")
        house.hub.blobLimits?.requestsPerSession = 1
        let last = try open(office.ann)
        try ask(on: last)
        #expect(standings(last) == [.awaited])
        var stop = WireBlobStop()
        stop.blob = blob.message
        try house.say(.blobStop(stop), on: last)
        #expect(house.hub.blobBoard.awaiting.isEmpty)
        try ask(on: last)
        try ask(Self.name(of: [1]), on: last)
        #expect(house.failure(last) == .tooLarge)
    }

    /// Whoever offers and asks without end makes no queue of work.
    @Test func aFloodIsNoWork() throws {
        try nameIt()
        let anns = try open(office.ann)
        house.isPaused = true
        for round in UInt64(0)..<20 {
            try offer((0..<200).map { Self.name(of: [UInt8(round), UInt8($0)]) }, on: anns)
        }
        var stop = WireBlobStop()
        stop.blob = blob.message
        for _ in 0..<50 {
            try ask(on: anns)
            try house.say(.blobStop(stop), on: anns)
        }
        try ask(on: anns)
        let waiting = house.takeWaiting()
        var (looked, reads) = (0, 0)
        for case .blob(let work) in waiting {
            switch work {
            case .look(_, let names): looked += names.count
            case .read: reads += 1
            case .store, .collect: break
            }
        }
        #expect(looked == house.hub.blobLimits?.offersPerSession && reads == BlobLimits.readsAtOnce)
        #expect(house.failure(anns) == nil)
        // And what was asked for last is answered all the same.
        house.isPaused = false
        try house.perform(waiting)
        try house.work()
        #expect(standings(anns).last == .awaited)
        try offer([blob], on: anns)
        #expect(standings(anns).last == .wanted, "there is room again")
    }

    @Test func aDeviceThatKnowsNoBlobsIsAskedForNone() throws {
        try nameIt()
        let anns = try open(office.ann, capabilities: [])
        #expect(house.changes(anns).contains { $0.collections.contains { $0.collection == OfficeSchema.orders } })
        try offer([blob], on: anns)
        #expect(house.failure(anns) == .malformed)
        house.hub.blobLimits = nil
        let doras = try open(office.dora)
        #expect(house.welcome(doras)?.capabilities.contains(ProtocolLimits.blobsCapability) == false)
        try ask(on: doras)
        #expect(house.failure(doras) == .malformed)
    }
}
