extension StringProtocol where UTF8View: BidirectionalCollection {
    /// Without blanks at either end.
    var trimmingSpaces: String {
        // Almost every text begins and ends with a visible ASCII character, which one look at the bytes tells.
        if let first = utf8.first, let last = utf8.last, (0x21...0x7E).contains(first), (0x21...0x7E).contains(last) {
            return String(self)
        }
        var rest = self[...]
        while rest.first?.isWhitespace == true { rest = rest.dropFirst() }
        while rest.last?.isWhitespace == true { rest = rest.dropLast() }
        return String(rest)
    }
}
