import COpenSSL

/// An object of libcrypto, freed with the last who holds it.
///
/// `@unchecked Sendable`: what is shared between threads are certificates and keys, which nothing here changes once
/// they are made; libcrypto locks what it caches within them.
final class Handle: @unchecked Sendable {
    let pointer: OpaquePointer
    private let free: @Sendable (OpaquePointer) -> Void

    /// Takes over the object.
    ///
    /// - Throws: what libcrypto said, if there is none.
    init(
        _ pointer: OpaquePointer?, for what: String, free: @escaping @Sendable (OpaquePointer) -> Void
    ) throws(PDFSigningError) {
        guard let pointer else { throw LibraryFailure.error(what) }
        self.pointer = pointer
        self.free = free
    }

    deinit { free(pointer) }
}
