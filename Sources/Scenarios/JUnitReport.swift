/// Reports as JUnit XML, which systems for continuous integration read: a suite for each scenario and stage, a case for each
/// expectation.
public struct JUnitReport {
    private let reports: [ScenarioReport]

    public init(_ reports: [ScenarioReport]) { self.reports = reports }

    public var xml: String {
        let cases = reports.reduce(0) { $0 + $1.checks.count }, failures = reports.reduce(0) { $0 + $1.failures.count }
        var lines = ["<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "<testsuites tests=\"\(cases)\" failures=\"\(failures)\">"]
        for report in reports { lines += suite(report) }
        return (lines + ["</testsuites>"]).joined(separator: "\n") + "\n"
    }

    private func suite(_ report: ScenarioReport) -> [String] {
        let name = Self.escaped("\(report.title) (\(report.stage.rawValue))"), file = Self.escaped(report.file)
        var lines = ["  <testsuite name=\"\(name)\" tests=\"\(report.checks.count)\" failures=\"\(report.failures.count)\" skipped=\"0\">"]
        for check in report.checks {
            let head = "    <testcase classname=\"\(name)\" name=\"\(Self.escaped("line \(check.line): \(check.what)"))\" file=\"\(file)\" line=\"\(check.line)\""
            guard let failure = check.failure else {
                lines.append(head + "/>")
                continue
            }
            lines += [head + ">", "      <failure message=\"\(Self.escaped(failure))\">\(file):\(check.line): \(Self.escaped(failure))</failure>", "    </testcase>"]
        }
        return lines + ["  </testsuite>"]
    }

    /// As text and attributes hold it. What XML 1.0 cannot hold at all becomes `?`.
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "\n", "\t": escaped += "&#\(scalar.value);"
            case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF: escaped += "?"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
