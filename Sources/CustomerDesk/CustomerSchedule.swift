import CustomerMessages
import ReplicationCore

/// When customers of a territory are written to, by the schema's rules.
struct CustomerSchedule {
    let rules: CustomerRules
    let clock: LocalClock

    /// - Parameter zone: as in the IANA database; nil, or one that is not known, for UTC.
    init(_ rules: CustomerRules, zone: String?) throws {
        self.rules = rules
        // A text that is no zone must not keep messages from going out.
        clock = try zone.flatMap { try? LocalClock(zone: $0) } ?? LocalClock(zone: "UTC")
    }

    var quiet: QuietHours? {
        get throws { try rules.quiet.map { try QuietHours(from: time($0.from), to: time($0.to), in: clock) } }
    }

    var reminders: ReminderPlan {
        get throws {
            try ReminderPlan(rules.signature.reminders.map { .afterSending(hours: max(1, Int($0 / 3_600))) }, quietHours: quiet)
        }
    }

    var visit: VisitPlan {
        get throws { try VisitPlan(reminderTime: rules.visit.dayBefore.map(time), in: clock, quietHours: quiet) }
    }

    var arrival: ArrivalRule {
        get throws {
            try ArrivalRule(
                thresholdMinutes: Int(rules.arrival.threshold / 60), gapMinutes: Int(rules.arrival.gap / 60),
                mostMessages: min(rules.arrival.most, MessageLimits.arrivalMessages), tellsOnTheWay: rules.visit.isOnTheWayTold, quietHours: quiet)
        }
    }

    private func time(_ minute: Int) throws -> LocalTime { try LocalTime(hour: minute / 60, minute: minute % 60) }
}
