import COpenSSL

/// Memory that libcrypto writes to or reads from (a BIO).
struct MemoryBuffer {
    private let handle: Handle

    var pointer: OpaquePointer { handle.pointer }

    init() throws(PDFSigningError) {
        handle = try Handle(BIO_new(BIO_s_mem()), for: "Making room") { BIO_free_all($0) }
    }

    init(_ bytes: [UInt8]) throws(PDFSigningError) {
        try self.init()
        guard bytes.isEmpty || BIO_write(pointer, bytes, Int32(bytes.count)) == Int32(bytes.count) else {
            throw LibraryFailure.error("Copying \(bytes.count) bytes")
        }
    }

    var bytes: [UInt8] {
        var start: UnsafePointer<UInt8>?
        let count = signing_memory(pointer, &start)
        guard let start, count > 0 else { return [] }
        return Array(UnsafeBufferPointer(start: start, count: count))
    }
}
