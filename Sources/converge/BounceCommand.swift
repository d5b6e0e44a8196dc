import ArgumentParser
import Foundation
import HubControl
import MailTransport
import ReplicationCore

struct BounceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bounce",
        abstract: "Take in a mail that says that another could not be delivered, from standard input.",
        discussion: """
              converge bounce --data ./hub < bounce.eml

            For the mail server of the address that writes to customers, as a rule that hands such mails over (docs/guides/customers.md). The \
            message is shown as undelivered then, and its request as failed.
            Exit codes: 0 taken in, or nothing was undelivered for good · 1 the message says what to do · 3 it is none of this hub's messages.
            """)

    @OptionGroup var data: DataOption

    func run() throws {
        try reporting {
            let bytes = [UInt8](try FileHandle.standardInput.read(upToCount: MailLimits.bounceBytes + 1) ?? Data())
            let notification = try DeliveryNotification(bytes)
            guard let failed = notification.recipients.first(where: \.isForGood) else { return print("Nothing was undelivered for good.") }
            guard let name = notification.originalMessageID?.text.split(separator: "@").first, let row = RowID(String(name)) else {
                throw CommandFailure("This mail is about none of this hub's messages.", code: 3)
            }
            let client = try ControlClient(dataFolder: data.folder.path)
            defer { client.stop() }
            // Anybody can write such a mail: it counts for whoever was written to.
            guard let message = try client.rows("message", "id", [row.description]).rows.first, let address = message.values["address"] as? String,
                failed.isAbout(try EmailAddress(address)), message.word("state") == "sent"
            else { throw CommandFailure("This mail is about none of this hub's messages.", code: 3) }
            let why = "It came back: \(failed.diagnostic?.revealed ?? failed.status?.description ?? "undelivered")"
            _ = try client.write("message", row, ["state": .text("undelivered"), "trouble": .text(String(why.prefix(500)))])
            print("Noted: \(row) was not delivered.")
        }
    }
}
