/// What can go wrong with a store's file, whichever store it is.
package struct StorageFault: Error, Sendable, CustomStringConvertible {
    package let code: Code
    /// What happened, where, and what to do.
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package enum Code: Sendable {
        case full
        case readOnly
        case inUse
        case newerVersion
        case corrupt
        case otherSchema
        case io
    }

    package var description: String { message }
}
