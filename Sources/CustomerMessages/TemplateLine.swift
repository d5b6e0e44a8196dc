/// One line of a template, with names of facts in it, in the notation of `mustache(5)`: `{{name}}`, `{{#name}}…{{/name}}` where there is such a fact,
/// `{{^name}}…{{/name}}` where there is none.
///
/// It is parsed before it is filled in, so that what it names is known, and a value can never be read as a part of it.
struct TemplateLine: Sendable, Equatable {
    indirect enum Piece: Sendable, Equatable {
        case text(String)
        case fact(MessageFact)
        case section(MessageFact, isInverted: Bool, [Piece])
    }

    let pieces: [Piece]

    struct Problem: Error { var text: String }

    init(_ text: String) throws(Problem) {
        var parser = Parser(rest: text[...])
        pieces = try parser.pieces(until: nil, depth: 0)
    }

    /// All facts that it names.
    var names: Set<MessageFact> { Self.names(pieces) }

    private static func names(_ pieces: [Piece]) -> Set<MessageFact> {
        pieces.reduce(into: []) { names, piece in
            switch piece {
            case .text: break
            case .fact(let fact): names.insert(fact)
            case .section(let fact, _, let inner): names.formUnion(Self.names(inner).union([fact]))
            }
        }
    }

    /// The facts that it is nothing without: named where their section is not around them.
    var unguarded: Set<MessageFact> { Self.unguarded(pieces, under: []) }

    private static func unguarded(_ pieces: [Piece], under sections: Set<MessageFact>) -> Set<MessageFact> {
        pieces.reduce(into: []) { names, piece in
            switch piece {
            case .text: break
            case .fact(let fact): if !sections.contains(fact) { names.insert(fact) }
            case .section(let fact, let isInverted, let inner):
                names.formUnion(Self.unguarded(inner, under: isInverted ? sections : sections.union([fact])))
            }
        }
    }

    /// Filled in, as one line; nil if a fact is missing that it is nothing without, or nothing is left.
    func filled(_ values: [MessageFact: String]) -> String? {
        guard let line = Self.filled(pieces, values) else { return nil }
        // Sections that are not there leave the spaces around them.
        let words = line.split(separator: " ")
        return words.isEmpty ? nil : words.joined(separator: " ")
    }

    private static func filled(_ pieces: [Piece], _ values: [MessageFact: String]) -> String? {
        var line = ""
        for piece in pieces {
            switch piece {
            case .text(let text): line += text
            case .fact(let fact):
                guard let value = values[fact] else { return nil }
                line += value
            case .section(let fact, let isInverted, let inner) where (values[fact] == nil) == isInverted:
                guard let text = filled(inner, values) else { return nil }
                line += text
            case .section: break
            }
        }
        return line
    }

    private struct Parser {
        var rest: Substring

        mutating func pieces(until end: String?, depth: Int) throws(Problem) -> [Piece] {
            guard depth <= MessageLimits.depth else { throw Problem(text: "more than \(MessageLimits.depth) sections stand in each other") }
            var pieces: [Piece] = []
            while let start = rest.firstRange(of: "{{") {
                if start.lowerBound > rest.startIndex { pieces.append(.text(String(rest[..<start.lowerBound]))) }
                rest = rest[start.upperBound...]
                guard let close = rest.firstRange(of: "}}") else { throw Problem(text: "a `{{` is not closed") }
                let tag = rest[..<close.lowerBound].filter { $0 != " " }
                rest = rest[close.upperBound...]
                let name = String(tag.drop { "#^/".contains($0) })
                guard tag.count - name.count <= 1, let fact = MessageFact(rawValue: name) else {
                    throw Problem(text: "`{{\(tag.prefix(40))}}` is no fact, no `#section` and no `/end` of one")
                }
                switch tag.first {
                case "#", "^": pieces.append(.section(fact, isInverted: tag.first == "^", try self.pieces(until: name, depth: depth + 1)))
                case "/":
                    guard end == name else { throw Problem(text: "`{{/\(name)}}` ends what was not begun") }
                    return pieces
                default: pieces.append(.fact(fact))
                }
            }
            if let end { throw Problem(text: "the section `\(end)` is not ended") }
            if !rest.isEmpty { pieces.append(.text(String(rest))) }
            return pieces
        }
    }
}
