import ChildProcesses
import Foundation
import Testing
import TestTraits

/// The guide for the first hour, played as it stands: blocks marked `sh` by a shell in the folder, those marked with somebody's name on
/// that device.
@Suite(.serialized, .realTime)
final class FirstHourTests {
    private let house: SampleHouse
    private var isOnline: Set<String> = []
    /// What stands for the words in capitals, as it came to be.
    private var known: [String: String] = [:]
    private var code = ""
    private var said: [String] = []

    init() throws { house = try SampleHouse() }

    private struct Block {
        let reader: String
        let lines: [String]
    }

    /// The blocks of a guide that say who plays them.
    private func blocks(_ guide: String) throws -> [Block] {
        let text = try String(contentsOfFile: projectFolder + "/docs/guides/" + guide, encoding: .utf8)
        var blocks: [Block] = []
        for (index, part) in text.components(separatedBy: "```").enumerated() where !index.isMultiple(of: 2) {
            let lines = part.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            if let reader = lines.first, !reader.isEmpty { blocks.append(Block(reader: reader, lines: lines.dropFirst().filter { !$0.isEmpty })) }
        }
        return blocks
    }

    @Test(.timeLimit(.minutes(10)))
    func `the first hour goes as the guide says`() throws {
        try house.hub.start()
        defer { house.hub.stop() }
        let files = FileManager.default
        try files.createSymbolicLink(atPath: house.folder.path + "/Fixtures", withDestinationPath: projectFolder + "/Fixtures")
        let pictures = projectFolder + "/Fixtures/documents/pictures/"
        let picture = try #require(try files.contentsOfDirectory(atPath: pictures).filter { $0.hasSuffix(".jpg") }.min())
        try files.copyItem(atPath: pictures + picture, toPath: house.folder.path + "/valve.jpg")

        let blocks = try blocks("first-hour.md")
        #expect(blocks.count >= 12, "the guide's blocks say who plays them")
        for block in blocks {
            if block.reader == "sh" { try playInFolder(block.lines) } else { for name in block.reader.split(separator: " ") { try play(block.lines, String(name)) } }
        }
        let all = said.joined(separator: "\n")
        for word in ["Equal: ", "Leak at the valve, soldered", "Nothing.", "completed", "pending", "Customer called again and knows", "Walter Quist"] {
            #expect(all.contains(word), "nobody was told: \(word)")
        }
        #expect(try house.rows("nadia", "SELECT id FROM appointment WHERE status = 'completed'").count == 1)
        for name in ["nadia", "ines"] { #expect(try house.say(name, ["conflicts"]).contains("Nothing."), "\(name)") }
    }

    private func replaced(_ line: String) -> String {
        var line = line.replacing("ws://127.0.0.1:8440", with: house.hub.url)
        for (word, value) in known { line = line.replacing(word, with: value) }
        return line.replacing(/CODE-FOR-[A-Z]+/, with: code)
    }

    private func playInFolder(_ lines: [String]) throws {
        for line in lines {
            let command = "cd '\(house.folder.path)' && PATH='\(try HubProcess.binaries.path)':\"$PATH\" && \(replaced(line))"
            let run = try ChildProcess.run("/bin/bash", ["-c", command], within: 120)
            #expect(run.end == .exited(0), "\(line): \(run.output) \(run.errors)")
            said.append(run.output)
            if let code = run.output.firstMatch(of: /[0-9A-Z]{5}-[0-9A-Z]{5}-[0-9A-Z]{5}/) { self.code = String(code.output) }
        }
    }

    /// A process for each command: what a device knows outlasts it, and its line is only kept as long as it runs.
    private func play(_ lines: [String], _ name: String) throws {
        for line in lines {
            if line == "offline" { isOnline.remove(name) }
            var commands = isOnline.contains(name) ? ["online", "sync"] : []
            if line == "online" { isOnline.insert(name) }
            commands.append(replaced(line).replacing("./", with: house.folder.path + "/"))
            if isOnline.contains(name) { commands.append("sync") }
            let output = try house.say(name, commands)
            said.append(output)
            note(line, output)
        }
    }

    /// What a command has made, by the word that the guide has for it.
    private func note(_ line: String, _ output: String) {
        let words = line.split(separator: " ")
        let ids = output.matches(of: /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/).map { String($0.output) }
        switch words.first {
        case "create": known["THE-\(words[1].uppercased())"] = ids.first
        case "document": known["THE-DOCUMENT"] = output.firstMatch(of: /Document ([0-9a-f-]{36})/).map { String($0.output.1) }
        case "conflicts": if let id = ids.first { known["THE-CONFLICT"] = id }
        default: break
        }
    }
}
