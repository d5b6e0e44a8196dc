import ReplicationCore
import Yams

/// Reads scenario files.
public enum ScenarioFile {
    /// The most devices and steps of a scenario.
    public static let mostDevices = 50
    public static let mostSteps = 5_000
    public static let mostCustomers = 50
    /// How often one step may load a link.
    public static let mostVisits = 10_000

    /// Reads a scenario, and the schema that it is about.
    ///
    /// - Parameter read: gives the text of a file that the scenario names.
    /// - Throws: every mistake in the file, each with its line and a remedy; or what `read` throws.
    public static func load(
        text: String, file: String, read: (String) throws -> String
    ) throws -> (scenario: Scenario, schema: Schema) {
        let log = MistakeLog(file: file)
        let root = try log.compose(text)
        guard let map = YAMLMap(root, what: "the scenario", log: log) else { throw FileMistakes(log.mistakes) }
        map.allow(["scenario", "title", "about", "company", "only", "schema", "begins", "devices", "customers", "steps"])
        _ = map.number("scenario", in: Scenario.version...Scenario.version, required: true)
        let title = map.text("title", required: true)?.text ?? ""
        let name = map.text("company", required: true)
        var begins: UInt64 = 8 * 3_600_000
        if let text = map.text("begins") {
            if let time = ScenarioTime.ofDay(text.text) { begins = time } else { log.add(text.place, "`\(text.text)` is no time of the day", "Write it as `\"08:15\"`.") }
        }
        let schemaFile = map.text("schema")?.text
        try log.throwIfAny()
        let schema = try schemaFile.map { try SchemaLoader.load(text: try read($0), file: $0) } ?? StandardSchema.load()
        // Names of rows are looked up in it.
        let seed = try SeedFile.load(text: try read(name?.text ?? ""), file: name?.text ?? "", schema: schema)
        var reader = ScenarioReader(schema: schema, log: log, begins: begins, known: Set(seed.rows.map(\.key)))
        let devices = reader.devices(map)
        let stages = reader.stages(map)
        let customers = reader.customers(map)
        if let first = customers.first, stages.contains(.simulated) {
            log.add(map.place(of: "customers"), "the simulator has no mail and no pages for \(first.name)", "Say `only: real`.")
        }
        let steps = reader.steps(map)
        try log.throwIfAny()
        let scenario = Scenario(
            title: title, about: map.text("about")?.text ?? "", company: name?.text ?? "", schema: schemaFile, stages: stages,
            devices: devices, customers: customers, steps: steps, begins: begins)
        return (scenario, schema)
    }
}
