/// Who follows a transfer. Called on the thread of the transfer, while it runs.
protocol TransferListener: AnyObject {
    /// A command of SMTP or the head of an HTTP request has been written. It may hold credentials.
    func sent(_ command: UnsafeRawBufferPointer)
    /// A line of a reply or of an HTTP head has come. False ends the transfer.
    func received(line: UnsafeRawBufferPointer) -> Bool
    /// Some of an answer's body has come. False ends the transfer.
    func received(body: UnsafeRawBufferPointer) -> Bool
    /// False ends the transfer. Asked about once a second, and more often while bytes move.
    func mayGoOn() -> Bool
}
