/// What comes from the person at the terminal.
public enum InputEvent: Hashable, Sendable {
    case key(KeyPress)
    /// Text that was pasted; line breaks are in it, other controls are not.
    case paste(String)
    case mouse(MouseEvent)
    case resize(Size)
}

/// A key, with what was held down beside it.
public struct KeyPress: Hashable, Sendable {
    public var key: Key
    public var modifiers: Modifiers

    public init(_ key: Key, _ modifiers: Modifiers = []) {
        self.key = key
        self.modifiers = modifiers
    }

    /// A character without anything held down, but for the shift that is in it.
    public init(_ character: Character) { self.init(.character(character)) }

    public struct Modifiers: OptionSet, Hashable, Sendable {
        public let rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }
        public static let shift = Modifiers(rawValue: 1)
        public static let alt = Modifiers(rawValue: 2)
        public static let control = Modifiers(rawValue: 4)
    }
}

public enum Key: Hashable, Sendable {
    case character(Character)
    case enter, escape, tab, backspace, delete, insert
    case up, down, left, right, home, end, pageUp, pageDown
    /// F1 and further.
    case function(Int)
}

/// The mouse: where it is, and what its buttons do.
public struct MouseEvent: Hashable, Sendable {
    public var action: Action
    public var point: Point

    public init(_ action: Action, _ point: Point) {
        self.action = action
        self.point = point
    }

    public enum Action: Hashable, Sendable {
        case pressed, dragged, released
        case wheelUp, wheelDown
    }
}
