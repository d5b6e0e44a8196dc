import CPangoCairo

/// A picture that can be drawn.
struct ReadyPicture {
    let surface: ImageSurface
    /// As in `PictureHeader`.
    let orientation: Int

    private var isTurned: Bool { orientation >= 5 }
    /// As it is looked at, in pixels.
    var width: Double { Double(isTurned ? surface.height : surface.width) }
    var height: Double { Double(isTurned ? surface.width : surface.height) }

    /// The largest place of its shape in another, in the middle of it. A pixel is never larger than `largestPixel` points.
    func place(in box: Box, largestPixel: Double = 1.5, isAtLeading: Bool = false) -> Box {
        let scale = min(box.width / width, box.height / height, largestPixel)
        let size = (width: max(0.5, width * scale), height: max(0.5, height * scale))
        return Box(
            x: isAtLeading ? box.x : box.x + (box.width - size.width) / 2, y: box.y + (box.height - size.height) / 2,
            width: size.width, height: size.height)
    }

    func draw(in box: Box, on context: OpaquePointer) {
        cairo_save(context)
        defer { cairo_restore(context) }
        cairo_translate(context, box.x, box.y)
        cairo_scale(context, box.width / width, box.height / height)
        var matrix = turning
        cairo_transform(context, &matrix)
        cairo_set_source_surface(context, surface.pointer, 0, 0)
        cairo_paint(context)
    }

    /// From stored pixels to those that are looked at.
    private var turning: cairo_matrix_t {
        let w = Double(surface.width), h = Double(surface.height)
        return switch orientation {
        case 2: cairo_matrix_t(xx: -1, yx: 0, xy: 0, yy: 1, x0: w, y0: 0)
        case 3: cairo_matrix_t(xx: -1, yx: 0, xy: 0, yy: -1, x0: w, y0: h)
        case 4: cairo_matrix_t(xx: 1, yx: 0, xy: 0, yy: -1, x0: 0, y0: h)
        case 5: cairo_matrix_t(xx: 0, yx: 1, xy: 1, yy: 0, x0: 0, y0: 0)
        case 6: cairo_matrix_t(xx: 0, yx: 1, xy: -1, yy: 0, x0: h, y0: 0)
        case 7: cairo_matrix_t(xx: 0, yx: -1, xy: -1, yy: 0, x0: h, y0: w)
        case 8: cairo_matrix_t(xx: 0, yx: -1, xy: 1, yy: 0, x0: 0, y0: w)
        default: cairo_matrix_t(xx: 1, yx: 0, xy: 0, yy: 1, x0: 0, y0: 0)
        }
    }
}

/// A place on a page, in points from its top left.
struct Box: Equatable {
    var x: Double
    var y: Double
    var width: Double
    var height: Double
}
