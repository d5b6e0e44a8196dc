/// How long a transfer may take, in milliseconds. Everything, the name server included, ends with the total.
public struct TransferTimes: Sendable, Hashable {
    public let connect: Int
    public let total: Int

    /// For a message with attachments. RFC 5321, section 4.5.3.2.6, would give the final answer alone ten minutes; a server that takes longer than
    /// these is sent the same message again.
    public static let mail = TransferTimes(valid: 30_000, 300_000)
    public static let request = TransferTimes(valid: 10_000, 30_000)

    /// - Throws: `invalidServer` beyond `MailLimits.timesMilliseconds`, or if `connect` is longer than `total`.
    public init(connect: Int, total: Int) throws(MailError) {
        guard MailLimits.timesMilliseconds.contains(connect), MailLimits.timesMilliseconds.contains(total), connect <= total else {
            let range = MailLimits.timesMilliseconds
            throw MailError(.invalidServer, "Times of a transfer are \(range.lowerBound) to \(range.upperBound) ms, and to connect is a part of the total.")
        }
        self.init(valid: connect, total)
    }

    private init(valid connect: Int, _ total: Int) {
        self.connect = connect
        self.total = total
    }
}
