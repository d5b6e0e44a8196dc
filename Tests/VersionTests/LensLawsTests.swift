import ReplicationCore
import TestSupport
import Testing

/// The laws that a lens keeps, over chance columns of every version of the lab.
@Suite struct LensLawsTests {
    private let schema: Schema

    init() throws { schema = try LabVersions.schema(LabVersions.all.upperBound) }

    /// Whoever writes what is shown changes nothing, whatever the older version cannot show or tell apart.
    @Test(arguments: 1...5 as ClosedRange<UInt32>) func writingWhatIsShownChangesNothing(version: UInt32) throws {
        let steps = try #require(schema.history.lens(from: version)?.lens(of: LabVersions.task))
        var random = SplitMix64(seed: UInt64(version))
        for _ in 0..<500 {
            let shown = columns(of: steps.newer, texts: ["Anna", "Anna Berg", "A B C", "", " "], &random)
            let older = steps.shownDown(shown)
            let after = steps.written(older, over: shown)
            for group in steps.newer.groups where after[group.number] != shown[group.number] {
                Issue.record("\(group.name): \(String(describing: after[group.number])) instead of \(String(describing: shown[group.number]))")
            }
        }
    }

    /// What an app of an older version writes is what it is shown afterwards, and nothing else of the row changes.
    @Test(arguments: 1...5 as ClosedRange<UInt32>) func whatIsWrittenIsShown(version: UInt32) throws {
        let steps = try #require(schema.history.lens(from: version)?.lens(of: LabVersions.task))
        var random = SplitMix64(seed: UInt64(version) + 50)
        for _ in 0..<500 {
            // Without the separator, so that splitting and joining lose nothing.
            let shown = columns(of: steps.newer, texts: ["Anna", "Berg", "Long"], &random, nulls: false)
            let before = steps.shownDown(shown)
            // Two states of the older version are one by now.
            let groups = steps.older.groups.filter {
                $0.holdsColumns && !steps.targets(of: $0.number).isEmpty && ($0.name != "state" || version > 3)
            }
            let group = groups[Int(random.next() % UInt64(groups.count))]
            let written = columns(of: steps.older, texts: ["Carla", "Dahl"], &random, nulls: false)[group.number] ?? []
            let after = steps.shownDown(steps.written([group.number: written], over: shown))
            // A text in one word fills the first piece alone.
            if group.name == "contact" || group.name == "person" { #expect(after[group.number]?.first?.text == written.first?.text) } else {
                #expect(after[group.number] == written, "\(group.name) of version \(version)")
            }
            for other in steps.older.groups where other.number != group.number {
                #expect(after[other.number] == before[other.number], "\(other.name) beside \(group.name), version \(version)")
            }
        }
    }

    @Test func textsAreCutAndJoinedByBytes() {
        let first = Splitting(separator: ", "), last = Splitting(separator: " ", cutsFrom: .last)
        #expect(first.pieces(of: .text("a, b, c"), count: 2) == [.text("a"), .text("b, c")])
        #expect(last.pieces(of: .text("Anna Maria Berg"), count: 2) == [.text("Anna Maria"), .text("Berg")])
        #expect(last.pieces(of: .text("Berg"), count: 2) == [.text("Berg"), .null])
        #expect(last.pieces(of: .null, count: 2) == [.null, .null])
        #expect(last.pieces(of: .text(" "), count: 2) == [.text(""), .text("")])
        #expect(last.joined([.null, .text("Berg")]) == .text("Berg"))
        #expect(last.joined([.null, .null]) == .null)
        #expect(Splitting(separator: "::").pieces(of: .text("a:::b"), count: 3) == [.text("a"), .text(":b"), .null])
    }

    private func columns(
        of collection: ReplicationCore.Collection, texts: [String], _ random: inout SplitMix64, nulls: Bool = true
    ) -> ShownColumns {
        var columns: ShownColumns = [:]
        for group in collection.groups where group.holdsColumns && (!nulls || random.next() % 5 > 0) {
            columns[group.number] = group.fields.map { field in
                if nulls, random.next() % 6 == 0 { return .null }
                switch field.type {
                case .choice(let choices): return .text(choices[Int(random.next() % UInt64(choices.count))])
                case .timestamp: return .integer(Int64(random.next() % 1_000))
                case .reference: return .reference(RowID(high: 7, low: random.next() % 5))
                default: return .text(texts[Int(random.next() % UInt64(texts.count))])
                }
            }
        }
        return columns
    }
}
