import Foundation
import ReplicationCore
import ReplicationEngine

/// What `verify` prints: that device and hub hold the same, at which point, and what it took.
struct ConvergenceReceipt {
    let report: DigestReport

    init(_ report: DigestReport) { self.report = report }

    var text: String {
        var lines: [String] = []
        if report.isEqual {
            lines.append("Equal: \(report.rows) rows, \(report.cells) cells at \(report.at).")
            lines.append("  sum          \(Hexadecimal.text(report.sum))")
            lines.append("  fingerprint  \(Hexadecimal.text(report.fingerprint))")
        } else {
            lines.append("DIFFERENT: here \(report.rows) rows and \(report.cells) cells, at the hub \(report.hubRows) and \(report.hubCells) at \(report.at).")
        }
        if let repair = report.repair {
            lines.append("  \(repair.isRestarted ? "Too much differed, and everything is sent anew" : "Mended"): \(repair.missing) rows were missing, \(repair.extra) were held and should not be, \(repair.changed) were not what the hub has; \(repair.sent) bytes sent, \(repair.received) received for it.")
            lines.append("  Rows do not change by themselves: look at this device's storage, and keep its log.")
        }
        return lines.joined(separator: "\n")
    }

    var members: [String: Value] {
        var members: [String: Value] = [
            "equal": .boolean(report.isEqual), "rows": .integer(Int64(report.rows)), "cells": .integer(Int64(report.cells)),
            "hubRows": .integer(Int64(report.hubRows)), "hubCells": .integer(Int64(report.hubCells)),
            "at": .text(report.at.description), "digest": .text(Hexadecimal.text(report.sum)),
            "fingerprint": .text(Hexadecimal.text(report.fingerprint)),
        ]
        guard let repair = report.repair else { return members }
        members["mended"] = .integer(Int64(repair.rows))
        members["missing"] = .integer(Int64(repair.missing))
        members["extra"] = .integer(Int64(repair.extra))
        members["changed"] = .integer(Int64(repair.changed))
        members["bytesSent"] = .integer(Int64(repair.sent))
        members["bytesReceived"] = .integer(Int64(repair.received))
        members["restarted"] = .boolean(repair.isRestarted)
        return members
    }

}
