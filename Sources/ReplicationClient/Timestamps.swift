import Foundation
import ReplicationCore

extension Value {
    /// What a field of the type timestamp takes: Unix milliseconds.
    public static func timestamp(_ date: Date) -> Value { .integer(Int64((date.timeIntervalSince1970 * 1_000).rounded())) }
}

extension Row {
    /// The moment in a column of the type timestamp.
    public func timestamp(_ column: String) -> Date? {
        integer(column).map { Date(timeIntervalSince1970: Double($0) / 1_000) }
    }
}
