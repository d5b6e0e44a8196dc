import CPangoCairo

/// Pixels in memory, as cairo keeps them: blue, green, red and, unless it is opaque, opacity, a byte each.
final class ImageSurface {
    let pointer: OpaquePointer
    let width: Int
    let height: Int

    /// - Parameter isOpaque: white at first then, and clear otherwise.
    init(width: Int, height: Int, isOpaque: Bool) throws(PictureFailure) {
        // cairo counts pixels in 16 bits with a sign.
        guard max(width, height) <= 32_767 else { throw .tooLarge }
        let format = isOpaque ? CAIRO_FORMAT_RGB24 : CAIRO_FORMAT_ARGB32
        guard let pointer = cairo_image_surface_create(format, Int32(width), Int32(height)) else { throw .tooLarge }
        guard cairo_surface_status(pointer) == CAIRO_STATUS_SUCCESS else {
            cairo_surface_destroy(pointer)
            throw .tooLarge
        }
        self.pointer = pointer
        self.width = width
        self.height = height
    }

    /// A PNG file, whose header has been read.
    init(png bytes: [UInt8], header: PictureHeader) throws(PictureFailure) {
        guard max(header.width, header.height) <= 32_767 else { throw .tooLarge }
        let reader = ByteReader(bytes)
        let pointer = withExtendedLifetime(reader) {
            cairo_image_surface_create_from_png_stream({ reader, target, count in
                guard let reader, let target else { return CAIRO_STATUS_READ_ERROR }
                let isRead = Unmanaged<ByteReader>.fromOpaque(reader).takeUnretainedValue().read(into: target, Int(count))
                return isRead ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_READ_ERROR
            }, Unmanaged.passUnretained(reader).toOpaque())
        }
        guard let pointer else { throw .damaged }
        guard cairo_surface_status(pointer) == CAIRO_STATUS_SUCCESS else {
            cairo_surface_destroy(pointer)
            throw .damaged
        }
        self.pointer = pointer
        width = header.width
        height = header.height
    }

    deinit { cairo_surface_destroy(pointer) }

    /// Reads or writes its pixels, given the bytes from a line to the next.
    func withPixels<R>(_ body: (UnsafeMutablePointer<UInt8>?, Int) -> R) -> R {
        cairo_surface_flush(pointer)
        defer { cairo_surface_mark_dirty(pointer) }
        return body(cairo_image_surface_get_data(pointer), Int(cairo_image_surface_get_stride(pointer)))
    }

    /// The same picture on white, its longer side of so many pixels at most.
    func reduced(to side: Int) throws(PictureFailure) -> ImageSurface {
        let scale = min(1, Double(side) / Double(max(width, height)))
        let target = try ImageSurface(
            width: max(1, Int(Double(width) * scale)), height: max(1, Int(Double(height) * scale)), isOpaque: true)
        guard let context = cairo_create(target.pointer) else { throw .tooLarge }
        defer { cairo_destroy(context) }
        cairo_set_source_rgb(context, 1, 1, 1)
        cairo_paint(context)
        cairo_scale(context, Double(target.width) / Double(width), Double(target.height) / Double(height))
        cairo_set_source_surface(context, pointer, 0, 0)
        cairo_pattern_set_filter(cairo_get_source(context), CAIRO_FILTER_BEST)
        // Pixels at the edges are mixed with themselves, not with nothing.
        cairo_pattern_set_extend(cairo_get_source(context), CAIRO_EXTEND_PAD)
        cairo_paint(context)
        guard cairo_status(context) == CAIRO_STATUS_SUCCESS else { throw .tooLarge }
        return target
    }

    /// Has cairo write these bytes of a JPEG into a PDF in place of the pixels.
    func attach(jpeg bytes: [UInt8]) throws(PictureFailure) { try attach(bytes, as: CAIRO_MIME_TYPE_JPEG) }

    /// Surfaces of the same name are written once into a PDF.
    func attach(name: String) throws(PictureFailure) { try attach(Array(name.utf8), as: CAIRO_MIME_TYPE_UNIQUE_ID) }

    private func attach(_ bytes: [UInt8], as type: String) throws(PictureFailure) {
        guard let copy = malloc(max(1, bytes.count)) else { throw .tooLarge }
        copy.copyMemory(from: bytes, byteCount: bytes.count)
        let data = copy.assumingMemoryBound(to: UInt8.self)
        guard cairo_surface_set_mime_data(pointer, type, data, UInt(bytes.count), free, copy) == CAIRO_STATUS_SUCCESS else {
            free(copy)
            throw .tooLarge
        }
    }
}

/// Gives cairo the bytes of a file one after another.
private final class ByteReader {
    private let bytes: [UInt8]
    private var place = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func read(into target: UnsafeMutablePointer<UInt8>, _ count: Int) -> Bool {
        guard count <= bytes.count - place else { return false }
        bytes.withUnsafeBufferPointer { target.update(from: $0.baseAddress! + place, count: count) }
        place += count
        return true
    }
}
