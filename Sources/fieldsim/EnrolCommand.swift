import ArgumentParser
import FieldDevice
import Foundation
import ReplicationEngine

extension BlobPolicy: ExpressibleByArgument {}

struct EnrolCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enrol",
        abstract: "Make a folder the replica of a hub, with a single-use code.",
        discussion: "An administrator makes the code with: converge enrol USER"
    )

    @OptionGroup var replica: ReplicaOption

    @Option(help: ArgumentHelp("The hub, as ws://host:port or wss://host:port.", valueName: "url"))
    var hub: String

    @Option(help: "The code.")
    var code: String

    @Option(help: ArgumentHelp("A name by which people know the device.", valueName: "name"))
    var name = "fieldsim"

    func run() throws {
        try replica.session(json: false, stopsAtFailure: true).perform(["enrol \(hub) \(code) \"\(name)\""])
    }
}

struct ReplicaOption: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("The device's folder.", valueName: "folder"))
    var replica: String

    @Flag(help: "Allow plain ws:// to another machine. For closed test networks only.")
    var insecure = false

    @Option(help: ArgumentHelp("PEM file with the certificates to trust instead of the system's.", valueName: "file"))
    var trust: String?

    @Option(help: ArgumentHelp("Which photos and other blobs come by themselves: all, thumbnails, or onDemand.", valueName: "policy"))
    var blobs = BlobPolicy.all

    func session(json: Bool, stopsAtFailure: Bool) -> Shell {
        Shell(folder: folder, isJSON: json, stopsAtFailure: stopsAtFailure)
    }

    var folder: DeviceFolder {
        var options = DeviceFolder.options
        options.allowInsecure = insecure
        options.trustedCertificates = trust
        options.blobPolicy = blobs
        return DeviceFolder(replica, options: options)
    }
}
