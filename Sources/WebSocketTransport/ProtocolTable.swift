import CLibwebsockets
import ReplicationEngine

/// The C tables that a context refers to as long as it lives.
final class ProtocolTable {
    let pointer: UnsafeMutablePointer<lws_protocols>
    /// Turns the library's own keepalive off; the loop pings by itself.
    let noKeepalive: UnsafeMutablePointer<lws_retry_bo_t>
    private let count: Int

    init(names: [String], limits: TransportLimits, strings: CStrings) {
        count = names.count + 1
        pointer = .allocate(capacity: count)
        // The last entry stays zero; that ends the table.
        pointer.initialize(repeating: lws_protocols(), count: count)
        for (index, name) in names.enumerated() {
            pointer[index].name = strings(name)
            pointer[index].callback = serviceCallback
            pointer[index].rx_buffer_size = LibrarySizes.receivePiece
            // One packed frame goes to the socket in one call.
            pointer[index].tx_packet_size = max(limits.packedBytes, LibrarySizes.serviceBuffer) + LibrarySizes.writePrefix
        }
        noKeepalive = .allocate(capacity: 1)
        noKeepalive.initialize(to: lws_retry_bo_t())
    }

    deinit {
        pointer.deinitialize(count: count)
        pointer.deallocate()
        noKeepalive.deinitialize(count: 1)
        noKeepalive.deallocate()
    }
}

/// Every callback of the library. It only finds the loop, if the thread has one at the moment.
private func serviceCallback(
    socket: OpaquePointer?, reason: lws_callback_reasons, user: UnsafeMutableRawPointer?,
    input: UnsafeMutableRawPointer?, length: Int
) -> Int32 {
    guard let socket, let context = lws_get_context(socket), let address = lws_context_user(context) else { return 0 }
    // Alive: it never ends, and the library calls back only on this thread.
    let thread = Unmanaged<ServiceThread>.fromOpaque(address).takeUnretainedValue()
    return thread.loop?.handle(reason, socket: socket, input: UnsafeRawBufferPointer(start: input, count: length)) ?? 0
}
