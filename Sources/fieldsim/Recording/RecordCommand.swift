import ArgumentParser
import FieldDevice
import Foundation

/// Makes a scenario of what a device did.
struct RecordCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record",
        abstract: "Make a scenario of what a device did, with personal data masked, so that it can be played again.",
        discussion: """
            Reads the device's folder, which stays as it is, and writes two files: the scenario, and the company that it begins \
            from, which is what the device holds:

              fieldsim record --replica ./nadia --out recorded.yaml
              fieldsim run recorded.yaml --simulated

            Texts keep their shape and are cut to a class of length: letters are x, digits 0. Positions are rounded to whole degrees, \
            pictures and signatures are left out, ids become names. Numbers, days, times and choices stay. Read the files before \
            you hand them to others.

            Exit codes: 0 done · 1 the message says what to do · 64 the command line is wrong.
            """)

    @Option(name: .long, help: ArgumentHelp("The device's folder.", valueName: "folder"))
    var replica: String

    @Option(help: ArgumentHelp("The scenario to write; the company stands beside it as NAME-company.yaml. Neither may exist.", valueName: "file"))
    var out: String

    @Option(help: ArgumentHelp("The most rows of the device that are recorded.", valueName: "number"))
    var rows = 2_000

    mutating func validate() throws {
        if !(1...100_000 ~= rows) { throw ValidationError("--rows is from 1 to 100000.") }
    }

    func run() throws {
        do {
            let base = out.hasSuffix(".yaml") ? String(out.dropLast(5)) : out
            let company = base + "-company.yaml"
            for file in [out, company] where FileManager.default.fileExists(atPath: file) {
                throw ShellError("\(file) is there already. Move it away, or choose another name.")
            }
            let device = try DeviceFolder(replica).open()
            let recording = try Recorder(device.replica, mostRows: rows).recording(company: URL(fileURLWithPath: company).lastPathComponent)
            try device.stop()
            try Data(recording.company.utf8).write(to: URL(fileURLWithPath: company))
            try Data(recording.scenario.utf8).write(to: URL(fileURLWithPath: out))
            print("\(recording.changesets) changesets and \(recording.rows) rows: \(out), \(company). Play it: fieldsim run \(out) --simulated")
        } catch {
            FileHandle.standardError.write(Data("fieldsim: \(error)\n".utf8))
            throw ExitCode(1)
        }
    }
}
