import Documents
import ReplicationCore

/// What was handed in to sign, or to have a code sent.
struct SigningForm {
    private(set) var submission: SigningSubmission
    /// As it is shown again.
    private(set) var typed: SigningPage.Typed
    /// What is wrong with it before anybody is asked.
    private(set) var problems: [PageProblem] = []

    /// Nil for bytes that the page's form would not have sent.
    init?(_ body: [UInt8], _ limits: PageLimits) {
        guard let fields = FormFields(body, known: ["agree", "name", "role", "method", "strokes", "code"], repeated: ["agree"], limits: limits) else { return nil }
        let values = fields.all("agree")
        let agreed = values.compactMap { Self.agreement($0, limits) }
        guard agreed.count == values.count, agreed.count <= limits.documents, Set(values).count == values.count, ["", "typed", "drawn"].contains(fields.text("method"))
        else { return nil }

        typed = SigningPage.Typed(
            agreed: Set(values), name: fields.line("name"), role: fields.line("role"), code: fields.line("code"), strokes: fields.text("strokes"),
            isDrawn: fields.text("method") == "drawn")
        submission = SigningSubmission(agreed: agreed, name: typed.name, role: typed.role)
        for (field, text, most) in [("name", typed.name, limits.name), ("role", typed.role, limits.role), ("code", typed.code, limits.code)] where text.count > most {
            problems.append(.tooLong(field: field, most: most))
        }
        let digits = typed.code.filter { !$0.isWhitespace }
        submission.code = digits.isEmpty ? nil : digits
        if typed.isDrawn, !typed.strokes.isEmpty {
            if let strokes = StrokesJSON.parse(typed.strokes) {
                submission.strokes = strokes.strokes.isEmpty ? nil : strokes
            } else {
                problems.append(.refused(.badDrawing))
                // What cannot be read is not shown again.
                typed.strokes = ""
            }
        }
    }

    /// The reverse of `SigningPage.agreement`.
    private static func agreement(_ value: String, _ limits: PageLimits) -> (document: String, hash: String)? {
        let parts = value.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].utf8.count == 64, Hexadecimal.bytes(parts[0]) != nil, !parts[1].isEmpty, parts[1].count <= limits.documentID else { return nil }
        return (String(parts[1]), String(parts[0]))
    }
}
