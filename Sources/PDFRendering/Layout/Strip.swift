/// A strip of a page, as wide as the text: a paragraph, a row of a table, some photos beside each other.
struct Strip {
    struct Stack {
        /// From the left of the text.
        var x: Double
        var width: Double
        var parts: [Part]

        var height: Double { parts.reduce(0) { $0 + $1.height } }
    }

    struct Rule {
        var width: Double
        var colour: Colour
    }

    /// Beside each other, read in this order.
    var stacks: [Stack]
    var paddingTop: Double = 0
    var paddingBottom: Double = 0
    var ground: Colour?
    var ruleAbove: Rule?
    var ruleBelow: Rule?
    /// To the one above, unless it is the first of a page.
    var spaceBefore: Double = 0
    /// The next one stands on the same page, if there is any way.
    var keepsWithNext = false
    /// It may go on with its next lines on the next page, as a paragraph does; others only do if they are longer than a page.
    var breaksFreely = false
    var startsPage = false
    /// What stands above it when it is the first of a page.
    var repeated: [Strip] = []
    /// Under what it is found in the reader's list of contents.
    var outline: String?

    var height: Double { paddingTop + (stacks.map(\.height).max() ?? 0) + paddingBottom }

    /// What fits, and the rest; nil if nothing can be parted from it.
    func split(at available: Double, _ structure: Structure) -> (Strip, Strip)? {
        var first = self, rest = self
        let inside = available - paddingTop - paddingBottom
        var isParted = false
        for index in stacks.indices {
            let (fits, others) = stacks[index].split(at: inside, fewest: breaksFreely ? 2 : 1, structure)
            first.stacks[index].parts = fits
            rest.stacks[index].parts = others
            isParted = isParted || fits.contains { part in
                if case .space = part.content { false } else { true }
            }
        }
        guard isParted, rest.stacks.contains(where: { !$0.parts.isEmpty }) else { return nil }
        first.keepsWithNext = false
        first.ruleBelow = nil
        rest.ruleAbove = nil
        rest.outline = nil
        rest.startsPage = false
        rest.spaceBefore = 0
        rest.beginRowAnew(structure)
        return (first, rest)
    }

    /// The rest of a table's row is another row for whoever reads it aloud: it begins with the first column again.
    private mutating func beginRowAnew(_ structure: Structure) {
        var anew: [Int: StructureElement] = [:]
        for stack in stacks.indices {
            for part in stacks[stack].parts.indices {
                for (place, element) in stacks[stack].parts[part].path.enumerated() where element.kind == .row || element.kind == .item {
                    let other = anew[element.number] ?? structure.element(element.kind)
                    anew[element.number] = other
                    stacks[stack].parts[part].path[place] = other
                }
            }
        }
    }

    /// For whoever only looks: it is read aloud once, where it stands first.
    var unread: Strip {
        var strip = self
        for stack in stacks.indices {
            for part in stacks[stack].parts.indices { strip.stacks[stack].parts[part].path = [] }
        }
        strip.outline = nil
        return strip
    }
}

extension Strip.Stack {
    fileprivate func split(at available: Double, fewest: Int, _ structure: Structure) -> ([Part], [Part]) {
        var fits: [Part] = [], left = available
        for (index, part) in parts.enumerated() {
            if part.height <= left + 0.01 {
                fits.append(part)
                left -= part.height
                continue
            }
            let others = Array(parts[(index + 1)...])
            if let (first, rest) = part.split(at: left, fewest: fewest, structure) { return (fits + [first], [rest] + others) }
            if case .space = part.content { return (fits, others) }
            return (fits, [part] + others)
        }
        return (fits, [])
    }
}
