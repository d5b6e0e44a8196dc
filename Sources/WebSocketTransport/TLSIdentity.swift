import Glibc

/// What a listener proves itself with.
public struct TLSIdentity: Sendable, Equatable {
    /// PEM file: the hub's certificate first, then the intermediate ones.
    public var certificateFile: String
    /// PEM file with the private key of the first certificate, without a passphrase.
    public var keyFile: String

    public init(certificateFile: String, keyFile: String) {
        self.certificateFile = certificateFile
        self.keyFile = keyFile
    }

    func checkReadable() throws(WebSocketTransportError) {
        try checkFileReadable(certificateFile, what: "certificate")
        try checkFileReadable(keyFile, what: "private key")
    }
}

/// Throws `certificateUnreadable` with the system's reason.
func checkFileReadable(_ path: String, what: String) throws(WebSocketTransportError) {
    guard access(path, R_OK) == 0 else {
        throw WebSocketTransportError(
            .certificateUnreadable,
            "The \(what) file '\(path)' cannot be read: \(systemMessage(errno)). Check the path and the file's permissions.")
    }
}
