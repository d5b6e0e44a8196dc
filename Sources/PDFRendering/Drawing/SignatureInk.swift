import CPangoCairo

/// Draws strokes as a pen would: curves through the points, wider where it was pressed harder.
struct SignatureInk {
    private struct Dot {
        var x: Double
        var y: Double
        /// Of the line, in points.
        var width: Double
    }

    private let strokes: [[Dot]]
    private let bounds: Box

    /// - Parameter box: what the drawing area is fitted into, at the left, in its own shape.
    init(_ drawing: SignatureDrawing, in box: Box) {
        let aspect = drawing.aspect.isFinite ? min(max(drawing.aspect, 0.25), 16) : 3
        let width = min(box.width, box.height * aspect)
        let place = Box(x: box.x, y: box.y + box.height - width / aspect, width: width, height: width / aspect)
        // A curve may leave the area by a little between points at its edge.
        bounds = Box(x: box.x - 2, y: box.y - 2, width: box.width + 4, height: box.height + 4)
        func bounded(_ value: Double) -> Double { value.isFinite ? min(max(value, 0), 1) : 0 }
        strokes = drawing.strokes.map { stroke in
            stroke.map { point in
                Dot(
                    x: place.x + bounded(point.x) * place.width, y: place.y + bounded(point.y) * place.height,
                    width: 0.55 + 1.5 * bounded(point.pressure))
            }
        }
    }

    func draw(on context: OpaquePointer) {
        cairo_save(context)
        defer { cairo_restore(context) }
        cairo_rectangle(context, bounds.x, bounds.y, bounds.width, bounds.height)
        cairo_clip(context)
        context.set(Colour(0.07, 0.14, 0.38))
        cairo_set_line_cap(context, CAIRO_LINE_CAP_ROUND)
        cairo_set_line_join(context, CAIRO_LINE_JOIN_ROUND)
        for stroke in strokes {
            if stroke.count == 1 { drawDot(stroke[0], on: context) }
            for index in stroke.indices.dropLast() { draw(stroke, from: index, on: context) }
        }
    }

    private func drawDot(_ dot: Dot, on context: OpaquePointer) {
        cairo_new_sub_path(context)
        cairo_arc(context, dot.x, dot.y, dot.width * 0.8, 0, 2 * .pi)
        cairo_fill(context)
    }

    /// From a point to the next, by a cubic Hermite spline whose tangents follow from the neighbours (Catmull and Rom 1974),
    /// in two halves, so that the width does not jump.
    private func draw(_ stroke: [Dot], from index: Int, on context: OpaquePointer) {
        let start = stroke[index], end = stroke[index + 1]
        let before = stroke[max(0, index - 1)], after = stroke[min(stroke.count - 1, index + 2)]
        let first = (x: start.x + (end.x - before.x) / 6, y: start.y + (end.y - before.y) / 6)
        let second = (x: end.x - (after.x - start.x) / 6, y: end.y - (after.y - start.y) / 6)
        func middle(_ a: (x: Double, y: Double), _ b: (x: Double, y: Double)) -> (x: Double, y: Double) { ((a.x + b.x) / 2, (a.y + b.y) / 2) }
        // De Casteljau's halving.
        let a = middle((start.x, start.y), first), b = middle(first, second), c = middle(second, (end.x, end.y))
        let ab = middle(a, b), bc = middle(b, c)
        let centre = middle(ab, bc)
        cairo_move_to(context, start.x, start.y)
        cairo_curve_to(context, a.x, a.y, ab.x, ab.y, centre.x, centre.y)
        cairo_set_line_width(context, start.width * 0.75 + end.width * 0.25)
        cairo_stroke(context)
        cairo_move_to(context, centre.x, centre.y)
        cairo_curve_to(context, bc.x, bc.y, c.x, c.y, end.x, end.y)
        cairo_set_line_width(context, start.width * 0.25 + end.width * 0.75)
        cairo_stroke(context)
    }
}
