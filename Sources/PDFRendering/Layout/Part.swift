import Documents

/// A piece of a stack: what is read in one go.
struct Part {
    enum Content {
        case text(TextBlock, lines: Range<Int>)
        case space(Double)
        case picture(DocumentForm.Picture, height: Double, frame: PictureFrame)
        case signature(SignatureArea, height: Double)
    }

    var content: Content
    /// Empty for what nobody reads.
    var path: StructurePath

    init(_ content: Content, _ path: StructurePath = []) {
        self.content = content
        self.path = path
    }

    init(_ text: TextBlock, _ path: StructurePath) { self.init(.text(text, lines: text.lines.indices), path) }

    static func space(_ height: Double) -> Part { Part(.space(height)) }

    var height: Double {
        switch content {
        case .text(let block, let lines): block.height(of: lines)
        case .space(let height), .picture(_, let height, _), .signature(_, let height): height
        }
    }

    /// The lines that fit and the others; nil if none fits or it has no lines.
    ///
    /// - Parameter fewest: lines of a paragraph that stand on either page.
    func split(at available: Double, fewest: Int, _ structure: Structure) -> (Part, Part)? {
        guard case .text(let block, let lines) = content else { return nil }
        var count = lines.prefix { block.lines[$0].bottom - block.lines[lines.lowerBound].top <= available + 0.01 }.count
        guard count < lines.count else { return nil }
        if lines.count - count < fewest { count = lines.count - fewest }
        guard count >= fewest, count > 0 else { return nil }
        let middle = lines.lowerBound + count
        return (
            Part(.text(block, lines: lines.lowerBound..<middle), continued(structure)),
            Part(.text(block, lines: middle..<lines.upperBound), continued(structure))
        )
    }

    /// A paragraph on two pages stays one, of two spans.
    private func continued(_ structure: Structure) -> StructurePath {
        guard let last = path.last else { return [] }
        return (last.kind == .span ? path.dropLast() : path) + [structure.element(.span)]
    }
}

/// How a picture stands in its place.
enum PictureFrame {
    /// In the middle, on a light ground.
    case photo
    /// At the left, as large as it can be.
    case logo
}
