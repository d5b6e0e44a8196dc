import Documents

extension DocumentLayout {
    /// Labels with their values at the right of them; two beside each other where all are short.
    mutating func addFacts(_ facts: [DocumentForm.Fact]) {
        guard !facts.isEmpty else { return }
        let labels = facts.map { typesetter.text($0.label, style.label) }
        let values = facts.map { typesetter.text($0.value, style.body) }
        let widestLabel = labels.map(\.naturalWidth).max() ?? 0
        let half = (style.width - style.gutter) / 2
        // The same from block to block, where labels are as short as they mostly are.
        let halfLabel = min(max(widestLabel + 10, 70), half * 0.42)
        let isPaired = facts.count >= 4 && values.allSatisfy { $0.naturalWidth <= (half - halfLabel) * 1.7 }
        let perStrip = isPaired ? 2 : 1
        let column = isPaired ? half : style.width
        let labelWidth = isPaired ? halfLabel : min(max(widestLabel + 10, 70), style.width * 0.3)
        let list = structure.root + [structure.element(.list)]
        for start in stride(from: 0, to: facts.count, by: perStrip) {
            var stacks: [Strip.Stack] = []
            for index in start..<min(start + perStrip, facts.count) {
                let x = Double(index - start) * (column + style.gutter)
                let item = list + [structure.element(.item)]
                labels[index].wrap(to: labelWidth - 8)
                values[index].wrap(to: column - labelWidth)
                // Of different sizes, on one line of writing.
                let drop = max(0, (values[index].lines.first?.baseline ?? 0) - (labels[index].lines.first?.baseline ?? 0))
                stacks.append(Strip.Stack(
                    x: x, width: labelWidth - 8, parts: [.space(drop), Part(labels[index], item + [structure.element(.label)])]))
                stacks.append(Strip.Stack(
                    x: x + labelWidth, width: column - labelWidth, parts: [Part(values[index], item + [structure.element(.body)])]))
            }
            var strip = Strip(stacks: stacks)
            strip.spaceBefore = start == 0 ? spaceBefore : 3
            // No fact stands alone at the end of a page.
            strip.keepsWithNext = start == 0 && facts.count > perStrip || start + 2 * perStrip >= facts.count && start + perStrip < facts.count
            append(strip)
        }
    }
}
