import Foundation

/// One measured value, beside the limit that was measured in the same run.
struct Figure: Codable, Sendable {
    let name: String
    let value: Double
    let unit: String
    /// What the machine could do at best, in the same unit; nil where there is no such thing.
    let limit: Double?
    /// How close the value comes to its limit: 1 is there, below 1 is worse, whichever way the unit counts.
    let ratio: Double?

    enum Direction {
        case higherIsBetter
        case lowerIsBetter
    }

    init(_ name: String, _ value: Double, _ unit: String, limit: Double? = nil, _ direction: Direction = .higherIsBetter) {
        self.name = name
        self.value = value
        self.unit = unit
        self.limit = limit
        ratio = limit.flatMap { limit in
            guard limit > 0, value > 0 else { return nil }
            return direction == .higherIsBetter ? value / limit : limit / value
        }
    }

    /// Written with null where there is no limit, so that every object has the same members.
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try container.encode(value, forKey: .value)
        try container.encode(unit, forKey: .unit)
        try container.encode(limit, forKey: .limit)
        try container.encode(ratio, forKey: .ratio)
    }
}

enum Report {
    static func json(_ figures: [Figure]) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        return String(decoding: try encoder.encode(figures), as: UTF8.self)
    }

    static func table(_ figures: [Figure]) -> String {
        let rows = [["name", "value", "unit", "limit", "ratio"]] + figures.map { figure in
            [
                figure.name, number(figure.value), figure.unit, figure.limit.map(number) ?? "",
                figure.ratio.map { String(format: "%.2f", $0) } ?? "",
            ]
        }
        let widths = (0..<5).map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            row.enumerated().map { column, text in
                let padding = String(repeating: " ", count: widths[column] - text.count)
                return column == 0 || column == 2 ? text + padding : padding + text
            }.joined(separator: "  ")
        }.joined(separator: "\n")
    }

    private static func number(_ value: Double) -> String {
        String(format: value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : "%.2f", value)
    }
}

/// The bounds of `thresholds.json`, which a change may not cross unnoticed. They are generous: they catch
/// what is several times worse, on whatever machine runs them.
struct Thresholds: Decodable {
    struct Bound: Decodable {
        var minimum: Double?
        var maximum: Double?
        var minimumRatio: Double?
    }

    let figures: [String: Bound]

    init(file: String) throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: file))
        figures = try JSONDecoder().decode([String: Bound].self, from: data)
    }

    /// What is out of bounds, in words. Figures that were not measured are passed over.
    func breaches(in measured: [Figure]) -> [String] {
        measured.flatMap { figure -> [String] in
            guard let bound = figures[figure.name] else { return [] }
            var breaches: [String] = []
            if let minimum = bound.minimum, figure.value < minimum {
                breaches.append("\(figure.name): \(figure.value) \(figure.unit) is below \(minimum)")
            }
            if let maximum = bound.maximum, figure.value > maximum {
                breaches.append("\(figure.name): \(figure.value) \(figure.unit) is above \(maximum)")
            }
            if let minimum = bound.minimumRatio, let ratio = figure.ratio, ratio < minimum {
                breaches.append("\(figure.name): ratio \(ratio) is below \(minimum)")
            }
            return breaches
        }
    }
}
