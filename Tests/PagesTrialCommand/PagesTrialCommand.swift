import CustomerPages
import Foundation
import PagesTrial

/// Serves sample links until its input ends, and prints where they are: `name address`, a line each.
///
///     pages-trial [PORT]
@main
enum PagesTrialCommand {
    static func main() throws {
        let links = MemoryLinks()
        var limits = PageLimits()
        // Checks load many pages from one address.
        (limits.pages, limits.submits, limits.files) = (100_000, 100_000, 100_000)
        let options = PageServerOptions(port: CommandLine.arguments.dropFirst().first.flatMap(Int.init) ?? 0, sender: TrialLinks.harbor, limits: limits)
        let server = try PageServer(service: links, options: options)
        let port = try server.start()
        let address = try PageAddress(publicURL: "http://127.0.0.1:\(port)")
        // One photo is still on its way.
        try TrialLinks.addPictures(to: links, without: "c32a908daef057e19eabaebb03e6972ddb836a2a15a179fd5a3723ac62be71b4")
        links.add(.pdf(Array("%PDF-1.4\n%%EOF\n".utf8), fileName: "service-report-04417.pdf"), document: "d-1")
        func show(_ name: String, _ address: String) { print(name, address) }
        for name in ["sign", "sign-by-touch", "sign-by-keys", "sign-without-script", "decline"] { show(name, address.signing(links.add(.signing(try TrialLinks.english())))) }
        show("sign-es", address.signing(links.add(.signing(try TrialLinks.spanish()))))
        show("sign-several", address.signing(links.add(.signing(try TrialLinks.several()))))
        show("sign-code", address.signing(links.add(.signing(try TrialLinks.english(code: CodeDemand(channel: .sms, address: "+1 ••• ••• 0187", isSent: false))))))
        show("copies", address.copies(links.add(.copies(TrialLinks.copies()))))
        for status in TrackingView.Status.allCases {
            show("track-\(status.rawValue)", address.tracking(links.add(.tracking(TrialLinks.visit(status, arrival: status == .enRoute ? "about 10:40 AM" : nil)))))
        }
        show("survey", address.survey(links.add(.survey(TrialLinks.survey()))))
        show("survey-es", address.survey(links.add(.survey(TrialLinks.survey(language: "es")))))
        for reason in LinkEnd.Reason.allCases { show("ended-\(reason.rawValue)", address.signing(links.add(.ended(LinkEnd(reason, sender: TrialLinks.harbor, language: "en"))))) }
        show("not-found", "\(address.origin)/nothing")
        print("ready")
        // A pipe would keep the lines.
        fflush(nil)
        while readLine() != nil {}
        server.stop()
    }
}
