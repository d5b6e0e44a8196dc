import Foundation

extension Explanation {
    /// For tools: one JSON document, its members by name.
    public var json: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        }
    }

    public init(json: String) throws {
        self = try JSONDecoder().decode(Explanation.self, from: Data(json.utf8))
    }

    /// For people, with times in UTC.
    public var text: String { text(in: .gmt) }

    /// For people, with times as clocks at a place show them.
    public func text(in zone: TimeZone) -> String {
        var lines = [heading, "  \(Self.words(shown))"]
        if let first = writes.first(where: { $0.standing == .shown }) { lines += first.lines(indent: "  ", withValue: false, in: zone) }
        if shown != nil { lines.append("  because \(reason) (\(rule), policy \(policy))") }
        lines += section("Pending here, below what is shown", .pending, zone)
        lines += section("Beside it stands what lost, kept", .beside, zone)
        lines += section("Amounts in the sum, newest first", .added, zone)
        lines += section("Before, newest first", .replaced, zone)
        if olderWrites > 0 { lines.append("  and \(olderWrites) older ones") }
        if !refused.isEmpty {
            lines.append("Refused, and in quarantine:")
            for refusal in refused {
                lines.append("  \(refusal.changeset) by \(refusal.author): \(refusal.detail) (\(refusal.rule)) \(refusal.waits ? "It waits, and follows by itself." : refusal.remedy)")
            }
        }
        if !openConflicts.isEmpty {
            lines.append("Open conflicts about it, which a marked resolution closes: \(openConflicts.joined(separator: ", "))")
        }
        lines.append("To change it:")
        lines += toChange.map { "  \($0)" }
        if answeredBy == .device {
            lines.append("Answered from this device, complete up to \(at). The hub knows what stood before: converge explain")
        }
        return lines.joined(separator: "\n")
    }

    private var heading: String {
        let name = title.map { "\(collection) “\($0)”" } ?? "\(collection) \(row)"
        return "\(name) · \(fields.joined(separator: ", "))\(element.map { " “\($0)”" } ?? "")"
    }

    private func section(_ title: String, _ standing: WriteRecord.Standing, _ zone: TimeZone) -> [String] {
        let found = writes.filter { $0.standing == standing }
        return found.isEmpty ? [] : ["\(title):"] + found.flatMap { $0.lines(indent: "  ", withValue: true, in: zone) }
    }

    fileprivate static func words(_ values: [String: JSONScalar]?) -> String {
        guard let values else { return "nothing" }
        if values.count == 1, let only = values.first { return only.value.words }
        return values.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.words)" }.joined(separator: ", ")
    }
}

extension WriteRecord {
    fileprivate func lines(indent: String, withValue: Bool, in zone: TimeZone) -> [String] {
        let when = Date(timeIntervalSince1970: Double(milliseconds) / 1_000).formatted(
            Date.ISO8601FormatStyle(timeZone: zone).year().month().day().dateSeparator(.dash).time(includingFractionalSeconds: true).timeSeparator(.colon))
        let zoneName = zone == .gmt ? "UTC" : zone.identifier
        let within = uncertaintyMilliseconds.map { " ± \($0) ms" } ?? ""
        let whose = role.map { "\(author) (\($0))" } ?? author
        var lines = [
            "\(indent)\(withValue ? "\(Explanation.words(values)) · " : "")by \(whose) at \(when) \(zoneName)\(within), \(sequence.map { "committed as \($0)" } ?? "not at the hub yet")",
        ]
        var details = ["changeset \(changeset)"]
        if let seen {
            let own = seenPending?.isEmpty ?? true ? "" : " and own \(seenPending?.joined(separator: ", ") ?? "")"
            details.append(seen == "0:0" && own.isEmpty ? "had seen nothing" : "had seen \(seen)\(own)")
        }
        if let replacedBy { details.append("replaced by \(replacedBy)") }
        if let consequenceOf { details.append("because of \(consequenceOf)") }
        if let handedInBy { details.append("lost with the hub's store, and handed in after a restore by \(handedInBy)") }
        lines.append("\(indent)  \(details.joined(separator: "; "))")
        return lines
    }
}
