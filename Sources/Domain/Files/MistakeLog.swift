import Yams

/// Gathers the mistakes of one file while it is read, so that a person sees them all at once.
final class MistakeLog {
    let file: String
    private(set) var mistakes: [FileMistake] = []

    init(file: String) { self.file = file }

    func add(_ place: Place, _ problem: String, _ remedy: String) {
        mistakes.append(FileMistake(
            file: file, line: place.line, column: place.column, problem: problem, remedy: remedy))
    }

    /// Reports a name that is none of the known ones, with the nearest of them.
    func addUnknown(_ name: Located, _ what: String, known: [String], in whole: String = "") {
        let problem = "there is no \(what) `\(name.text)`" + (whole.isEmpty ? "" : " in \(whole)")
        if let near = Suggestion.nearest(to: name.text, among: known) {
            add(name.place, problem, "Did you mean `\(near)`?")
        } else if known.isEmpty {
            add(name.place, problem, "Declare it first.")
        } else {
            let list = known.prefix(30).map { "`\($0)`" }.joined(separator: ", ")
            add(name.place, problem, "Use one of \(list).")
        }
    }

    func throwIfAny() throws(FileMistakes) {
        if !mistakes.isEmpty { throw FileMistakes(mistakes) }
    }

    /// The root of a YAML text; throws what the parser found.
    func compose(_ text: String) throws(FileMistakes) -> Node {
        do {
            if let node = try Yams.compose(yaml: text) { return node }
            add(Place(line: 1, column: 1), "the file is empty", "Write something into it, or name another file.")
        } catch let error as YamlError {
            addSyntax(error)
        } catch {
            add(Place(line: 1, column: 1), "the file cannot be read as YAML: \(error)", "Correct it.")
        }
        throw FileMistakes(mistakes)
    }

    private func addSyntax(_ error: YamlError) {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            add(Place(mark), "this is not YAML: \(problem)",
                "Check indentation, quotes and brackets on this line and the one before.")
        case .duplicatedKeysInMapping(let duplicates, let context):
            let names = duplicates.map { "`\($0)`" }.joined(separator: ", ")
            add(Place(context.mark), "\(names) is written more than once in one place",
                "Keep one of them; the first stands here.")
        case .reader(let problem, _, _, _):
            add(Place(line: 1, column: 1), "the file is not readable text: \(problem)", "Save it as UTF-8.")
        case .no, .memory, .writer, .emitter, .representer, .dataCouldNotBeDecoded:
            add(Place(line: 1, column: 1), "the file cannot be read as YAML: \(error)", "Save it as UTF-8 and try again.")
        }
    }
}

/// A place in a file, both from 1.
struct Place: Hashable {
    var line: Int
    var column: Int

    init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    init(_ mark: Mark?) { self.init(line: mark?.line ?? 1, column: mark?.column ?? 1) }
}

/// A text together with where it stands.
struct Located: Hashable {
    var text: String
    var place: Place
}
