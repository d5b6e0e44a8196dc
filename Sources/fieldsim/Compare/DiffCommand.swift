import ArgumentParser
import FieldDevice
import Foundation
import ReplicationCore

/// Says where two devices differ.
struct DiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Say where two devices differ: row by row and field by field, with who wrote what each of them shows.",
        discussion: """
            Looks at what the two folders hold; neither needs a network, and neither may be in use:

              fieldsim diff ./nadia ./tomas
              fieldsim diff ./nadia ./tomas --shared --collection work_order

            Devices of different people hold different rows; --shared looks only at those that both hold. Fields that one of their             roles is not shown are left out. With each value stands \
            where it has its place in the hub's order (epoch:number, or `pending`), who wrote it and when, as far as that \
            device knows.

            Exit codes: 0 they hold the same · 1 they differ · 2 the message says what to do · 64 the command line is wrong.
            """)

    @Argument(help: ArgumentHelp("A device's folder.", valueName: "device"))
    var first: String

    @Argument(help: ArgumentHelp("Another one's.", valueName: "device"))
    var second: String

    @Option(help: ArgumentHelp("Only this collection; may be given several times.", valueName: "collection"))
    var collection: [String] = []

    @Flag(help: "Only rows that both hold.")
    var shared = false

    @Flag(help: "Print one JSON object for each difference, a line each.")
    var json = false

    func run() throws {
        let count: Int
        do {
            let a = try DeviceFolder(first).open()
            defer { close(a) }
            let b = try DeviceFolder(second).open()
            defer { close(b) }
            var comparison = ReplicaComparison(a.replica, b.replica, names: (first, second), isShared: shared)
            count = try comparison.run(collections: collection) { print(json ? $0.json : $0.text) }
        } catch {
            FileHandle.standardError.write(Data("fieldsim: \(error)\n".utf8))
            throw ExitCode(2)
        }
        if !json { print(count == 0 ? "They hold the same." : "\(count) differences.") }
        if count > 0 { throw ExitCode(1) }
    }

    private func close(_ device: StandIn) {
        do { try device.stop() } catch { FileHandle.standardError.write(Data("fieldsim: \(error)\n".utf8)) }
    }
}
