import Foundation

/// How lists are printed for people.
enum ListText {
    /// A text in a column, cut where it is too long.
    static func column(_ text: String, _ width: Int) -> String {
        let cut = text.count > width - 2 ? text.prefix(width - 3) + "…" : text[...]
        return cut + String(repeating: " ", count: max(1, width - cut.count))
    }

    /// In the time zone of whoever reads it, to the minute or the second.
    static func moment(_ milliseconds: Double, withSeconds: Bool = false) -> String {
        let format = DateFormatter()
        format.dateFormat = withSeconds ? "yyyy-MM-dd HH:mm:ss" : "yyyy-MM-dd HH:mm"
        return format.string(from: Date(timeIntervalSince1970: milliseconds / 1_000))
    }
}
