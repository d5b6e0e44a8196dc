import Foundation

/// Files with keys and certificates.
enum CredentialFile {
    // MARK: Writing

    /// Makes a new file that appears whole and durable, or not at all.
    static func write(_ bytes: [UInt8], to path: String, mode: mode_t) throws(PDFSigningError) {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        let draft = path + ".new"
        // What an attempt that was cut short has left is of nobody's use.
        unlink(draft)
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw failure("write", path) }
        defer {
            close(descriptor)
            unlink(draft)
        }
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { throw failure("write", path) }
            written += count
        }
        guard fchmod(descriptor, mode) == 0, fsync(descriptor) == 0 else { throw failure("write", path) }
        // A link, and no renaming: it fails where a name is taken.
        guard link(draft, path) == 0 else {
            guard errno == EEXIST else { throw failure("write", path) }
            throw PDFSigningError(.fileExists, "\(path) is there already, and is not overwritten. Load it, or move it away first.")
        }
        try synchronize(folder)
    }

    private static func synchronize(_ folder: String) throws(PDFSigningError) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open the folder", folder) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("make durable", folder) }
    }

    // MARK: Reading

    /// - Parameter secret: refused if others than owner and group may read it, or others than the owner change it.
    static func read(_ path: String, secret: Bool) throws(PDFSigningError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw failure("read", path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure("read", path) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw PDFSigningError(.io, "\(path) is no file. Name a file in PEM or PKCS #12.")
        }
        guard !secret || status.st_mode & 0o037 == 0 else {
            throw PDFSigningError(.keyExposed, "Others may read or change the key \(path). Close it: chmod 600 \(path). If they may have read it, have the certificate revoked and make a new key.")
        }
        guard status.st_size <= PDFSigningLimits.credentialFileBytes else {
            throw PDFSigningError(.tooLarge, "\(path) has \(status.st_size) bytes, more than a key or certificates need. Name a file in PEM or PKCS #12.")
        }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size)), filled = 0
        while filled < bytes.count {
            let count = bytes.withUnsafeMutableBytes { Foundation.read(descriptor, $0.baseAddress?.advanced(by: filled), $0.count - filled) }
            guard count >= 0 else { throw failure("read", path) }
            if count == 0 { break }
            filled += count
        }
        return Array(bytes.prefix(filled))
    }

    private static func failure(_ action: String, _ path: String) -> PDFSigningError {
        let code = errno
        return PDFSigningError(.io, "Could not \(action) \(path). Check that it is there and who may use it.", cause: String(cString: strerror(code)))
    }
}
