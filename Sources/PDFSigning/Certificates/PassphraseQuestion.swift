/// Answers libcrypto, which asks for a passphrase while it reads, and would otherwise ask on the terminal.
final class PassphraseQuestion {
    private let passphrase: [UInt8]?
    private(set) var wasAsked = false

    init(_ passphrase: String?) { self.passphrase = passphrase.map { Array($0.utf8) } }

    static let answer: @convention(c) (UnsafeMutablePointer<CChar>?, Int32, Int32, UnsafeMutableRawPointer?) -> Int32 = {
        buffer, size, _, context in
        guard let buffer, let context else { return -1 }
        let question = Unmanaged<PassphraseQuestion>.fromOpaque(context).takeUnretainedValue()
        question.wasAsked = true
        guard let passphrase = question.passphrase, passphrase.count <= Int(size) else { return -1 }
        for (index, byte) in passphrase.enumerated() { buffer[index] = CChar(bitPattern: byte) }
        return Int32(passphrase.count)
    }
}
