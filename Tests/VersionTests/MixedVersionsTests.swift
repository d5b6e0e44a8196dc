import Foundation
import ReplicationCore
import SQLiteStore
import TestSupport
import Testing
import WireProtocol

@testable import ReplicationEngine

/// Devices of several versions at once, hubs that go on to later ones, and apps that are updated.
@Suite struct MixedVersionsTests {
    /// Three devices of versions 1, 3 and 5 work on the same rows, each offline, with edits of what was renamed, split,
    /// mapped, joined and grouped since.
    @Test(arguments: [6 as UInt32, 5]) func threeVersionsWorkOnTheSameRows(hub: UInt32) throws {
        let house = try House(version: hub)
        let devices = try [("ada", 1), ("ben", 3), ("dora", 5)].map { try house.device($0.0, version: UInt32($0.1)) }
        var jobs: [RowID] = []
        for (index, name) in ["ada", "ben"].enumerated() {
            jobs.append(try devices[2].job(of: name, [
                "title": .text("job \(index)"), "first_name": .text("Anna"), "last_name": .text("Berg"),
                "state": .text("open"), "address": .text("Long Street 5"), "starts": .integer(100), "ends": .integer(200),
            ]))
        }
        #expect(try house.settle() == [true, true, true])
        var random = SplitMix64(seed: 77)
        for round in 0..<12 {
            try house.goOffline()
            for (index, device) in devices.enumerated() {
                let mine = index == 2 ? jobs : [jobs[index]]
                for job in mine { for _ in 0..<2 { try device.set(job, edit(device.version, round, &random)) } }
            }
            // In every order of return.
            for index in [round % 3, (round + 1) % 3, (round + 2) % 3] {
                devices[index].driver.goOnline(at: devices[index].now)
                try house.exchange()
            }
            #expect(try house.settle() == [true, true, true], "round \(round)")
        }
        for device in devices { #expect(try device.refused.isEmpty) }
        // All show the same, each in its own way.
        for (index, job) in jobs.enumerated() {
            let truth = try house.values(LabVersions.task, job)
            let old = try devices[index].job(job)
            #expect(old["starts"] == truth["starts"] && old["ends"] == truth["ends"])
            let name = [truth["first_name"]?.text, truth["last_name"]?.text].compactMap { $0 }.joined(separator: " ")
            #expect((old["contact"] ?? old["person"])?.text == name)
            let address = [old["street"]?.text, old["house"]?.text].compactMap { $0 }.joined(separator: " ")
            #expect(address == truth["address"]?.text)
        }
    }

    private func edit(_ version: UInt32, _ round: Int, _ random: inout SplitMix64) -> [String: Value] {
        let number = Int64(round * 100) + Int64(random.next() % 100)
        switch random.next() % 5 {
        case 0: return [["starts", "ends"][Int(random.next() % 2)]: .integer(number)]
        case 1: return version < 4
            ? [version < 3 ? "contact" : "person": .text("Name \(number)")] : ["last_name": .text("Berg \(number)")]
        case 2: return version < 5
            ? [["street", "house"][Int(random.next() % 2)]: .text("S\(number)")] : ["address": .text("Way \(number)")]
        case 3: return version < 4
            ? ["state": .text(["todo", "doing", "done"][Int(random.next() % 3)])]
            : ["state": .text(["open", "waiting", "closed"][Int(random.next() % 3)])]
        default: return ["title": .text("title \(number)")]
        }
    }

    /// A device comes back after two years, in which the hub has gone on by five versions: its month of work arrives,
    /// what it is sent it understands, and both hold the same.
    @Test func aDeviceComesBackAfterTwoYearsAndFiveVersions() throws {
        let house = try House(version: 1)
        let away = try house.device("ada", version: 1)
        let office = try house.device("dora", version: 1)
        var jobs: [RowID] = []
        for index in 0..<20 {
            jobs.append(try office.job(of: "ada", [
                "title": .text("job \(index)"), "contact": .text("Anna Berg"), "street": .text("Long Street"),
                "house": .text("\(index)"), "starts": .integer(100), "ends": .integer(200), "state": .text("todo"),
            ]))
        }
        #expect(try house.settle() == [true, true])
        try house.goOffline()
        // A month of work without a connection.
        let month = try (0..<30).map { day -> RowID in
            let job = jobs[day % 20]
            try away.set(job, ["state": .text(day % 2 == 0 ? "doing" : "done"), "ends": .integer(Int64(300 + day))])
            try away.set(job, ["house": .text("\(day) b")])
            try away.write { transaction in
                try transaction.add("job", job, "tags", "day \(day)")
                try transaction.increment("job", job, "visits", by: 1)
            }
            return try away.write { try $0.create("note", ["job": .reference(job), "text": .text("day \(day)")]) }
        }
        let outbox = try away.outbox
        // Two years go by. The office works on, and takes every new version.
        for version in 2...LabVersions.all.upperBound {
            house.wall += 146 * 86_400_000
            try house.publish(version)
            try office.restart(takesSchemas: true)
            office.now.wall = house.wall
            office.driver.goOnline(at: office.now)
            try house.exchange()
            #expect(office.version == version)
            try office.set(jobs[Int(version)], ["title": .text("title of version \(version)"), "starts": .integer(Int64(version))])
            try house.exchange()
            office.cut()
        }
        #expect(try away.outbox == outbox)
        #expect(try house.settle() == [true, true])
        #expect(away.version == 1 && office.version == 6)
        #expect(try away.refused.isEmpty)
        #expect(away.driver.isEchoed)
        #expect(try office.store.query("SELECT id FROM note", []).count == month.count)
        let last = try office.job(jobs[9])
        #expect(last["state"] == .text("closed"))
        #expect(last["address"] == .text("Long Street 29 b"))
        #expect(last["ends"] == .integer(329))
        #expect(last["visits"] == .integer(2))
        #expect(last["priority"] == .text("normal"))
        // Where the office had moved the window meanwhile, both stand, and the technician's is whole.
        let cell = try #require(try house.row(LabVersions.task, jobs[3])?[Part(group: 14)])
        #expect(Set(cell.siblings.compactMap(\.values)) == [[.integer(3), .integer(200)], [.integer(100), .integer(323)]])
        #expect(try away.job(jobs[3])["title"] == .text("title of version 3"))
        #expect(try away.job(jobs[3])["starts"] == .integer(3))
    }

    /// History 6: the app is updated from schema 3 to 5 between writing and sending; the bytes do not change.
    @Test func anAppIsUpdatedBetweenWritingAndSending() throws {
        let house = try House(version: 3)
        let device = try house.device("ada", version: 3)
        let office = try house.device("dora", version: 3)
        let job = try office.job(of: "ada", [
            "title": .text("lift"), "person": .text("Anna Berg"), "street": .text("Long Street"), "house": .text("5"),
            "starts": .integer(100), "ends": .integer(200),
        ])
        #expect(try house.settle() == [true, true])
        try house.goOffline()
        try device.set(job, ["person": .text("Berta Carlsen")])
        try device.set(job, ["ends": .integer(250), "house": .text("7")])
        let made = try device.job(of: "ada", ["title": .text("pump"), "person": .text("Dora Ek"), "state": .text("doing")])
        let outbox = try device.outbox
        #expect(outbox.count == 3)

        try house.publish(5)
        try device.restart(takesSchemas: true)
        // The schema comes in, and the link is lost before anything goes up.
        house.dropsUploads = true
        device.driver.goOnline(at: device.now)
        try house.exchange()
        device.cut()
        house.dropsUploads = false
        #expect(device.version == 5)
        #expect(device.events.contains(.schemaUpdated(5)))
        #expect(try device.outbox == outbox)
        // Shown through the lens, on top of what was confirmed.
        let shown = try device.job(job)
        #expect(shown["first_name"] == .text("Berta") && shown["last_name"] == .text("Carlsen"))
        #expect(shown["starts"] == .integer(100) && shown["ends"] == .integer(250))
        #expect(shown["address"] == .text("Long Street 7"))
        #expect(try device.job(made)["state"] == .text("open"))
        // And written on, having seen it.
        try device.set(job, ["last_name": .text("Dahl")])
        try device.restart(takesSchemas: true)
        #expect(try device.job(job)["first_name"] == .text("Berta"))
        #expect(try device.job(job)["last_name"] == .text("Dahl"))

        #expect(try house.settle() == [true, true])
        let values = try house.values(LabVersions.task, job)
        #expect(values["first_name"] == .text("Berta") && values["last_name"] == .text("Dahl"))
        #expect(values["ends"] == .integer(250) && values["address"] == .text("Long Street 7"))
        #expect(try house.values(LabVersions.task, made)["first_name"] == .text("Dora"))
        #expect(try device.refused.isEmpty)
        #expect(try office.store.query("SELECT * FROM conflict", []).isEmpty)
        #expect(try device.store.read { try $0.outboxEntry(at: Dot(site: device.driver.replica.progress.site, counter: 1)) }?.changeset == outbox[0])
    }

    /// Each half of what is one by now was a cell when it was written. Whoever writes a half says what was seen of that one, also
    /// where an own write of the other half, made earlier and confirmed since, is what the common sequence goes back to.
    @Test func whatWasSeenOfAHalfGivesWayThoughTheHubWentOverBetween() throws {
        let house = try House(version: 4)
        let device = try house.device("ben", version: 4), office = try house.device("dora", version: 4)
        let job = try office.job(of: "ben", ["title": .text("lift")])
        #expect(try house.settle() == [true, true])
        try office.set(job, ["starts": .integer(100)])
        #expect(try house.settle() == [true, true])
        try device.set(job, ["ends": .integer(200)])
        #expect(try house.settle() == [true, true])
        try house.goOffline()
        try device.set(job, ["starts": .integer(150)])
        try house.publish(6)
        #expect(try house.settle() == [true, true])
        let cell = try #require(try house.row(LabVersions.task, job)?[Part(group: 14)])
        #expect(cell.siblings.map(\.values) == [[.integer(150), .integer(200)]], "the office's start was on the screen")
        #expect(try office.store.query("SELECT * FROM conflict", []).isEmpty)
    }

    /// What had put something into the other half as well stands: of that half nothing is said.
    @Test func whatWroteBothHalvesStandsThoughTheHubWentOverBetween() throws {
        let house = try House(version: 4)
        let device = try house.device("ben", version: 4), office = try house.device("dora", version: 4)
        let job = try office.job(of: "ben", ["title": .text("lift")])
        #expect(try house.settle() == [true, true])
        try house.goOffline()
        try device.set(job, ["ends": .integer(200)])
        try office.set(job, ["starts": .integer(110), "ends": .integer(210)])
        office.driver.goOnline(at: office.now)
        try house.exchange()
        #expect(try house.settle() == [true, true])
        try house.goOffline()
        try device.set(job, ["starts": .integer(150)])
        try house.publish(6)
        #expect(try house.settle() == [true, true])
        let cell = try #require(try house.row(LabVersions.task, job)?[Part(group: 14)])
        #expect(Set(cell.siblings.compactMap(\.values)) == [[.integer(110), .integer(210)], [.integer(150), .integer(200)]])
    }

    /// A hub's rows of version 1 are those of version 6 after the store has gone over.
    @Test func aHubsRowsGoOverToALaterVersion() throws {
        let house = try House(version: 1)
        let device = try house.device("ada", version: 1)
        let job = try device.job(of: "ada", [
            "title": .text("lift"), "contact": .text("Anna Berg"), "street": .text("Long Street"), "house": .text("5"),
            "starts": .integer(100), "state": .text("doing"), "fax": .text("12"),
        ])
        let gone = try device.job(of: "ada", ["title": .text("pump")])
        try device.write { try $0.create("gadget", ["job": .reference(job), "name": .text("wrench")]) }
        let office = try house.device("dora", version: 1)
        #expect(try house.settle() == [true, true])
        try office.write { try $0.delete("job", gone) }
        #expect(try house.settle() == [true, true])
        let before = try device.job(job)
        try house.publish(6)
        let values = try house.values(LabVersions.task, job)
        #expect(values == [
            "title": .text("lift"), "assignee": .reference(House.member("ada")), "team": .reference(RowID(high: 7, low: 1)),
            "first_name": .text("Anna"),
            "last_name": .text("Berg"), "address": .text("Long Street 5"), "starts": .integer(100), "state": .text("open"),
            "priority": .text("normal"),
        ])
        #expect(try house.row(LabVersions.task, gone)?.isAlive == false)
        // Those who stay with version 1 hold what they held, as far as it is still kept.
        #expect(try house.settle() == [true, true])
        let after = try device.job(job)
        #expect(after.filter { $0.key != "state" } == before.filter { $0.key != "fax" && $0.key != "state" })
        // Two states of version 1 have become one.
        #expect(after["state"] == .text("todo"))
        #expect(try device.store.query("SELECT id FROM gadget", []).isEmpty)
        // And the log is what it was.
        try house.store.verifyChain()
    }

    /// A row that belonged to one that is erased now, of a collection that the schema has no longer: it stands in the log
    /// and in a table that was put aside.
    @Test func rowsOfARemovedCollectionAreErasedWithWhatTheyBelongedTo() throws {
        let secret = "Anna's own wrench"
        let house = try House(version: 1)
        let device = try house.device("ada", version: 1)
        let job = try device.job(of: "ada", ["title": .text("lift")]), other = try device.job(of: "ada", ["title": .text("pump")])
        try device.write { try $0.create("gadget", ["job": .reference(job), "name": .text(secret)]) }
        try device.write { try $0.create("gadget", ["job": .reference(other), "name": .text("another one")]) }
        #expect(try house.settle() == [true])
        let journal = FileErasureJournal(at: house.folder + "/erasures.journal")
        let backup = house.folder + "/backup.sqlite"
        try house.store.backup(to: backup)
        try house.publish(6)

        func holds(_ text: String) throws -> [String] {
            try house.store.scrub(compacting: true)
            return try FileManager.default.contentsOfDirectory(atPath: house.folder).filter { name in
                name.hasPrefix("hub.sqlite") && FileManager.default.contents(atPath: house.folder + "/" + name)?.range(of: Data(text.utf8)) != nil
            }
        }
        #expect(try !holds(secret).isEmpty)
        let subject = RowKey(collection: LabVersions.task, row: job)
        let order = ErasureOrder(identity: ChangesetID(high: 6, low: 6), subject: subject, reason: "", administrator: "")
        let plan = try house.store.read { try TakingReport(reader: $0, schema: house.schema).plan(order).get() }
        #expect(plan.rows.contains { $0.collection == LabVersions.gadget })
        let outcomes = CommitBatch.commit(
            [.erase(ConnectionID(rawValue: 0), request: 0, order, plan)], to: house.store, schema: house.schema,
            moment: CommitMoment(wallMilliseconds: house.wall), erasures: journal, log: { Issue.record("\($0)") })
        guard case .committed? = outcomes.first else { return #expect(Bool(false)) }
        #expect(try holds(secret) == [] && !holds("another one").isEmpty)
        try house.store.verifyChain()

        // Restored to before, the collection goes with the schema first, and then the journal is carried out.
        try house.restore(from: backup)
        #expect(try !holds(secret).isEmpty)
        try ErasureReplay.carryOut(
            journal, in: house.store, schema: house.schema, moment: CommitMoment(wallMilliseconds: house.wall))
        #expect(try holds(secret) == [] && !holds("another one").isEmpty)
        try house.store.verifyChain()
    }

    /// A device that is enrolled again takes the schema that comes, and its rows and its outbox with it.
    @Test func aDeviceThatIsEnrolledAgainGoesOver() throws {
        let house = try House(version: 5)
        let device = try house.device("ada", version: 2)
        let job = try device.job(of: "ada", ["title": .text("lift"), "contact": .text("Anna Berg")])
        #expect(try house.settle() == [true])
        try house.goOffline()
        try device.set(job, ["contact": .text("Carl Dahl")])
        try house.enrolAgain(device, version: 5)
        #expect(device.version == 5)
        #expect(try device.job(job)["last_name"] == .text("Dahl"))
        #expect(try house.settle() == [true])
        #expect(try house.values(LabVersions.task, job)["first_name"] == .text("Carl"))
        #expect(try device.refused.isEmpty)
    }

    /// A device whose app does not take schemas is served its own for ever, and is offered none.
    @Test func anAppThatTakesNoSchemasIsLeftWithItsOwn() throws {
        let house = try House(version: 5)
        let device = try house.device("ada", version: 2)
        let office = try house.device("dora", version: 5)
        let job = try device.job(of: "ada", ["title": .text("lift"), "contact": .text("Anna Berg")])
        #expect(try house.settle() == [true, true])
        // One of two cells that are one here: it has the sequence of the later one.
        try office.set(job, ["last_name": .text("Carlsen")])
        #expect(try house.settle() == [true, true])
        #expect(device.version == 2 && device.driver.obstacle == nil)
        #expect(try device.job(job)["contact"] == .text("Anna Carlsen"))
        try device.restart(takesSchemas: true)
        #expect(try house.settle() == [true, true])
        #expect(device.version == 5)
        #expect(try device.job(job)["last_name"] == .text("Carlsen"))
        #expect(device.driver.replica.progress.isCarriedOver == false)
    }
}
