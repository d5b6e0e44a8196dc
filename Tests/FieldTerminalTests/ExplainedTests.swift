import Foundation
import ReplicationEngine
import Testing

/// Explanations tell times as the screen that they are read on does.
struct ExplainedTests {
    @Test func `a write is explained with the time of the place, and elsewhere in UTC`() throws {
        let explanation = try Explanation(json: """
            {"answeredBy":"device","at":"1:48","collection":"work_order","row":"7","fields":["priority"],"policy":"last-writer","shown":{"priority":"high"},"rule":"latest",
            "reason":"it is the latest","writes":[{"standing":"shown","values":{"priority":"high"},"author":"Nadia","changeset":"c","site":1,"counter":1,
            "milliseconds":1781524800000}],"olderWrites":0,"refused":[],"openConflicts":[],"toChange":[]}
            """)
        let zone = try #require(TimeZone(identifier: "America/New_York"))
        #expect(explanation.text(in: zone).contains("at 2026-06-15T08:00:00.000 America/New_York, not at the hub yet"), "\(explanation.text(in: zone))")
        #expect(explanation.text.contains("at 2026-06-15T12:00:00.000 UTC"))
    }
}
