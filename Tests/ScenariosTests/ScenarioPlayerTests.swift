import Domain
import Foundation
import Scenarios
import TestSupport
import Testing

/// How steps are played and expectations judged, wherever the stage is.
@Suite struct ScenarioPlayerTests {
    private func play(_ steps: String, kind: Scenario.Stage = .simulated, _ prepare: (FakeStage) -> Void = { _ in }) throws -> (ScenarioReport, FakeStage, [String]) {
        let (scenario, schema) = try ScenarioFile.load(text: """
            scenario: 1
            title: A <test> & "more"
            company: ../sample-company/company.yaml
            devices: {nadia: {user: nadia}}
            steps:
            \(steps)
            \(kind == .real ? "only: real\ncustomers: {walter: {mail: w@example.com}}" : "")
            """, file: "s.yaml") { try String(contentsOfFile: ScenarioFileTests.folder + "/" + $0, encoding: .utf8) }
        let stage = FakeStage(kind, schema)
        prepare(stage)
        var timeline: [String] = []
        let report = ScenarioPlayer(scenario, file: "s.yaml", on: stage) { timeline.append($0) }.play()
        return (report, stage, timeline)
    }

    @Test func stepsHappenInOrderAndAtTheirTime() throws {
        let (report, stage, timeline) = try play("""
            - {at: "09:00", who: nadia, does: go_offline}
            - {after: 1 d, who: hub, does: kill}
            - {who: nadia, does: sync, note: She tries}
            """)
        #expect(stage.done == ["nadia offline", "hub kill", "nadia sync"])
        #expect(report.isClean && report.checks.isEmpty)
        #expect(timeline == [
            "A <test> & \"more\" (simulated)", "day 1 09:00:00   nadia goes offline", "day 2 09:00:00   the hub is killed", "day 2 09:00:00   She tries",
        ])
    }

    private static let title = "- {expect: value, row: work_order/wo_chiller, field: title, is: Fixed, where: hub, within: 10 s}"

    @Test func anExpectationWaitsUntilItComesTrue() throws {
        let (report, stage, _) = try play(Self.title) { $0.title = ("Fixed", 4_000) }
        #expect(report.isClean && stage.elapsed == 4_000)
    }

    @Test func anExpectationThatFailsSaysWhatWasFoundAndWhere() throws {
        let (report, _, timeline) = try play(Self.title + "\n- {who: nadia, does: sync}") { $0.title = ("Broken", 0) }
        #expect(report.failures.map(\.line) == [6])
        #expect(report.failures.first?.failure == "hub should show “Fixed” as title of work_order/wo_chiller, and shows “Broken”")
        #expect(timeline.contains { $0.contains("s.yaml:6: hub should show") })
        // It goes on after it.
        #expect(timeline.last?.hasSuffix("nadia comes in step with the hub") == true)
    }

    @Test(arguments: [
        ("counts, where: nadia, pending: 2", "nadia should have 2 pending changesets, and has 1"),
        ("same", "nadia should hold the same as the hub, and differs: two rows"),
        ("blocked, where: nadia", "nadia should not be let connect, and is"),
        ("held, row: work_order/wo_chiller, where: nadia", "nadia should have work_order/wo_chiller, and has not"),
        ("not_held, row: work_order/wo_chiller, where: hub", "hub should not have work_order/wo_chiller, and has"),
        ("status, row: work_order/wo_chiller, is: synced, where: nadia", "work_order/wo_chiller should be synced at nadia, and is unknown there"),
        ("rows, of: task, are: 3, where: nadia", "nadia should have 3 task, and has 0"),
    ]) func everyKindOfExpectationCanFail(_ text: String, _ failure: String) throws {
        let (report, _, _) = try play("- {expect: \(text), within: 1 s}") { stage in
            stage.pending = 1
            stage.sameness = .different("two rows")
            stage.title = ("x", 0)
        }
        #expect(report.failures.map(\.failure) == [failure])
    }

    @Test(arguments: [
        ("mail, where: walter, says: Thank you", "walter should have a mail that says “Thank you”, and has 1 mails, the last of which begins: Please sign this"),
        ("mail, where: walter, says: sign, attached: image/png", "walter should have a mail that says “sign” with image/png attached, and has 1 mails, the last of which begins: Please sign this"),
        ("link, where: walter, is: open", "walter's link should be open, and leads nowhere"),
    ]) func whatACustomerHasIsExpected(_ text: String, _ failure: String) throws {
        let mail = CustomerMail(text: "Please sign\nthis", attached: ["application/pdf"])
        let (report, stage, _) = try play("""
            - {expect: \(text), within: 1 s}
            - {expect: mail, where: walter, says: sign, attached: application/pdf}
            - {expect: link, where: walter, is: ended}
            - {who: walter, does: open_link}
            """, kind: .real) { stage in
            stage.mails = [mail]
            stage.linkIsOpen = false
        }
        #expect(report.failures.map(\.failure) == [failure] && report.checks.count == 3)
        #expect(stage.done == ["walter open"])
    }

    @Test func aStepThatCannotBeDoneIsTheEnd() throws {
        let (report, stage, _) = try play("- {who: nadia, does: sync}\n- {expect: same}") { $0.fails = true }
        #expect(report.checks.count == 1 && report.failures.first?.failure == "it is broken")
        #expect(stage.done.isEmpty)
    }

    @Test func stepsOfTheOtherStageAreSkippedWithAWord() throws {
        let (report, stage, timeline) = try play("- {who: nadia, does: disk_fills, only: simulated}\n- {who: nadia, does: sync}", kind: .real)
        #expect(report.skipped == 1 && stage.done == ["nadia sync"])
        #expect(timeline.contains { $0.contains("skipped: this step is simulated only") })
    }

    @Test func resultsAreWrittenAsJUnit() throws {
        let (report, _, _) = try play(Self.title + "\n- {expect: same}") { $0.title = ("a\u{1}<b>", 0) }
        let document = try XMLReading.elements(of: JUnitReport([report]).xml)
        #expect(document.map(\.name) == ["testsuites", "testsuite", "testcase", "failure", "testcase"])
        #expect(document[0].attributes == ["tests": "2", "failures": "1"])
        #expect(document[1].attributes["name"] == "A <test> & \"more\" (simulated)")
        #expect(document[2].attributes["line"] == "6" && document[2].attributes["file"] == "s.yaml")
        #expect(document[3].attributes["message"]?.contains("shows “a?<b>”") == true)
    }
}
