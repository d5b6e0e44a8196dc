/// How wide the columns of a table are.
///
/// As wide as their contents if all fit, and what is left goes to the columns of text. Otherwise each has room for its
/// longest word, as far as that goes, and what is left is given out by how much each lacks.
enum TableColumns {
    struct Need {
        /// Of the longest content on one line.
        var natural: Double
        /// Of the longest word.
        var word: Double
        var isNumber: Bool
    }

    static func widths(_ needs: [Need], available: Double) -> [Double] {
        let natural = needs.reduce(0) { $0 + $1.natural }
        if natural <= available {
            let text = needs.filter { !$0.isNumber }.reduce(0) { $0 + max(1, $1.natural) }
            return needs.map { need in
                if text == 0 { return need.natural + (available - natural) / Double(needs.count) }
                return need.natural + (need.isNumber ? 0 : (available - natural) * max(1, need.natural) / text)
            }
        }
        // No single column takes the page, be its words as long as they like.
        let most = available * max(0.3, 1 / Double(needs.count))
        let least = needs.map { min($0.isNumber ? $0.natural : $0.word, most) }
        let sum = least.reduce(0, +)
        if sum >= available { return least.map { $0 * available / sum } }
        // A column of very long texts leaves something for those of long ones.
        let lacks = zip(needs, least).map { min($0.natural, 3 * available) - $1 }
        let lack = lacks.reduce(0, +)
        return zip(least, lacks).map { $0 + (available - sum) * $1 / lack }
    }
}
