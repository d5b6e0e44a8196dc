import Hummingbird

/// What a connection tells of whoever asks.
struct PageRequestContext: InitializableFromSource {
    /// IP address at the other end; nil if the connection has none.
    let peer: String?

    init(source: ApplicationRequestContextSource) { peer = source.channel.remoteAddress?.ipAddress }
}
