import ReplicationCore

extension CommitSequence {
    /// The sequence as one SQL integer that sorts as sequences do: the epoch in the upper 16 bits, the
    /// number in the lower 48. This is the only place that knows the form.
    ///
    /// The sign bit stays clear, so that SQL sorts and compares rightly.
    package var packed: Int64 {
        precondition(isPossible, "sequence \(self) cannot be stored")
        return Int64(epoch) << 48 | Int64(number)
    }

    /// The sequence that `packed` stands for. A negative number, which nothing here writes, is zero.
    package init(packed: Int64) {
        let bits = UInt64(max(packed, 0))
        self.init(epoch: UInt32(bits >> 48), number: bits & Self.highestNumber)
    }
}
