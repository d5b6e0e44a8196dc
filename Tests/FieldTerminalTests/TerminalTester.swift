import Domain
@testable import FieldTerminal
import Foundation
import ReplicationCore
import TerminalScreen

/// The terminal device without a terminal: keys go in, and what is drawn is looked at.
struct TerminalTester {
    var model: TerminalModel
    private(set) var effects: [Effect] = []

    static let schema: Schema = {
        do {
            let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../Protocol/schema/field-service.yaml").path
            return try SchemaLoader.load(text: String(contentsOfFile: file, encoding: .utf8), file: "field-service.yaml")
        } catch {
            preconditionFailure("the schema of the project: \(error)")
        }
    }()

    /// 2026-06-15 08:00 in New York.
    static let morning: Int64 = 1_781_524_800_000
    static let day = 20_619

    init(role: String = "technician", language: Language = .english, columns: Int = 80, rows: Int = 24) {
        let person = Person(
            id: Self.id(1), name: "Nadia Okafor", role: role, roleLabel: Self.schema.role(named: role)?.label ?? "", zone: "America/New_York")
        model = TerminalModel(person: person, schema: Self.schema, language: language, now: Self.morning)
        model.size = Size(columns: columns, rows: rows)
    }

    static func id(_ number: UInt8) -> RowID { RowID(bytes: Array(repeating: 0, count: 15) + [number]) ?? .zero }

    static func item(_ collection: String, _ number: UInt8, _ values: [String: Value], mark: Mark = .none) -> Item {
        Item(collection: collection, id: id(number), values: values, mark: mark)
    }

    mutating func handle(_ event: TerminalEvent) { effects = model.handle(event) }
    mutating func press(_ key: Key, _ modifiers: KeyPress.Modifiers = []) { handle(.input(.key(KeyPress(key, modifiers)))) }
    mutating func type(_ text: String) { for character in text { press(.character(character)) } }

    var lines: [String] { model.draw().canvas.lines }
    var screen: String { lines.joined(separator: "\n") }
    /// The lines that are drawn as selected.
    var selected: [String] {
        let canvas = model.draw(colors: .none).canvas
        return canvas.lines.enumerated().filter { row, _ in
            row > 1 && (0..<canvas.size.columns).contains { canvas[Point($0, row)]?.style.attributes.contains(.reverse) == true }
        }.map(\.element)
    }
}
