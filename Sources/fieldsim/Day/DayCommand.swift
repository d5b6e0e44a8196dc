import ArgumentParser
import Foundation

/// Plays the demonstration: one working day with real processes.
struct DayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "day",
        abstract: "Play one working day: a hub and five devices, each in a process of its own, that go offline and come back.",
        discussion: "Exit code 0 only if every device ends with the same data as the hub."
    )

    @Option(help: ArgumentHelp("The hub's program.", valueName: "file"))
    var converge: String

    @Option(help: ArgumentHelp("The company's seed file.", valueName: "file"))
    var company = "Fixtures/sample-company/company.yaml"

    @Option(help: ArgumentHelp("Service requests to import.", valueName: "file"))
    var requests = "Fixtures/sample-company/requests.csv"

    @Option(help: ArgumentHelp("How the requests are mapped.", valueName: "file"))
    var mapping = "Fixtures/mappings/nyc311.yaml"

    @Option(help: ArgumentHelp("Folder for the hub and the devices; a fresh temporary one if none is given.", valueName: "folder"))
    var folder: String?

    @Flag(help: "Leave the folder afterwards, to look into it.")
    var keep = false

    func run() throws {
        let folder = folder ?? NSTemporaryDirectory() + "converge-day-\(getpid())"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let story = DayStory(isColored: isatty(STDOUT_FILENO) == 1)
        let play = DayPlay(
            hub: ServedHub(program: URL(fileURLWithPath: converge), folder: folder + "/hub"),
            devicesFolder: folder, story: story, company: company, requests: requests, mapping: mapping)
        var hasConverged = false
        do {
            hasConverged = try play.run()
            try play.end()
        } catch {
            // What still runs is killed with `play`.
            story.bad("\(error)")
            hasConverged = false
        }
        if keep {
            print("\nThe hub's and the devices' files are in \(folder).")
        } else if self.folder == nil {
            try FileManager.default.removeItem(atPath: folder)
        }
        if !hasConverged { throw ExitCode(1) }
    }
}
