import ArgumentParser
import Foundation
import HubControl
import WireProtocol

struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Let a connected device compare itself with the hub, and mend what differs; or the hub its sums with its rows.",
        discussion: """
            The device compares what it holds with what it should hold: first everything at once, by a fingerprint, then \
            ever smaller ranges where that differs, and at last row by row. What differs is sent anew, and no other row. \
            What was written on the device and is not confirmed is left alone.

            Without a device the hub reads all its rows, and compares them with the sums that it keeps to tell devices what they \
            should hold.

              converge verify --data ./hub                                  the hub by itself
              converge verify --data ./hub --device "Ines's phone"          prints a convergence receipt
              converge verify --data ./hub --device 7 --json                for programs

            Exit codes: 0 both hold the same · 1 the message says what to do · 3 they still differ.
            """)

    @OptionGroup var data: DataOption

    @Option(help: ArgumentHelp("The device: its name, site or id, as `converge status` lists them.", valueName: "device"))
    var device: String?

    @Flag(help: "Print the receipt as JSON.")
    var json = false

    func run() throws {
        var isEqual = false
        try reporting {
            let client = try ControlClient(dataFolder: data.folder.path)
            defer { client.stop() }
            var command = WireVerifyCommand()
            command.device = device ?? ""
            let text = try client.report(.verify(command))
            guard let receipt = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] else {
                throw CommandFailure("The hub answered something else; is it of the same version?")
            }
            isEqual = receipt["equal"] as? Bool ?? false
            if json { return print(text) }
            if device == nil { showSums(receipt) } else { show(receipt) }
        }
        if !isEqual { throw ExitCode(3) }
    }

    private func showSums(_ comparison: [String: Any]) {
        func word(_ name: String) -> String { comparison[name].map { "\($0)" } ?? "" }
        if comparison["equal"] as? Bool ?? false {
            return print("Equal: the hub's sums are those of its \(word("rows")) rows, \(word("cells")) cells, in \(word("cohorts")) sets of scopes at \(word("at")).")
        }
        print("DIFFERENT: of \(word("cohorts")) sets of scopes, \(word("differing")) have sums that are not those of their rows, at \(word("at")).")
        for scopes in comparison["scopes"] as? [[String]] ?? [] { print("  \(scopes.joined(separator: ", "))") }
        print("  The file was changed by something else than the hub, or this is a defect of the hub. Keep a copy for diagnosis. Devices that receive these rows compare themselves row by row, and lose nothing. To make the sums anew, stop the hub and start it with --rebuild-sums.")
    }

    private func show(_ receipt: [String: Any]) {
        func word(_ name: String) -> String { receipt[name].map { "\($0)" } ?? "" }
        func count(_ name: String) -> Int { (receipt[name] as? NSNumber)?.intValue ?? 0 }
        let isEqual = receipt["equal"] as? Bool ?? false
        print("\(isEqual ? "Equal" : "DIFFERENT"): \(word("device")) (site \(word("site"))) holds \(count("rows")) rows, \(count("cells")) cells at \(word("at")).")
        print("  sum          \(word("sum"))")
        print("  fingerprint  \(word("fingerprint"))")
        if receipt["restarted"] as? Bool == true {
            return print("  Too much differed to be mended row by row: the device is sent everything anew. Verify again when it has caught up.")
        }
        if count("missing") + count("extra") + count("changed") > 0 {
            print("  Mended: \(count("missing")) rows were missing, \(count("extra")) were held and should not be, \(count("changed")) were not what the hub has; \(count("bytesSent")) bytes went up and \(count("bytesReceived")) down for it.")
        }
    }
}
