/// Why there is no timestamp. It never stops a signature; the text stands in the result.
struct TimestampFault: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
