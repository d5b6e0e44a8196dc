import CPangoCairo

/// Takes what cairo writes, up to a bound.
final class ByteSink {
    private(set) var bytes: [UInt8] = []
    private(set) var isFull = false
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    private func take(_ more: UnsafeBufferPointer<UInt8>) -> Bool {
        guard !isFull, more.count <= limit - bytes.count else {
            isFull = true
            return false
        }
        bytes.append(contentsOf: more)
        return true
    }

    /// For cairo, which is given the sink as its closure and must not outlive it.
    static let write: cairo_write_func_t = { sink, data, count in
        guard let sink, let data else { return CAIRO_STATUS_WRITE_ERROR }
        let isTaken = Unmanaged<ByteSink>.fromOpaque(sink).takeUnretainedValue().take(UnsafeBufferPointer(start: data, count: Int(count)))
        return isTaken ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR
    }
}
