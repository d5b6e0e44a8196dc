import ArgumentParser
import Foundation
import HubControl
import ReplicationCore
import ReplicationEngine
import WireProtocol

struct Enrol: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a single-use code with which a device of a user enrols.",
        discussion: "The device makes its own key pair and gives the hub the public key: fieldsim enrol --replica DIR --hub URL --code CODE"
    )

    @OptionGroup var data: DataOption

    @Argument(help: "The user's name, e-mail address or id.")
    var user: String

    @Option(help: ArgumentHelp("How many hours the code is good for.", valueName: "hours"))
    var hours = 24

    @Flag(help: "Print the code and the user as JSON.")
    var json = false

    mutating func validate() throws {
        if !(1...720).contains(hours) { throw ValidationError("--hours takes 1 to 720.") }
    }

    func run() throws {
        try reporting {
            let client = try ControlClient(dataFolder: data.folder.path)
            defer { client.stop() }
            var command = WireEnrolCommand()
            command.user = user
            command.validSeconds = UInt32(hours * 3_600)
            guard case .enrolment(let code) = try client.perform(.enrol(command)) else {
                throw CommandFailure("The hub answered something else; is it of the same version?")
            }
            if json {
                print("{\"code\":\(ValueJSON.string(code.code)),\"user\":\(ValueJSON.string(code.userName)),\"role\":\(ValueJSON.string(code.role)),\"expiresMilliseconds\":\(code.expiresMilliseconds)}")
            } else {
                print("""
                    Code for \(code.userName) (\(code.role)): \(code.code)
                    It works once, within \(hours) hours.
                    """)
            }
        }
    }
}
