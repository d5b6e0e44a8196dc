import Foundation
import ReplicationCore
import WireProtocol

/// A comparison of the device with the hub, and the repair of what differs: first everything at once, then ranges that are
/// cut smaller and smaller where they differ, then the rows that do, then everything again. Answers in, questions out.
struct DeviceVerification: Sendable {
    /// By which the app knows it, and in every message of it.
    let request: UInt64
    /// What differs is mended, as far as the hub knows how.
    let repairs: Bool
    private let rowsRepaired: Int
    /// An administrator has asked for it, under this number.
    var askedBy: UInt64?
    /// It was begun because the hub's sum is another.
    var isAlarm = false
    private(set) var repair = RepairReport()
    private var phase = Phase.comparing
    /// Ranges that differ and were not asked for yet.
    private var ranges: [RowRange] = []
    /// Rows that differ and were not asked for yet.
    private var rows: [RowKey] = []
    private var answers = 0

    private enum Phase: Sendable {
        case comparing
        case narrowing([RowRange])
        case repairing
        case comparingAgain
    }

    enum Step: Sendable {
        case say(WireMessage.OneOf_Body)
        /// Too much differs to be mended row by row.
        case restart
        case finish
        /// The answer is of an earlier comparison.
        case ignore
        /// The hub says what makes no sense.
        case giveUp
    }

    /// - Parameter rowsRepaired: of more rows that differ, everything is sent anew.
    init(request: UInt64, repairs: Bool, rowsRepaired: Int = DeviceLimits.rowsRepaired, askedBy: UInt64? = nil) {
        self.rowsRepaired = rowsRepaired
        self.request = request
        self.repairs = repairs
        self.askedBy = askedBy
    }

    /// The first question.
    var opening: WireMessage.OneOf_Body {
        var message = WireDigestRequest()
        message.request = request
        return .digestRequest(message)
    }

    mutating func took(_ digests: WireDigests, isEqual: Bool) -> Step {
        guard digests.request == request else { return .ignore }
        switch phase {
        case .comparing:
            guard !isEqual, repairs else { return .finish }
            ranges = [RowRange()]
            return next()
        case .comparingAgain: return .finish
        case .narrowing, .repairing: return .ignore
        }
    }

    /// The parts that an answer gives for what was asked; nil if it is of something else.
    func parts(_ answer: WireRanges) -> [RangePart]? {
        guard answer.request == request, case .narrowing(let asked) = phase else { return nil }
        return RangePart.parts(of: asked, in: answer.parts)
    }

    mutating func took(_ answer: WireRanges, _ differences: RowDifferences) -> Step {
        repair.received += UInt64(WireFrame.size(of: answer))
        repair.missing += UInt64(differences.missing.count)
        repair.extra += UInt64(differences.extra.count)
        repair.changed += UInt64(differences.changed.count)
        ranges += differences.ranges
        rows += differences.missing + differences.extra + differences.changed
        return next()
    }

    /// A message with rows was taken in.
    mutating func took(_ changes: ReceivedChanges) -> Step {
        guard changes.header.repair == request, case .repairing = phase else { return .ignore }
        repair.received += UInt64(changes.size)
        answers += 1
        return changes.header.repairEnds ? next() : .ignore
    }

    private mutating func next() -> Step {
        answers += 1
        if answers > DeviceLimits.verificationAnswers { return .giveUp }
        if rows.count > rowsRepaired {
            repair.isRestarted = true
            return .restart
        }
        if !ranges.isEmpty {
            ranges.sort { ($0.after ?? .least) < ($1.after ?? .least) }
            let asked = Array(ranges.prefix(ProtocolLimits.rangesPerRequest))
            ranges.removeFirst(asked.count)
            phase = .narrowing(asked)
            var message = WireRangesRequest()
            message.request = request
            message.ranges = asked.map(\.wire)
            repair.sent += UInt64(WireFrame.size(of: message))
            return .say(.rangesRequest(message))
        }
        if !rows.isEmpty {
            rows.sort()
            let asked = Array(rows.prefix(ProtocolLimits.rowsPerRepair))
            rows.removeFirst(asked.count)
            phase = .repairing
            var message = WireRowsRequest()
            message.request = request
            message.keys = Data(asked.flatMap(\.packed))
            repair.sent += UInt64(WireFrame.size(of: message))
            return .say(.rowsRequest(message))
        }
        phase = .comparingAgain
        return .say(opening)
    }
}

extension RowKey {
    /// Before every row of a collection: their numbers begin at 1.
    fileprivate static let least = RowKey(collection: 0, row: .zero)
}
