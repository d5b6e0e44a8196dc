import Foundation
import ReplicationCore
import TestSupport
import WireProtocol

@testable import ReplicationEngine

/// What is recorded: a house in which something is about to happen, and what people call its rows.
struct Story {
    let name: String
    let title: String
    let house: House
    let devices: [String]
    /// The order in which they come back.
    let returning: [String]
    let names: [RowID: String]

    static let names = ["reassignment", "two-versions-behind"]

    private static var people: [RowID: String] {
        var people = [RowID(high: 7, low: 1): "team north"]
        for name in ["ada", "ben", "dora"] { people[House.member(name)] = name.capitalized }
        return people
    }

    static func begin(_ name: String) throws -> Story {
        name == "reassignment" ? try reassignment() : try twoVersionsBehind()
    }

    /// The office gives Ada's job to Ben while Ada, who is offline, works on it.
    private static func reassignment() throws -> Story {
        let house = try House(version: 6)
        let office = try house.device("dora", version: 6)
        let ada = try house.device("ada", version: 6)
        _ = try house.device("ben", version: 6)
        let pump = try office.job(of: "ada", ["title": .text("Mend the pump"), "address": .text("Long Street 5")])
        let lift = try office.job(of: "ada", ["title": .text("Look after the lift"), "address": .text("Short Street 1")])
        _ = try house.settle()
        let first = try ada.write { try $0.create("note", ["job": .reference(pump), "text": .text("The valve is stuck.")]) }
        _ = try house.settle()
        try house.goOffline()
        try office.set(pump, ["assignee": .reference(House.member("ben"))])
        let second = try ada.write { try $0.create("note", ["job": .reference(pump), "text": .text("A new valve is in.")]) }
        try ada.set(pump, ["state": .text("closed")])
        return Story(
            name: "reassignment", title: "A job is given to Ben while Ada, who is offline, works on it", house: house,
            devices: ["dora", "ada", "ben"], returning: ["ben", "dora", "ada"],
            names: people.merging([
                pump: "the pump", lift: "the lift", first: "Ada's first note", second: "Ada's second note",
            ]) { first, _ in first })
    }

    /// A device whose app is two versions behind hands in a month of work, in which the office was not idle either.
    private static func twoVersionsBehind() throws -> Story {
        let house = try House(version: 6)
        let office = try house.device("dora", version: 6)
        let ben = try house.device("ben", version: 4)
        var names = people
        let jobs = try (1...6).map { number in
            let job = try office.job(of: "ben", [
                "title": .text("Job \(number)"), "address": .text("Long Street \(number)"), "state": .text("open"),
                "starts": .integer(100), "ends": .integer(200), "first_name": .text("Anna"), "last_name": .text("Berg"),
            ])
            names[job] = "job \(number)"
            return job
        }
        _ = try house.settle()
        try house.goOffline()
        for day in 1...30 {
            ben.now.wall += 86_400_000
            let job = jobs[day % 6]
            switch day % 4 {
            case 0: try ben.set(job, ["state": .text("closed"), "ends": .integer(Int64(300 + day))])
            case 1: try ben.set(job, ["house": .text("\(day) b")])
            case 2: try ben.write { try $0.increment("task", job, "visits", by: 1) }
            default:
                let note = try ben.write { try $0.create("note", ["job": .reference(job), "text": .text("Day \(day)")]) }
                names[note] = "the note of day \(day)"
            }
        }
        for job in jobs.prefix(3) { try office.set(job, ["starts": .integer(150), "priority": .text("high")]) }
        house.wall += 30 * 86_400_000
        office.now.wall = house.wall
        return Story(
            name: "two-versions-behind", title: "A device with version 4 of the schema hands in a month of work at a hub with version 6",
            house: house, devices: ["dora", "ben"], returning: ["dora", "ben"], names: names)
    }

    /// Plays it: the stores are copied first, then all devices come back one after another.
    ///
    /// - Parameter stores: where the copies go.
    func record(stores: String) throws -> Transcript {
        try house.copyFiles(to: stores, devices: devices)
        var transcript = Transcript(
            title: title, hubVersion: 6, devices: devices,
            names: Dictionary(uniqueKeysWithValues: names.map { ($0.key.description, $0.value) }))
        house.tap = { crossing in
            let (kind, connection, device, frame): (Transcript.Step.Kind, ConnectionID, Device, [UInt8]) =
                switch crossing {
                case .opened(let connection, let device): (.opened, connection, device, [])
                case .up(let connection, let device, let bytes): (.up, connection, device, bytes)
                case .down(let connection, let device, let bytes): (.down, connection, device, bytes)
                case .closed(let connection, let device): (.closed, connection, device, [])
                }
            guard let place = house.devices.firstIndex(where: { $0 === device }) else { return }
            transcript.steps.append(Transcript.Step(
                kind: kind, device: devices[place], connection: connection.rawValue, hubWall: house.wall,
                deviceWall: device.now.wall, monotonic: device.now.monotonic, frame: frame))
        }
        for name in returning {
            guard let place = devices.firstIndex(of: name) else { continue }
            let device = house.devices[place]
            device.driver.goOnline(at: device.now)
            try house.exchange()
        }
        try house.goOffline()
        house.tap = { _ in }
        transcript.shown = try Dictionary(uniqueKeysWithValues: zip(devices, house.devices).map { ($0, try $1.shown()) })
        return transcript
    }
}
