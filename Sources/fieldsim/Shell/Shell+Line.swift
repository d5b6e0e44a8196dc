import FieldDevice
import ReplicationCore

/// The device's line to its hub: what it is like, and what passes on it.
extension Shell {
    func changeWeather(_ name: String) throws {
        let device = try device()
        if !name.isEmpty {
            guard let weather = LinkWeather(named: name) else {
                throw ShellError("weather takes one of: \(LinkWeather.named.map(\.name).joined(separator: ", ")).")
            }
            try device.change(to: weather)
        }
        printer.reply("The line is \(device.weather).", ["weather": .text("\(device.weather)")])
    }

    func showFrames(_ text: String) throws {
        let frames = try device().frames
        switch text {
        case "on", "off":
            frames.isWatching = text == "on"
            printer.reply(text == "on" ? "What passes is noted; frames lists it." : "Nothing is noted any more.", [:])
        case "":
            printer.rows(frames.lines().map { line in
                [
                    ("number", .integer(Int64(line.number))), ("direction", .text("\(line.direction)")), ("lane", .text("\(line.lane)")),
                    ("message", .text(line.message)), ("bytes", .integer(Int64(line.bytes))), ("contents", .text(line.contents)),
                ]
            }, named: "frames")
        default: throw ShellError("frames takes on or off, or nothing to list what passed.")
        }
    }
}
