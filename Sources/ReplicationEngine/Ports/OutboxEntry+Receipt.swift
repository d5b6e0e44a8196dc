extension OutboxEntry {
    /// How many of its operations the hub has refused; nil while it has not answered.
    /// - Throws: `DeviceError` for a receipt that cannot be read.
    public var refusedOperations: Int? {
        get throws { try decodedReceipt()?.verdicts.filter { !$0.isAccepted }.count }
    }
}
