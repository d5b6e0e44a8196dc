import Foundation
import ReplicationCore
import Testing

@testable import Domain

@Suite struct ImportTests {
    /// What came out, by line.
    private struct Outcome {
        var imported: [Int: ImportedLine] = [:]
        var skipped: [Int: SkippedLine] = [:]
        var rows: [UInt32: Set<RowID>] = [:]

        init(_ events: [ImportEvent]) {
            for event in events {
                switch event {
                case .imported(let line):
                    imported[line.lines.lowerBound] = line
                    for row in line.rows { rows[row.key.collection, default: []].insert(row.key.row) }
                case .skipped(let line): skipped[line.lines.lowerBound] = line
                }
            }
        }

        func order(_ line: Int) -> ImportedRow? { imported[line]?.rows.first { $0.key.collection == 12 } }
        func site(_ line: Int) -> ImportedRow? { imported[line]?.rows.first { $0.key.collection == 6 } }
    }

    private func shipped() throws -> [UInt8] { Array(try Fixtures.text("Fixtures/sample-company/requests.csv").utf8) }

    @Test func shippedRequestsAreAllAccountedFor() throws {
        let schema = try StandardSchema.load()
        let outcome = Outcome(try Fixtures.events(shipped(), mapping: Fixtures.mapping(schema)))
        #expect(outcome.imported.count == 57)
        #expect(outcome.skipped.mapValues(\.reason) == [
            18: "Reported at: `31/05/2026 25:00` is not a time in the mapping's format.",
            24: "It has the same key as line 5.",
            36: "The request has no key.",
        ])
        #expect(outcome.skipped.filter(\.value.isDuplicate).keys.sorted() == [24])
        #expect(outcome.imported.filter { !$0.value.warnings.isEmpty }.mapValues(\.warnings) == [
            21: ["Due at was left out: `soon` is not a time in the mapping's format."],
            33: ["Latitude was left out: `north` is not a number.", "Longitude was left out: it says nothing without latitude."],
            39: ["Title was cut from 300 to 200 bytes."],
        ])
        // Line 42 repeats the place of line 41 in other letters.
        #expect(outcome.rows.mapValues(\.count) == [6: 56, 7: 45, 12: 57])
    }

    @Test func importedRowsAreWhole() throws {
        let schema = try StandardSchema.load()
        let company = try Fixtures.company(schema)
        let check = RowCheck(schema: schema, known: Set(company.rows.map(\.key)))
        for case .imported(let line) in try Fixtures.events(shipped(), mapping: Fixtures.mapping(schema)) {
            #expect(check.complaints(about: line.rows) == [], "line \(line.lines)")
        }
    }

    @Test func oneLineInFull() throws {
        let schema = try StandardSchema.load()
        let outcome = Outcome(try Fixtures.events(shipped(), mapping: Fixtures.mapping(schema)))
        let order = try #require(outcome.order(2)), site = try #require(outcome.site(2))
        #expect(order.values == [
            "account": .reference(SeedFile.row("city_services", of: 4)), "site": .reference(site.key.row),
            "asset": .reference(try #require(outcome.imported[2]?.rows.first { $0.key.collection == 7 }).key.row),
            "territory": .reference(SeedFile.row("harborside", of: 1)), "kind": .text("Water System"),
            "priority": .text("high"), "title": .text("Water System: Hydrant drips"),
            "description": .text("Hydrant drips. Reported to Water Office by PHONE."),
            // 1 May 2026, one o'clock in the afternoon, in New York's summer.
            "reported_at": .integer(1_777_654_800_000),
            "origin_name": .text("NYC 311"), "origin_key": .text("900000"), "origin_status": .text("open"),
        ])
        #expect(order.elements == ["required_skills": ["plumbing"]])
        #expect(order.key.row == RowID.derived(collection: 12, key: ["nyc311", "900000"]))
        #expect(site.values["name"] == .text("10 Lantern Street"))
        #expect(outcome.order(3)?.values["origin_status"] == .text("closed"))
        #expect(outcome.order(3)?.values["origin_closed_at"] != nil)
        #expect(outcome.site(7)?.values["name"] == .text("Rope Walk & Mill Road"))
    }

    @Test func piecesOfAnySizeReadAlike() throws {
        let schema = try StandardSchema.load()
        let mapping = try Fixtures.mapping(schema), bytes = try shipped()
        let whole = try Fixtures.events(bytes, mapping: mapping)
        #expect(try Fixtures.events(bytes, mapping: mapping, piece: 1) == whole)
        #expect(try Fixtures.events(bytes, mapping: mapping, piece: 1000) == whole)
    }

    @Test func aBrokenHeaderIsRefused() throws {
        let schema = try StandardSchema.load()
        let mapping = try Fixtures.mapping(schema)
        let text = String(decoding: try shipped(), as: UTF8.self).replacing("Complaint Type", with: "Complaint Typ")
        let error = #expect(throws: FileMistakes.self) { try Fixtures.events(Array(text.utf8), mapping: mapping) }
        #expect(error?.description == "requests.csv:1:1: there is no column `Complaint Type`. Did you mean `Complaint Typ`?")
        let nothing = #expect(throws: FileMistakes.self) { try Fixtures.events([], mapping: mapping) }
        #expect(nothing?.mistakes.first?.problem == "the file is empty")
    }

    @Test func aShortLineIsSkippedAndTheNextTaken() throws {
        let schema = try StandardSchema.load()
        let lines = String(decoding: try shipped(), as: UTF8.self).split(separator: "\n")
        let text = [lines[0], "900001,half a line", lines[1]].joined(separator: "\n")
        let outcome = Outcome(try Fixtures.events(Array(text.utf8), mapping: Fixtures.mapping(schema)))
        #expect(outcome.skipped[2]?.reason == "It has 2 fields where the first line has 41.")
        #expect(outcome.imported.keys.sorted() == [3])
    }

    @Test(.enabled(if: realFile != nil, "set CONVERGE_REQUESTS_FILE to a file of NYC 311 service requests"))
    func realRequestsAreAllAccountedFor() throws {
        let schema = try StandardSchema.load()
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: try #require(Self.realFile))))
        let events = try Fixtures.events(bytes, mapping: Fixtures.mapping(schema))
        let outcome = Outcome(events)
        #expect(events.count == 1000)
        #expect(outcome.imported.count == 1000)
        #expect(outcome.imported.allSatisfy { $0.value.warnings.isEmpty })
        #expect(outcome.rows.mapValues(\.count) == [6: 944, 7: 728, 12: 1000])
        let orders = outcome.imported.keys.compactMap(outcome.order)
        #expect(orders.count { $0.values["origin_status"] == .text("closed") } == 969)
        #expect(orders.count { $0.values["reported_at"] != nil } == 1000)
        #expect(orders.count { $0.values["due_at"] != nil } == 486)
        #expect(outcome.imported.keys.count { outcome.site($0)?.values["latitude"] == nil } == 107)
        let check = RowCheck(schema: schema, known: Set(try Fixtures.company(schema).rows.map(\.key)))
        #expect(outcome.imported.values.flatMap { check.complaints(about: $0.rows) } == [])
    }

    static let realFile = ProcessInfo.processInfo.environment["CONVERGE_REQUESTS_FILE"]
}
