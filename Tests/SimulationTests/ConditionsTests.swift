import Simulation
import Testing

/// Files with conditions: what they say, how they lie over each other, and what is said of mistakes.
@Suite struct ConditionsTests {
    @Test func laterFilesLieOverEarlierOnes() throws {
        let conditions = try Conditions.load([
            ("a.yaml", "devices: [x, y]\nminutes: 5\nworkload: {edit: 3, create: 1}\nfaults: {cut: 2}"),
            ("b.yaml", "minutes: 7\nworkload: {create: 0}\nfaults: {crashHub: 0.5}\nlatency: [1, 2]"),
        ])
        #expect(conditions.devices == ["x", "y"])
        #expect(conditions.minutes == 7)
        #expect(conditions.workload == [.edit: 3, .create: 0])
        #expect(conditions.faults == [.cut: 2, .crashHub: 0.5])
        #expect(conditions.network.latency == [1, 2])
    }

    @Test(arguments: [
        ("devices: [x]\nminuts: 5", "There is no key `minuts`"),
        ("devices: [x]\nfaults: {flood: 1}", "There is no fault `flood`"),
        ("devices: [x]\nworkload: {dance: 1}", "There is no workload `dance`"),
        ("devices: [x]\noffice: {party: 1}", "There is no office work `party`"),
        ("devices: [x]\noffice: {move: -1}", "rates from 0"),
        ("devices: [x]\nlatency: [5, 1]", "the smaller first"),
        ("devices: [x]\nbandwidth: 0", "at least 100"),
        ("devices: [x]\nminutes: 0", "from 1 to"),
        ("devices: [x]\nfaults: {cut: -1}", "rates from 0"),
        ("minutes: 5", "no devices"),
        ("devices: {", "cannot be read"),
    ])
    func mistakesAreNamed(_ text: String, _ expected: String) {
        do {
            _ = try Conditions.load([("s.yaml", text)])
            Issue.record("taken: \(text)")
        } catch {
            #expect("\(error)".contains(expected), "\(error)")
        }
    }

    @Test func aPlanFollowsFromItsSeedAlone() throws {
        let conditions = try Conditions.load([("a.yaml", "devices: [x, y]\nfaults: {cut: 4, crashHub: 2}")])
        #expect(Plan(conditions, seed: 1) == Plan(conditions, seed: 1))
        #expect(Plan(conditions, seed: 1) != Plan(conditions, seed: 2))
        // What was added to campaigns later leaves the rest of a seed's plan as it is.
        let later = try Conditions.load([("a.yaml", """
            devices: [x, y]
            faults: {cut: 4, crashHub: 2, cloneDevice: 3}
            office: {assign: 9}
            """)])
        let more = Plan(later, seed: 1).steps
        #expect(more.count > Plan(conditions, seed: 1).steps.count)
        #expect(more.filter { step in
            if case .fault(.cloneDevice, _) = step.what { return false }
            if case .office = step.what { return false }
            return true
        } == Plan(conditions, seed: 1).steps)
        let steps = Plan(conditions, seed: 1).steps
        #expect(steps.map(\.at) == steps.map(\.at).sorted())
        #expect(steps.contains { $0.device == nil } && steps.contains { $0.device == 1 })
    }
}
