import ReplicationCore

/// Why a message with changes cannot be taken in now.
///
/// A sum does not name what it contains. It says how far each site's stream is in it, and of a device that was restored
/// or copied the hub may hold another stream under the same site, or the same writes under another. To guess would be
/// to show own writes twice, or not at all; so a sum that may contain an unanswered own write waits for the answer.
public enum SumObstacle: Error, Sendable, Equatable {
    /// Take it in again when the hub has answered more of the outbox.
    case unanswered
    /// The sum contains more of the device's stream than the device has written: the hub's stream is another one.
    /// Connecting again shows it that.
    case ahead
}

extension DeviceReplica {
    /// Makes sure that of every sum that would be taken in it is known which own writes it contains.
    ///
    /// - Parameters:
    ///   - confirmed: the row as it would be held.
    ///   - held: as it is held.
    func checkSums(
        of incoming: RowState, confirmed: RowState, over held: RowState?, _ collection: Collection
    ) throws(SumObstacle) {
        for cell in incoming.cells {
            guard let tally = cell.tally, confirmed[cell.part] == cell, held?[cell.part] != cell else { continue }
            // Counters that are given from now on must be ones that no sum here knows.
            if tally.lastCounter(of: progress.site) > progress.lastCounter { throw .ahead }
            if pending.isEmpty { continue }
            let isUncertain = pending.operations(on: incoming.key).contains {
                $0.operation.part == cell.part && $0.isUncertain(in: tally)
            }
            if isUncertain { throw .unanswered }
            guard pending.hasInputs, let group = collection.group(cell.part.group),
                case .derived(let derivation) = group.policy
            else { continue }
            let target = derivations.target(group, derivation, of: confirmed, in: collection)
            if pending.inputs(for: target).contains(where: { $0.isUncertain(in: tally) }) { throw .unanswered }
        }
    }
}
