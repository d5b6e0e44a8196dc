/// What stands over the page and takes the keys.
enum Dialog: Sendable, Equatable {
    case form(Form)
    case menu(Menu)
    case text(TextDialog)
}

/// A few things to choose from by a key.
struct Menu: Sendable, Equatable {
    var title: String
    var items: [Entry]
    var selected = 0

    struct Entry: Sendable, Equatable {
        var key: Character
        var label: String
        var effects: [Effect]
    }
}

/// A longer text to be read: help, an explanation.
struct TextDialog: Sendable, Equatable {
    var title: String
    var lines: [String]
    var top = 0
}
