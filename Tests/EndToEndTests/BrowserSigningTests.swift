import ChildProcesses
import Foundation
import Testing

extension CustomerSigningTests {
    /// Chromium with a touch screen of 360 pixels opens the mailed link, reads, draws, signs and downloads. What it finds wrong on the way, by
    /// axe-core and the Nu HTML checker too, `tools/check-pages` says.
    @Test(.timeLimit(.minutes(10)))
    func `in a browser, with a finger, on a phone`() throws {
        try start()
        defer { house.hub.stop() }
        try enrolNadia()
        let (document, _) = try ask()
        let link = try #require(try mail.next().link(house.hub.pages))
        let shots = house.folder.path + "/shots"
        let checked = try ChildProcess.run(projectFolder + "/tools/check-pages", ["--screenshots", shots, "read=\(link)", "sign-by-touch=\(link)"], within: 500)
        #expect(checked.end == .exited(0), "\(checked.output) \(checked.errors)")
        #expect(FileManager.default.fileExists(atPath: shots + "/read.phone.png"))
        let row = "x'\(document.replacing("-", with: ""))'"
        _ = try wait("nadia", until: "SELECT state, copy FROM document WHERE id = \(row)") { $0.first?["copy"] is String }
        let signed = try house.rows("nadia", "SELECT method, signer_name, length(strokes) AS bytes FROM signature WHERE document = \(row) AND place = 'customer'")
        #expect(signed.count == 1 && signed.first?["method"] as? String == "drawn" && signed.first?["signer_name"] as? String == "Rosa Whitfield")
        #expect((signed.first?["bytes"] as? NSNumber)?.intValue ?? 0 > 100)
        #expect(try house.rows("nadia", "SELECT agent FROM signature_event WHERE event = 'signed' AND person = 'Rosa Whitfield'").first.map { "\($0)" }?.contains("Chrome") == true)
    }
}
