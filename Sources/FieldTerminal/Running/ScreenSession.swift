import ReplicationClient
import TerminalScreen

/// The model on a screen: takes what comes, has it done, and draws.
struct ScreenSession {
    var model: TerminalModel
    let terminal: Terminal
    let runner: DeviceRunner
    let options: FieldTerminal.Options
    var encoder: FrameEncoder
    var latency = KeyLatency()
    private var end: End?

    enum End: Equatable { case quit, restart }

    init(model: TerminalModel, terminal: Terminal, runner: DeviceRunner, options: FieldTerminal.Options) {
        self.model = model
        self.terminal = terminal
        self.runner = runner
        self.options = options
        encoder = FrameEncoder(colors: options.colors, isUnicode: options.isUnicode)
    }

    mutating func run(_ loop: TerminalLoop<TerminalEvent>) throws -> End {
        try terminal.enter()
        defer { terminal.leave() }
        model.size = terminal.size
        runner.start()
        for effect in model.firstEffects { runner.perform(effect) }
        draw()
        try loop.run(terminal) { arrivals in
            let began = ContinuousClock.now
            var hasKey = false
            for arrival in arrivals {
                switch arrival {
                case .end: end = .quit
                case .message(let event): try take(event)
                case .input(let input):
                    if case .key = input { hasKey = true }
                    if case .resize = input { encoder.invalidate() }
                    _ = model.handle(.tick(DeviceRunner.milliseconds))
                    try take(.input(input))
                }
            }
            if end == nil { draw() }
            if hasKey { latency.note(ContinuousClock.now - began) }
            return end == nil
        }
        return end ?? .quit
    }

    private mutating func take(_ event: TerminalEvent) throws {
        for effect in model.handle(event) {
            switch effect {
            case .quit: end = .quit
            case .restart: end = .restart
            case .suspend:
                try terminal.suspend()
                model.size = terminal.size
                encoder.invalidate()
            default: runner.perform(effect)
            }
        }
        latency.note(event)
    }

    private mutating func draw() {
        let frame = encoder.encode(model.draw(colors: options.colors).canvas)
        if !frame.isEmpty { terminal.write(frame) }
    }
}
