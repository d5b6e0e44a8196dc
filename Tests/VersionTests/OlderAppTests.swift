import ReplicationCore
import TestSupport
import Testing

@testable import ReplicationEngine

/// Apps of earlier versions at a hub of the latest one.
@Suite struct OlderAppTests {
    let house: House

    init() throws { house = try House(version: 6) }

    /// History 23: an old app writes one column of what is now a group, after the office moved the others.
    @Test func aColumnOfAGroupComesWithTheOthersAsTheWriterSawThem() throws {
        let old = try house.device("ada", version: 1)
        let office = try house.device("dora", version: 6)
        let job = try office.job(of: "ada", ["title": .text("lift"), "starts": .integer(100), "ends": .integer(200)])
        #expect(try house.settle() == [true, true])
        #expect(try old.job(job)["starts"] == .integer(100))
        #expect(try old.job(job)["ends"] == .integer(200))

        try house.goOffline()
        try old.set(job, ["ends": .integer(250)])
        try office.set(job, ["starts": .integer(500), "ends": .integer(600)])
        office.driver.goOnline(at: office.now)
        try house.exchange()
        #expect(try house.settle() == [true, true])

        // The office ranks higher and is shown; what the technician meant stands whole beside it.
        let row = try #require(try house.row(LabVersions.task, job))
        let siblings = try #require(row[Part(group: 14)]).siblings.compactMap(\.values)
        #expect(Set(siblings) == [[.integer(500), .integer(600)], [.integer(100), .integer(250)]])
        #expect(try house.values(LabVersions.task, job)["starts"] == .integer(500))
        let conflict = try #require(try office.store.query("SELECT * FROM conflict WHERE state = 'open'", []).first)
        let fields = Dictionary(uniqueKeysWithValues: zip(conflict.columns, conflict.values))
        #expect(fields["base"] == .text(#"{"starts":100,"ends":200}"#))
        #expect(fields["yours"] == .text(#"{"starts":100,"ends":250}"#))
        #expect(fields["part_group"] == .integer(14))
        // The old app is told in its own terms.
        let told = try #require(try old.store.query("SELECT * FROM conflict WHERE state = 'open'", []).first)
        let oldFields = Dictionary(uniqueKeysWithValues: zip(told.columns, told.values))
        #expect(oldFields["part_group"] == .integer(6))
        #expect(oldFields["yours"] == .text(#"{"starts":100,"ends":250}"#))
        #expect(oldFields["subject"] == .text("job/\(job)"))
    }

    /// What an app of an earlier version had been shown in a time that the hub has lost, it had seen: whoever comes back first, one
    /// address stands, and it is the one that stood.
    @Test(arguments: [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]])
    func whatWasSeenInLostTimeWasSeen(order: [Int]) throws {
        let first = try house.device("ada", version: 2), second = try house.device("dora", version: 2)
        let office = try house.device("dora", version: 6)
        let job = try office.job(of: "ada", ["title": .text("lift"), "address": .text("Pumpway 1")])
        #expect(try house.settle() == [true, true, true])
        let backup = try house.backUp()
        func set(_ device: Device, _ column: String, _ value: String) throws {
            try device.set(job, [column: .text(value)])
            #expect(try house.settle() == [true, true, true])
        }
        try set(first, "street", "Hillway")
        try set(second, "street", "Longway")
        try set(first, "house", "4")
        #expect(try house.values(LabVersions.task, job)["address"] == .text("Longway 4"))

        try house.restore(from: backup)
        for device in order {
            try house.visit(house.devices[device])
            // What is back by now is enough to know it.
            if order.starts(with: [1, 0]), device == 0 {
                let cell = try house.row(LabVersions.task, job)?[Part(group: 16)]
                #expect(cell?.siblings.map(\.values) == [[.text("Longway 4")]])
            }
        }
        #expect(try house.settle() == [true, true, true])
        let cell = try #require(try house.row(LabVersions.task, job)?[Part(group: 16)])
        #expect(cell.siblings.map(\.values) == [[.text("Longway 4")]])
        #expect(try office.store.query("SELECT * FROM conflict", []).isEmpty)
        #expect(try first.job(job)["street"] == .text("Longway") && second.job(job)["house"] == .text("4"))
        // A write on it later starts from that, also one that was made before the hub went back.
        try house.goOffline()
        try second.set(job, ["house": .text("5")])
        #expect(try house.settle() == [true, true, true])
        #expect(try house.values(LabVersions.task, job)["address"] == .text("Longway 5"))
        try house.store.verifyChain()
    }

    /// Start in one transaction, end in the next: neither contradicts the other.
    @Test func ownWritesOfColumnsOfOneGroupFollowEachOther() throws {
        let old = try house.device("ada", version: 4)
        let office = try house.device("dora", version: 6)
        let job = try office.job(of: "ada", ["title": .text("lift"), "starts": .integer(100), "ends": .integer(200)])
        _ = try house.settle()
        try house.goOffline()
        try old.set(job, ["starts": .integer(110)])
        try old.set(job, ["ends": .integer(210)])
        try old.set(job, ["starts": .integer(120)])
        #expect(try house.settle() == [true, true])
        let cell = try #require(try house.row(LabVersions.task, job)?[Part(group: 14)])
        #expect(cell.siblings.map(\.values) == [[.integer(120), .integer(210)]])
        #expect(try office.store.query("SELECT * FROM conflict", []).isEmpty)
    }

    /// Columns of one group that were written one after the other, and waited for their row together.
    @Test func ownColumnsThatWaitedFollowEachOther() throws {
        let old = try house.device("ada", version: 2), office = try house.device("dora", version: 6)
        let job = try old.write { transaction in
            transaction.isUnchecked = true
            return try transaction.create("job", ["assignee": .reference(House.member("ada")), "team": .reference(RowID(high: 7, low: 1))])
        }
        try old.set(job, ["street": .text("Pump Street")])
        try old.set(job, ["house": .text("4")])
        try old.set(job, ["street": .text("Long Street")])
        #expect(try house.settle() == [true, true])
        #expect(try house.row(LabVersions.task, job) == nil)
        let refused = try #require(try old.refused.first { $0.refusal.rule == .missingMandatory })
        try old.write { try $0.mend(refused.identity, [RowKey(collection: LabVersions.task, row: job): ["title": .text("lift")]]) }
        #expect(try house.settle() == [true, true])
        let cell = try #require(try house.row(LabVersions.task, job)?[Part(group: 16)])
        #expect(cell.siblings.map(\.values) == [[.text("Long Street 4")]])
        #expect(try old.refused.isEmpty)
        #expect(try office.store.query("SELECT * FROM conflict", []).isEmpty)
    }

    /// What had waited and been released comes back with its verdicts, beside a column that the schema has let go of.
    @Test func whatWaitedComesBackBesideWhatIsNoLongerKept() throws {
        let old = try house.device("ada", version: 2)
        #expect(try house.settle() == [true])
        let backup = try house.backUp()
        let job = try old.write { transaction in
            transaction.isUnchecked = true
            return try transaction.create("job", ["assignee": .reference(House.member("ada")), "team": .reference(RowID(high: 7, low: 1))])
        }
        try old.set(job, ["street": .text("Long Street"), "house": .text("4"), "fax": .text("0 12 34")])
        #expect(try house.settle() == [true])
        let refused = try #require(try old.refused.first { $0.refusal.rule == .missingMandatory })
        try old.write { try $0.mend(refused.identity, [RowKey(collection: LabVersions.task, row: job): ["title": .text("lift")]]) }
        #expect(try house.settle() == [true])
        #expect(try house.values(LabVersions.task, job)["address"] == .text("Long Street 4"))

        try house.restore(from: backup)
        #expect(try house.settle() == [true])
        #expect(try house.values(LabVersions.task, job)["address"] == .text("Long Street 4"))
        #expect(try old.refused.map(\.refusal.rule) == [.removedFromSchema])
        #expect(try house.store.read { try $0.quarantineCount() } == 1)
        try house.store.verifyChain()
    }

    /// What a second app built on work that had waited, in a time that the hub has lost, comes back as it stood, whoever comes first.
    @Test(arguments: [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]])
    func whatWasBuiltOnReleasedWorkComesBack(order: [Int]) throws {
        let first = try house.device("ada", version: 2), second = try house.device("dora", version: 2)
        let office = try house.device("dora", version: 6)
        #expect(try house.settle() == [true, true, true])
        let backup = try house.backUp()
        let job = try first.write { transaction in
            transaction.isUnchecked = true
            return try transaction.create("job", ["assignee": .reference(House.member("ada")), "team": .reference(RowID(high: 7, low: 1))])
        }
        try first.set(job, ["street": .text("Pump Street")])
        #expect(try house.settle() == [true, true, true])
        let refused = try #require(try first.refused.first { $0.refusal.rule == .missingMandatory })
        try first.write { try $0.mend(refused.identity, [RowKey(collection: LabVersions.task, row: job): ["title": .text("lift")]]) }
        #expect(try house.settle() == [true, true, true])
        try second.set(job, ["house": .text("4")])
        #expect(try house.settle() == [true, true, true])
        try first.set(job, ["street": .text("Long Street")])
        #expect(try house.settle() == [true, true, true])
        #expect(try house.values(LabVersions.task, job)["address"] == .text("Long Street 4"))

        try house.restore(from: backup)
        for device in order { try house.visit(house.devices[device]) }
        #expect(try house.settle() == [true, true, true])
        let cell = try #require(try house.row(LabVersions.task, job)?[Part(group: 16)])
        #expect(cell.siblings.map(\.values) == [[.text("Long Street 4")]])
        #expect(try first.refused.isEmpty)
        #expect(try office.store.query("SELECT * FROM conflict", []).isEmpty)
        try house.store.verifyChain()
    }

    /// A column waits with its changeset, and another of what is one group now is taken at once: neither is lost, and somebody chooses.
    @Test func anOwnColumnThatWaitedStandsBesideOneThatDidNot() throws {
        let old = try house.device("ada", version: 2), office = try house.device("dora", version: 6)
        let job = try office.job(of: "ada", ["title": .text("lift"), "address": .text("Pumpway 1")])
        #expect(try house.settle() == [true, true])
        let note = try old.write { transaction in
            transaction.isUnchecked = true
            return try transaction.create("note", ["text": .text("call first")])
        }
        try old.write { transaction in
            transaction.isAtomic = true
            transaction.isUnchecked = true
            try transaction.set("job", job, ["street": .text("Long Street")])
            try transaction.set("note", note, ["text": .text("call twice")])
        }
        try old.set(job, ["house": .text("4")])
        #expect(try house.settle() == [true, true])
        let refused = try #require(try old.refused.first { $0.refusal.rule == .missingMandatory })
        try old.write { try $0.mend(refused.identity, [RowKey(collection: LabVersions.note, row: note): ["job": .reference(job)]]) }
        #expect(try house.settle() == [true, true])
        let cell = try #require(try house.row(LabVersions.task, job)?[Part(group: 16)])
        #expect(Set(cell.siblings.map(\.values)) == [[.text("Long Street 1")], [.text("Pumpway 4")]])
        #expect(try old.refused.isEmpty)
        #expect(try office.store.query("SELECT * FROM conflict WHERE state = 'open'", []).count == 1)
    }

    /// What waits in a column that goes with an update stays refused when the rest is released, and can be let go of.
    @Test func whatWaitsInAColumnThatGoesCanBeLetGoOf() throws {
        let house = try House(version: 5)
        let old = try house.device("ada", version: 5)
        let job = try old.write { transaction in
            transaction.isUnchecked = true
            return try transaction.create("task", ["assignee": .reference(House.member("ada")), "team": .reference(RowID(high: 7, low: 1))])
        }
        try old.set(job, ["starts": .integer(100), "fax": .text("0 12 34")])
        #expect(try house.settle() == [true])
        let backup = try house.backUp()
        let refused = try #require(try old.refused.first { $0.refusal.rule == .missingMandatory })
        try old.write { try $0.mend(refused.identity, [RowKey(collection: LabVersions.task, row: job): ["title": .text("lift")]]) }
        #expect(try house.settle() == [true])
        #expect(try old.refused.isEmpty)
        try house.restore(from: backup)
        try house.publish(6)
        #expect(try house.settle() == [true])
        #expect(try house.values(LabVersions.task, job)["starts"] == .integer(100))
        #expect(try old.refused.count == 1)
        let gone = try #require(try old.refused.first)
        try old.write { try $0.discard(gone.identity) }
        #expect(try house.settle() == [true])
        #expect(try house.store.read { try $0.quarantineCount() } == 0)
    }

    /// All-or-nothing work was mended whole in a time that the hub has lost, and one of its columns has gone since: what was mended
    /// stays so at the hub as on the device, and what cannot be kept of the mending waits in quarantine on both.
    @Test func whatWasMendedWholeInLostTimeStaysMended() throws {
        let house = try House(version: 5)
        let old = try house.device("ada", version: 5)
        #expect(try house.settle() == [true])
        let backup = try house.backUp()
        let job = try old.write { transaction in
            transaction.isUnchecked = true
            transaction.isAtomic = true
            return try transaction.create("task", [
                "assignee": .reference(House.member("ada")), "team": .reference(RowID(high: 7, low: 1)), "fax": .text("0 12 34"),
            ])
        }
        #expect(try house.settle() == [true])
        let refused = try #require(try old.refused.first { $0.refusal.rule == .missingMandatory })
        try old.write { try $0.mend(refused.identity, [RowKey(collection: LabVersions.task, row: job): ["title": .text("lift")]]) }
        #expect(try house.settle() == [true])
        #expect(try old.refused.isEmpty)
        try house.restore(from: backup)
        try house.publish(6)
        #expect(try house.settle() == [true])
        #expect(try house.values(LabVersions.task, job)["title"] == .text("lift"))
        #expect(try old.refused.map(\.refusal.rule) == [.removedFromSchema])
        #expect(try house.store.read { try $0.quarantineCount() } == 1)
    }

    /// A value was accepted in a time that the hub has lost, and its column has gone since: its writer can let go of it.
    @Test func whatIsNoLongerKeptCanBeLetGoOfAfterARestore() throws {
        let house = try House(version: 5)
        let old = try house.device("ada", version: 5)
        #expect(try house.settle() == [true])
        let backup = try house.backUp()
        _ = try old.job(of: "ada", ["title": .text("pump"), "fax": .text("0 12 34")])
        #expect(try house.settle() == [true])
        #expect(try old.refused.isEmpty)
        try house.restore(from: backup)
        try house.publish(6)
        #expect(try house.settle() == [true])
        let refused = try #require(try old.refused.first)
        #expect(try old.refused.map(\.refusal.rule) == [.removedFromSchema])
        try old.write { try $0.discard(refused.identity) }
        #expect(try house.settle() == [true])
        #expect(try house.store.read { try $0.quarantineCount() } == 0)
    }

    /// What had been seen in a cell that has become a part of another since is not taken in beside its successor.
    @Test(arguments: [false, true])
    func whatWasSeenInACellThatBecameAPartOfAnotherStaysSeen(isSuccessorLost: Bool) throws {
        let house = try House(version: 4)
        let first = try house.device("ada", version: 4), second = try house.device("dora", version: 4)
        let job = try second.job(of: "ada", ["title": .text("lift"), "street": .text("Pumpway"), "house": .text("1")])
        #expect(try house.settle() == [true, true])
        let backup = try house.backUp()
        try first.set(job, ["house": .text("4")])
        #expect(try house.settle() == [true, true])
        if isSuccessorLost {
            try second.set(job, ["house": .text("5")])
            #expect(try house.settle() == [true, true])
        }
        try house.restore(from: backup)
        try house.visit(second)
        try house.publish(6)
        if !isSuccessorLost {
            try second.set(job, ["house": .text("5")])
            try house.visit(second)
        }
        #expect(try house.settle() == [true, true])
        let cell = try #require(try house.row(LabVersions.task, job)?[Part(group: 16)])
        #expect(cell.siblings.map(\.values) == [[.text("Pumpway 5")]])
        #expect(try second.store.query("SELECT * FROM conflict", []).isEmpty)
    }

    /// An all-or-nothing changeset had been taken whole in a time that the hub has lost; one of its columns has gone since, and one of its rows
    /// comes back later. The rest of it comes back, also if its writer lets go of what has no column any more.
    @Test(arguments: [false, true])
    func allOrNothingComesBackBesideWhatIsNoLongerKept(isLetGoOf: Bool) throws {
        let house = try House(version: 5)
        let first = try house.device("ada", version: 5), second = try house.device("dora", version: 5)
        let known = try second.job(of: "ada", ["title": .text("lift")])
        #expect(try house.settle() == [true, true])
        let backup = try house.backUp()
        let later = try second.job(of: "ada", ["title": .text("pump")])
        #expect(try house.settle() == [true, true])
        try first.write { transaction in
            transaction.isAtomic = true
            try transaction.set("task", later, ["title": .text("pump 2")])
            try transaction.set("task", known, ["title": .text("lift 2"), "fax": .text("0 12 34")])
        }
        #expect(try house.settle() == [true, true])
        try house.restore(from: backup)
        try house.publish(6)
        try house.visit(first)
        if isLetGoOf, let refused = try first.refused.first(where: { $0.refusal.rule == .removedFromSchema }) {
            try first.write { try $0.discard(refused.identity) }
            try house.visit(first)
        }
        #expect(try house.settle() == [true, true])
        #expect(try house.values(LabVersions.task, known)["title"] == .text("lift 2"))
        #expect(try house.values(LabVersions.task, later)["title"] == .text("pump 2"))
        #expect(try house.store.read { try $0.quarantineCount() } == (isLetGoOf ? 0 : 1))
    }

    /// An app saw in a time that the hub has lost what had waited, and wrote one of its columns: the other is not emptied, although the hub
    /// learns only later that it had been seen.
    @Test func aColumnThatItsWriterLeftAloneIsNotEmptied() throws {
        let first = try house.device("ada", version: 4), second = try house.device("dora", version: 4)
        let job = try first.write { transaction in
            transaction.isUnchecked = true
            return try transaction.create("task", ["assignee": .reference(House.member("ada")), "team": .reference(RowID(high: 7, low: 1))])
        }
        try first.set(job, ["starts": .integer(100), "ends": .integer(200)])
        #expect(try house.settle() == [true, true])
        let backup = try house.backUp()
        let refused = try #require(try first.refused.first { $0.refusal.rule == .missingMandatory })
        try first.write { try $0.mend(refused.identity, [RowKey(collection: LabVersions.task, row: job): ["title": .text("lift")]]) }
        #expect(try house.settle() == [true, true])
        try house.goOffline()
        try second.set(job, ["starts": .integer(150)])
        try house.restore(from: backup)
        try house.visit(second)
        #expect(try house.settle() == [true, true])
        let cell = try #require(try house.row(LabVersions.task, job)?[Part(group: 14)])
        #expect(cell.siblings.map(\.values) == [[.integer(150), .integer(200)]])
    }

    /// What a pending value of one column hid was not seen, also when another column of the group is written next.
    @Test func whatAPendingValueHidIsNotTakenAway() throws {
        let old = try house.device("ada", version: 4)
        let office = try house.device("dora", version: 6)
        let job = try office.job(of: "ada", ["title": .text("lift"), "starts": .integer(100), "ends": .integer(200)])
        _ = try house.settle()
        try house.goOffline()
        try old.set(job, ["starts": .integer(110)])
        try office.set(job, ["starts": .integer(500), "ends": .integer(600)])
        office.driver.goOnline(at: office.now)
        try house.exchange()
        office.driver.goOffline()
        try house.exchange()
        // The old device hears of the office's window before the hub hears of its work: its own start hides the
        // office's, and the office's end it sees.
        try hear(house, old, withoutUploading: true)
        #expect(try old.job(job)["starts"] == .integer(110))
        #expect(try old.job(job)["ends"] == .integer(600))
        try old.set(job, ["ends": .integer(610)])
        #expect(try house.settle() == [true, true])
        let cell = try #require(try house.row(LabVersions.task, job)?[Part(group: 14)])
        #expect(Set(cell.siblings.compactMap(\.values)) == [[.integer(500), .integer(600)], [.integer(110), .integer(610)]])
    }

    /// Until the hub went over, start and end were cells of their own there. A context tells of one of them only: what it cannot say to have
    /// been seen stands beside, whole.
    @Test(arguments: [false, true])
    func ofCellsThatBecomeOneEachContextTellsOfItsOwn(_ wasShown: Bool) throws {
        let house = try House(version: 4)
        let old = try house.device("ada", version: 4)
        let office = try house.device("dora", version: 4)
        let job = try office.job(of: "ada", ["title": .text("lift"), "starts": .integer(100), "ends": .integer(200)])
        _ = try house.settle()
        if !wasShown { old.driver.goOffline() }
        try office.set(job, ["starts": .integer(150)])
        try house.exchange()
        old.driver.goOffline()
        try old.set(job, ["ends": .integer(210)])
        #expect(try old.job(job)["starts"] == .integer(wasShown ? 150 : 100))
        try house.publish(6)
        #expect(try house.settle() == [true, true])
        let cell = try #require(try house.row(LabVersions.task, job)?[Part(group: 14)])
        #expect(Set(cell.siblings.compactMap(\.values)) == [[.integer(150), .integer(200)], [.integer(100), .integer(210)]])
    }

    /// A field that an old app does not know survives its edits, and so does what it cannot tell apart.
    @Test func whatTheOldAppDoesNotKnowSurvives() throws {
        let old = try house.device("ada", version: 1)
        let new = try house.device("ada", version: 6)
        let job = try new.job(of: "ada", [
            "title": .text("lift"), "first_name": .text("Anna Maria"), "last_name": .text("Berg"),
            "priority": .text("high"), "state": .text("waiting"), "address": .text("Long Street 5 b"),
        ])
        #expect(try house.settle() == [true, true])
        #expect(try old.job(job)["contact"] == .text("Anna Maria Berg"))
        #expect(try old.job(job)["state"] == .text("doing"))
        #expect(try old.job(job)["street"] == .text("Long Street 5"))
        #expect(try old.job(job)["house"] == .text("b"))
        #expect(try old.job(job)["priority"] == nil)

        try old.set(job, ["title": .text("lift, second floor"), "house": .text("c")])
        #expect(try house.settle() == [true, true])
        let values = try new.job(job)
        #expect(values["priority"] == .text("high"))
        #expect(values["state"] == .text("waiting"))
        #expect(values["address"] == .text("Long Street 5 c"))
        #expect(values["first_name"] == .text("Anna Maria"))
        #expect(values["title"] == .text("lift, second floor"))
    }

    @Test func aRowOfAnOldAppHasTheDefaultsOfLaterVersions() throws {
        let old = try house.device("ada", version: 1)
        let job = try old.job(of: "ada", [
            "title": .text("pump"), "contact": .text("Carl Dahl"), "state": .text("done"), "starts": .integer(5),
        ])
        #expect(try house.settle() == [true])
        let values = try house.values(LabVersions.task, job)
        #expect(values["priority"] == .text("normal"))
        #expect(values["first_name"] == .text("Carl"))
        #expect(values["last_name"] == .text("Dahl"))
        #expect(values["state"] == .text("closed"))
        #expect(values["starts"] == .integer(5))
        #expect(values["ends"] == nil)
        #expect(try old.refused.isEmpty)
        #expect(old.driver.isEchoed)
    }

    /// The hub takes what was written, and goes on to a schema without the field before it could say so.
    @Test func whatIsLetGoOfBeforeItIsEchoedDoesNotPendForEver() throws {
        let house = try House(version: 5)
        let old = try house.device("ada", version: 5)
        let job = try old.job(of: "ada", ["title": .text("pump")])
        _ = try house.settle()
        house.dropsReplies = true
        try old.set(job, ["fax": .text("0 12 34")])
        try house.exchange()
        #expect(try house.values(LabVersions.task, job)["fax"] == .text("0 12 34"))
        #expect(try old.job(job)["fax"] == .text("0 12 34"), "not answered yet")
        try house.publish(6)
        house.dropsReplies = false
        #expect(try house.settle() == [true])
        #expect(old.driver.isEchoed)
        #expect(try old.job(job)["fax"] == nil, "nobody else is shown it either")
    }

    @Test func whatIsNoLongerKeptGoesToQuarantine() throws {
        let old = try house.device("ada", version: 5)
        let job = try old.job(of: "ada", ["title": .text("pump"), "fax": .text("0 12 34")])
        try old.write { try $0.create("gadget", ["job": .reference(job), "name": .text("wrench")]) }
        #expect(try house.settle() == [true])
        let refused = try old.refused
        #expect(refused.map(\.refusal.rule).allSatisfy { $0 == .removedFromSchema })
        #expect(Set(refused.map(\.key.collection)) == [LabVersions.task, LabVersions.gadget])
        #expect(try house.values(LabVersions.task, job)["title"] == .text("pump"))
        #expect(try house.store.read { try $0.quarantineCount() } == refused.count)
    }

    /// Every kind of write by an app that is five versions behind, and what its user sees of it.
    @Test func anOldAppWorksAsIfTheHubWereAsOld() throws {
        let old = try house.device("ada", version: 1)
        let new = try house.device("dora", version: 6)
        let job = try old.job(of: "ada", ["title": .text("pump")])
        try old.write { transaction in
            try transaction.add("job", job, "tags", "wet")
            try transaction.increment("job", job, "visits", by: 2)
            try transaction.create("note", ["job": .reference(job), "text": .text("call first")])
        }
        #expect(try house.settle() == [true, true])
        #expect(try new.job(job)["tags"] == .text(#"["wet"]"#))
        #expect(try new.job(job)["visits"] == .integer(2))
        try new.write { try $0.delete("task", job) }
        #expect(try house.settle() == [true, true])
        #expect(try old.store.query("SELECT id FROM job WHERE _alive", []).isEmpty)
        #expect(try new.store.query("SELECT id FROM task WHERE _alive", []).isEmpty)
    }

    /// Alive in one version and deleted in another would be two truths.
    @Test func aRowThatAnUnknownFieldRevivesIsAliveForAll() throws {
        let old = try house.device("ada", version: 1)
        let new = try house.device("ada", version: 6)
        let office = try house.device("dora", version: 6)
        let job = try office.job(of: "ada", ["title": .text("pump")])
        _ = try house.settle()
        try house.goOffline()
        try office.write { try $0.delete("task", job) }
        try new.set(job, ["priority": .text("high")])
        office.driver.goOnline(at: office.now)
        try house.exchange()
        #expect(try house.settle() == [true, true, true])
        for device in [old, new, office] {
            #expect(try device.store.query("SELECT id FROM \(device.jobs) WHERE _alive", []).count == 1)
        }
    }

    /// What changed last is gone with an update. The liveness cell, which earlier versions are shown as changed with its row,
    /// does not become older by it: a device would keep the one that it has.
    @Test func aDeletionIsNoOlderWhereTheColumnWrittenLastHasGone() throws {
        let house = try House(version: 5)
        let old = try house.device("ada", version: 1)
        let office = try house.device("dora", version: 5)
        let job = try office.job(of: "ada", ["title": .text("pump"), "fax": .text("0 12 34")])
        #expect(try house.settle() == [true, true])
        try house.goOffline()
        try old.set(job, ["street": .text("Pumpway")])
        try house.visit(old)
        try office.write { try $0.delete("task", job) }
        #expect(try house.settle() == [true, true])
        try old.set(job, ["fax": .text("0 12 35")])
        #expect(try house.settle() == [true, true])
        try house.publish(6)
        let new = try house.device("dora", version: 6)
        #expect(try house.settle() == [true, true, true])
        #expect(try old.store.query("SELECT id FROM job WHERE _alive", []).count == 1)
        #expect(try new.store.query("SELECT id FROM task WHERE _alive", []).count == 1)
    }

    /// An old app deletes what a later one has filled in where the old one sees nothing.
    @Test func aDeletionByAnOldAppCoversWhatItCannotShow() throws {
        let boss = try house.device("dora", version: 1)
        let new = try house.device("ada", version: 6)
        let job = try new.job(of: "ada", [
            "title": .text("pump"), "priority": .text("high"), "starts": .integer(1),
        ])
        #expect(try house.settle() == [true, true])
        try boss.write { try $0.delete("job", job) }
        #expect(try house.settle() == [true, true])
        #expect(try house.row(LabVersions.task, job)?.isAlive == false)
        #expect(try boss.store.query("SELECT id FROM job WHERE _alive", []).isEmpty)
    }

    /// Receives what the hub has while everything that it sends is lost.
    private func hear(_ house: House, _ device: Device, withoutUploading: Bool) throws {
        house.dropsUploads = withoutUploading
        device.driver.goOnline(at: device.now)
        try house.exchange()
        device.cut()
        house.dropsUploads = false
        try house.exchange()
    }
}
