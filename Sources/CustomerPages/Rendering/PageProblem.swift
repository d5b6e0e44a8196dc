/// Why what was handed in was not taken, as the page says it: beside the field, and in the summary above.
enum PageProblem: Equatable {
    case refused(SigningRefusal)
    case tooLong(field: String, most: Int)
    case noDecliningName
    case noReason
    case noScore
    case codeTooMany
    case codeFailed

    /// The name of the field in `errors`, and its id in the page; nil for what is about none.
    var field: (name: String, id: String)? {
        switch self {
        case .refused(let refusal):
            switch refusal {
            case .noConsent: ("agree", "agree-0")
            case .noName: ("name", "name")
            case .changed: nil
            case .noCode, .wrongCode, .codeVoid: ("code", "code")
            case .badDrawing: ("drawing", "drawing")
            }
        case .tooLong(let field, _):
            switch field {
            case "decline-name": ("declineName", field)
            case "decline-reason": ("declineReason", field)
            default: (field, field)
            }
        case .noDecliningName: ("declineName", "decline-name")
        case .noReason: ("declineReason", "decline-reason")
        case .noScore: ("score", "score")
        case .codeTooMany, .codeFailed: ("code", "code")
        }
    }

    func text(_ words: PageWords) -> String {
        switch self {
        case .refused(let refusal):
            switch refusal {
            case .noConsent: words("problem_consent")
            case .noName: words("problem_name")
            case .changed: words("problem_changed")
            case .noCode: words("problem_no_code")
            case .wrongCode(1): words("problem_wrong_code_one")
            case .wrongCode(let left): words("problem_wrong_code", ["count": String(left)])
            case .codeVoid: words("problem_code_void")
            case .badDrawing: words("problem_drawing")
            }
        case .tooLong(_, let most): words("problem_too_long", ["count": String(most)])
        case .noDecliningName: words("problem_name")
        case .noReason: words("problem_reason")
        case .noScore: words("problem_score")
        case .codeTooMany: words("problem_code_too_many")
        case .codeFailed: words("problem_code_failed")
        }
    }

    /// For templates: `problems` for the summary, `errors` for the fields.
    static func values(_ problems: [PageProblem], _ words: PageWords) -> (problems: Any, errors: [String: String]) {
        guard !problems.isEmpty else { return (false, [:]) }
        var errors: [String: String] = [:]
        let list: [PageValues] = problems.map { problem in
            let text = problem.text(words)
            if let field = problem.field { errors[field.name] = text }
            return ["field": problem.field?.id ?? false, "text": text]
        }
        return (["list": list], errors)
    }
}
