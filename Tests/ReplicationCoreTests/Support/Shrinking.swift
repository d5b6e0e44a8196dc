import ReplicationCore

/// Makes a history that breaks a law small enough to be read.
enum Shrinking {
    /// The smallest history found that is still wrong: none of its own smaller forms is.
    static func smallest(_ history: History, isWrong: (History) -> Bool) -> History {
        var smallest = history
        while let smaller = forms(of: smallest).first(where: isWrong) { smallest = smaller }
        return smallest
    }

    /// Histories that say a little less, those that say the least first.
    static func forms(of history: History) -> [History] {
        let fewer = history.writes.indices.map { without($0, history) }
        let blinder = history.writes.indices.flatMap { index in
            (0..<index).filter { history.writes[index].seen.contains($0) }.map { other in
                changing(history, index) { $0.seen.bits &= ~(1 << UInt32(other)) }
            }
        }
        let plainer = history.writes.indices.flatMap { index -> [History] in
            var forms: [History] = []
            let least = HybridTime(milliseconds: 1)
            if history.writes[index].effective != least { forms.append(changing(history, index) { $0.effective = least }) }
            if history.writes[index].rank != 0 { forms.append(changing(history, index) { $0.rank = 0 }) }
            return forms
        }
        return fewer + blinder + plainer
    }

    private static func changing(_ history: History, _ index: Int, _ change: (inout HistoryWrite) -> Void) -> History {
        var history = history
        change(&history.writes[index])
        return history
    }

    /// Without a write: later ones have not seen it, and its writer's counters stay contiguous.
    private static func without(_ gone: Int, _ history: History) -> History {
        var history = history
        let writer = history.writes[gone].writer
        history.writes.remove(at: gone)
        let below: UInt32 = (1 << UInt32(gone)) - 1
        for index in history.writes.indices {
            let seen = history.writes[index].seen.bits
            history.writes[index].seen.bits = seen & below | (seen >> 1) & ~below
            if index >= gone, history.writes[index].writer == writer { history.writes[index].counter -= 1 }
        }
        return history
    }
}
