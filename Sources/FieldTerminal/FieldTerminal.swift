import FieldDevice
import Foundation
import Glibc
import ReplicationClient
import ReplicationCore
import TerminalScreen

/// A field device in a terminal, for a person.
public struct FieldTerminal {
    public struct Options: Sendable {
        public var language = Language.english
        public var colors = ColorLevel.sixteen
        /// False where the terminal shows nothing but ASCII.
        public var isUnicode = true
        /// Lines of text that are read one after another, instead of a screen.
        public var isPlain = false
        /// Begins connected.
        public var isOnline = true
        /// Tells at the end how long keys took to show.
        public var measures = false

        public init() {}
    }

    private let device: StandIn
    private let options: Options
    private let person: Person

    /// - Throws: `FieldDeviceError`, or what the store throws.
    public init(_ folder: DeviceFolder, options: Options) throws {
        device = try folder.open()
        self.options = options
        person = try Person(of: device.replica)
    }

    /// Runs until the person quits.
    ///
    /// - Returns: how long keys took to show, if that was measured.
    /// - Throws: `TerminalError` if there is no terminal; it is given back as it was found in any case.
    public func run() throws -> String? {
        if options.isOnline { try device.goOnline() }
        let model = TerminalModel(person: person, schema: device.replica.schema, language: options.language, now: DeviceRunner.milliseconds)
        if options.isPlain {
            try PlainTerminal(device: device, person: person, model: model).run()
            return nil
        }
        let loop = try TerminalLoop<TerminalEvent>()
        let runner = DeviceRunner(device: device, person: person, text: model.text) { event in
            loop.post(event) { event.outdates($0) }
        }
        let terminal = try Terminal()
        var session = ScreenSession(model: model, terminal: terminal, runner: runner, options: options)
        let end = try session.run(loop)
        if end == .restart {
            // Killed, as the system kills an app: nothing is closed, and what is durable is what the next process finds.
            try Self.startAgain()
        }
        try runner.stop()
        return options.measures ? session.latency.report : nil
    }

    /// Puts this program anew in the place of the process.
    private static func startAgain() throws {
        var arguments: [UnsafeMutablePointer<CChar>?] = CommandLine.arguments.map { strdup($0) } + [nil]
        execv("/proc/self/exe", &arguments)
        throw ReplicaError(.stopped, "The program could not be started again: \(String(cString: strerror(errno))).")
    }
}
