import ReplicationCore

/// The language of the terminal device's own words. What people wrote stays as they wrote it.
public enum Language: String, Sendable, CaseIterable {
    case english = "en"
    case spanish = "es"

    /// By `LC_ALL`, `LC_MESSAGES` or `LANG`; English where none of them says Spanish.
    public init(environment: [String: String]) {
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
        self = locale.lowercased().hasPrefix("es") ? .spanish : .english
    }

    /// A word at the head of something.
    func heading(_ word: Word) -> String {
        let text = self(word)
        return text.prefix(1).uppercased() + text.dropFirst()
    }

    func callAsFunction(_ word: Word) -> String { self == .english ? word.texts.0 : word.texts.1 }

    /// A value of a choice of the schema, as people read it.
    func choice(_ value: String) -> String {
        if self == .spanish, let word = SchemaWords.choices[value] { return word }
        let text = value.replacing("_", with: " ")
        return text.prefix(1).uppercased() + text.dropFirst()
    }

    func missing(_ label: String) -> String { self == .english ? "\(label) must be filled in." : "\(label): obligatorio." }

    /// Nothing of a pick-list is like what was typed.
    func notFound(_ typed: String, stays label: String) -> String {
        self == .english ? "“\(typed)” is not among them: it stays \(label). ctrl-u forgets it." : "“\(typed)” no está entre ellas: sigue \(label). ctrl-u lo olvida."
    }

    /// Documents that one person signs at once.
    func together(_ titles: [String]) -> String {
        "\(self == .english ? "all" : "los") \(titles.count): \(titles.joined(separator: ", "))"
    }

    /// What an administrator calls a field.
    func label(of field: CustomField) -> String { self == .spanish ? field.spanishLabel ?? field.label : field.label }

    /// A label of the schema, which is English.
    func label(_ label: String) -> String { self == .spanish ? SchemaWords.labels[label] ?? label : label }
}
