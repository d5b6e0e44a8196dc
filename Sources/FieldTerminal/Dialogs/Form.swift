import ReplicationCore
import TerminalScreen

/// Fields to be filled in, over the page.
struct Form: Sendable, Equatable {
    var title: String
    var fields: [FormField]
    var purpose: FormPurpose
    /// Said above the fields.
    var note = ""
    var focus = 0
    /// The field that one began with.
    var began = 0
    /// What the rules say of the whole, after an attempt.
    var error = ""
    /// A signature that is drawn below the fields.
    var drawing: Drawing?
    /// The day that a time without a date belongs to.
    var day = 0

    /// Where one begins: at the first field that must be filled in and is empty.
    static func start(_ fields: [FormField]) -> Int { fields.firstIndex { $0.isMandatory && $0.isEmpty } ?? 0 }

    /// Goes to a field; a value that stands in it is marked.
    mutating func enter(_ index: Int) {
        fields[focus].leave()
        focus = index
        fields[focus].enter()
    }

    /// The names and values of what is filled in.
    func values(_ text: FieldText) -> [String: Value]? {
        var values: [String: Value] = [:]
        for field in fields {
            guard let value = field.value(text, day: day) else { return nil }
            values[field.name] = value
        }
        return values
    }
}

struct FormField: Sendable, Equatable {
    var name: String
    var label: String
    var input: Input
    /// By whose rules it is judged while it is typed; nil for what no row holds.
    var field: Field?
    var isMandatory = false
    /// What is wrong with it now.
    var problem = ""

    enum Input: Sendable, Equatable {
        case text(TextInput)
        case choice(ChoiceInput)
    }

    struct Choice: Sendable, Equatable {
        var label: String
        var value: Value
    }

    var isEmpty: Bool {
        switch input {
        case .text(let input): input.text.allSatisfy(\.isWhitespace)
        case .choice(let input): input.chosen?.value.isNull ?? true
        }
    }

    mutating func enter() {
        switch input {
        case .text(var input):
            input.mark()
            self.input = .text(input)
        case .choice(var input):
            input.settle()
            self.input = .choice(input)
        }
    }

    mutating func leave() {
        switch input {
        case .text(var input):
            input.unmark()
            self.input = .text(input)
        case .choice(var input):
            input.settle()
            self.input = .choice(input)
        }
    }

    /// A key, or text that is pasted.
    mutating func take(_ press: KeyPress) {
        switch input {
        case .text(var input):
            _ = input.take(press)
            self.input = .text(input)
        case .choice(var input):
            input.take(press)
            self.input = .choice(input)
        }
    }

    mutating func paste(_ text: String) {
        switch input {
        case .text(var input):
            input.insert(text)
            self.input = .text(input)
        case .choice(var input):
            input.type(text)
            self.input = .choice(input)
        }
    }

    func value(_ text: FieldText, day: Int) -> Value? {
        switch input {
        case .choice(let input): return input.chosen?.value ?? .null
        case .text(let input):
            guard let field else { return .text(input.text) }
            return text.parse(input.text, field, day: day)
        }
    }
}

/// What becomes of a form when it is saved.
enum FormPurpose: Sendable, Equatable {
    /// - fixed: what is written beside what was filled in.
    case set(collection: String, row: RowID, fixed: [String: Value])
    case create(collection: String, fixed: [String: Value])
    /// What was used is taken out of a store.
    case use(fixed: [String: Value])
    case element(FieldTarget)
    case increment(FieldTarget)
    case resolve(conflict: RowID, collection: String, row: RowID)
    case mend(changeset: String, key: RowKey)
    /// An appointment for an order, or another time and technician for one that there is.
    case appoint(order: RowID, territory: RowID, appointment: RowID?)
    case eta(appointment: RowID, revision: Int64)
    /// A photo of an order, or one that answers an item of its checklist.
    case photo(order: RowID, item: RowID?)
    case document(order: RowID)
    /// - places: where the document can still be signed.
    case sign(places: [SigningPlace])
    /// - contact: whose address is taken where none is typed.
    case ask(document: RowID, contact: RowID?)
}

/// Lines that are drawn with the mouse, in cells of the area that they are drawn in.
struct Drawing: Sendable, Equatable {
    var strokes: [[Dot]] = []
    var size = Size(columns: 0, rows: 0)

    struct Dot: Sendable, Equatable {
        var column: Int
        var row: Int
        /// Since the drawing was begun.
        var milliseconds: Int64
    }

    /// What a signature holds at most.
    static let dots = 4_000

    var count: Int { strokes.reduce(0) { $0 + $1.count } }

    mutating func press(_ dot: Dot) { if count < Self.dots, strokes.count < 400 { strokes.append([dot]) } }
    mutating func drag(_ dot: Dot) {
        guard count < Self.dots, let last = strokes.last?.last, last.column != dot.column || last.row != dot.row else { return }
        strokes[strokes.count - 1].append(dot)
    }

    /// The cells that the lines pass, joined where the mouse jumped.
    var cells: Set<Point> {
        var cells: Set<Point> = []
        for stroke in strokes {
            for (a, b) in zip(stroke, stroke.dropFirst().isEmpty ? stroke[...] : stroke.dropFirst()) {
                let steps = max(abs(b.column - a.column), abs(b.row - a.row), 1)
                for step in 0...steps {
                    cells.insert(Point(a.column + (b.column - a.column) * step / steps, a.row + (b.row - a.row) * step / steps))
                }
            }
        }
        return cells
    }
}
