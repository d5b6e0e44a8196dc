import Glibc

/// C strings that live as long as the library may look at them.
///
/// libwebsockets keeps the pointers of vhost and protocol names instead of copying the text.
final class CStrings {
    private var pointers: [UnsafeMutablePointer<CChar>] = []

    func callAsFunction(_ text: String) -> UnsafePointer<CChar> {
        guard let copy = strdup(text) else { preconditionFailure("out of memory") }
        pointers.append(copy)
        return UnsafePointer(copy)
    }

    deinit {
        for pointer in pointers { free(pointer) }
    }
}
