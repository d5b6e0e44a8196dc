import CPangoCairo

/// A text laid out in lines of a width, which can be drawn line by line.
final class TextBlock {
    struct Line {
        var line: UnsafeMutablePointer<PangoLayoutLine>
        /// From the block's top left, in points.
        var x: Double
        var top: Double
        var bottom: Double
        var baseline: Double
    }

    let style: TextStyle
    fileprivate let layout: OpaquePointer
    private(set) var lines: [Line] = []

    /// - Parameter layout: taken over.
    init(layout: OpaquePointer, style: TextStyle) {
        self.layout = layout
        self.style = style
    }

    deinit { g_object_unref(UnsafeMutableRawPointer(layout)) }

    /// In points, before it has a width.
    var naturalWidth: Double {
        pango_layout_set_width(layout, -1)
        return logicalWidth
    }

    /// Of its longest word, in points.
    var wordWidth: Double {
        pango_layout_set_wrap(layout, PANGO_WRAP_WORD)
        pango_layout_set_width(layout, 0)
        defer { pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR) }
        return logicalWidth
    }

    private var logicalWidth: Double {
        var extents = PangoRectangle()
        pango_layout_get_extents(layout, nil, &extents)
        return Double(extents.width) / pangoScale
    }

    /// Breaks it into lines.
    func wrap(to width: Double) {
        // Rounded up: a text must fit the width that it said it has.
        pango_layout_set_width(layout, Int32((max(1, width) * pangoScale).rounded(.up)))
        lines = []
        guard let iterator = pango_layout_get_iter(layout) else { return }
        defer { pango_layout_iter_free(iterator) }
        repeat {
            guard let line = pango_layout_iter_get_line_readonly(iterator) else { continue }
            var extents = PangoRectangle()
            pango_layout_iter_get_line_extents(iterator, nil, &extents)
            let top = Double(extents.y) / pangoScale
            lines.append(Line(
                line: line, x: Double(extents.x) / pangoScale, top: top, bottom: top + Double(extents.height) / pangoScale,
                baseline: Double(pango_layout_iter_get_baseline(iterator)) / pangoScale))
        } while pango_layout_iter_next_line(iterator) != 0
    }

    var height: Double { height(of: lines.indices) }

    func height(of range: Range<Int>) -> Double {
        guard let first = range.first, let last = range.last else { return 0 }
        return lines[last].bottom - lines[first].top
    }

    /// - Parameter origin: of the top left of the first of the lines.
    func draw(_ range: Range<Int>, on context: OpaquePointer, x: Double, y: Double) {
        guard let first = range.first else { return }
        context.set(style.ink.colour)
        for line in lines[range] {
            cairo_move_to(context, x + line.x, y + line.baseline - lines[first].top)
            pango_cairo_show_layout_line(context, line.line)
        }
    }

    /// Its outlines, as the current path of the context. What is drawn so is no text for readers.
    func addPath(on context: OpaquePointer) { pango_cairo_layout_path(context, layout) }
}

/// Units of Pango in a point; `PANGO_SCALE`.
let pangoScale = Double(PANGO_SCALE)

extension OpaquePointer {
    /// Of a context of cairo.
    func set(_ colour: Colour) { cairo_set_source_rgb(self, colour.red, colour.green, colour.blue) }
}

extension TextBlock {
    /// From now on it has one line, which ends with an ellipsis where it does not fit.
    func cutAtEnd() { pango_layout_set_ellipsize(layout, PANGO_ELLIPSIZE_END) }
}
