import Foundation
import Yams

/// Holds YAML against a JSON Schema, as far as the schema of scenarios goes: a keyword that it does not know is a mistake, so that
/// nothing in the schema goes unchecked.
struct JSONSchemaCheck {
    private let root: [String: Any]

    struct Unknown: Error { let keyword: String }

    init(_ json: Data) throws { root = try JSONSerialization.jsonObject(with: json) as? [String: Any] ?? [:] }

    /// What is wrong with a text; empty if nothing is.
    func mistakes(in yaml: String) throws -> [String] {
        guard let node = try Yams.compose(yaml: yaml) else { return ["empty"] }
        return try check(node, root, "")
    }

    private static let notes: Set = ["$schema", "title", "description", "$defs"]

    private func check(_ node: Node, _ schema: [String: Any], _ path: String) throws -> [String] {
        var mistakes: [String] = []
        for (keyword, rule) in schema where !Self.notes.contains(keyword) {
            switch keyword {
            case "type":
                let types = rule as? [String] ?? [rule as? String ?? ""]
                if !types.contains(where: { Self.isOf($0, node) }) { mistakes.append("\(path) is no \(types)") }
            case "const": if !Self.equals(node, rule) { mistakes.append("\(path) is not \(rule)") }
            case "enum": if !(rule as? [Any] ?? []).contains(where: { Self.equals(node, $0) }) { mistakes.append("\(path) is none of \(rule)") }
            case "pattern":
                if node.scalar?.string.range(of: rule as? String ?? "", options: .regularExpression) == nil { mistakes.append("\(path) does not look like \(rule)") }
            case "minimum": if (node.int ?? .min) < (rule as? Int ?? .max) { mistakes.append("\(path) is below \(rule)") }
            case "required":
                for key in rule as? [String] ?? [] where node.mapping != nil && node[key] == nil { mistakes.append("\(path) has no \(key)") }
            case "properties", "additionalProperties": break
            case "items":
                for (index, item) in (node.sequence.map(Array.init) ?? []).enumerated() { mistakes += try check(item, rule as? [String: Any] ?? [:], "\(path)/\(index)") }
            case "not": if try check(node, rule as? [String: Any] ?? [:], path).isEmpty { mistakes.append("\(path) is what it must not be") }
            case "anyOf", "oneOf":
                let results = try (rule as? [[String: Any]] ?? []).map { try check(node, $0, path) }
                let fitting = results.filter(\.isEmpty).count
                if fitting == 0 || keyword == "oneOf" && fitting > 1 { mistakes.append("\(path) fits \(fitting) of \(results.count) forms: \(results.min { $0.count < $1.count } ?? [])") }
            case "$ref":
                let name = (rule as? String ?? "").split(separator: "/").last.map(String.init) ?? ""
                guard let named = (root["$defs"] as? [String: Any])?[name] as? [String: Any] else { throw Unknown(keyword: "\(rule)") }
                mistakes += try check(node, named, path)
            default: throw Unknown(keyword: keyword)
            }
        }
        return try mistakes + checkMembers(node, schema, path)
    }

    private func checkMembers(_ node: Node, _ schema: [String: Any], _ path: String) throws -> [String] {
        guard let mapping = node.mapping else { return [] }
        let known = schema["properties"] as? [String: [String: Any]] ?? [:]
        return try mapping.flatMap { key, value -> [String] in
            let name = key.scalar?.string ?? "?"
            if let rule = known[name] { return try check(value, rule, "\(path)/\(name)") }
            if schema["additionalProperties"] as? Bool == false { return ["\(path) has an unknown \(name)"] }
            return try (schema["additionalProperties"] as? [String: Any]).map { try check(value, $0, "\(path)/\(name)") } ?? []
        }
    }

    private static func isOf(_ type: String, _ node: Node) -> Bool {
        switch type {
        case "object": node.mapping != nil
        case "array": node.sequence != nil
        case "integer": node.int != nil
        case "number": node.float != nil
        case "boolean": node.bool != nil
        case "null": node.null != nil
        // Whatever stands there can be read as a text.
        default: node.scalar != nil
        }
    }

    private static func equals(_ node: Node, _ value: Any) -> Bool { node.scalar?.string == "\(value)" }
}
