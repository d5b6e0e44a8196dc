/// What the first bytes of a picture say about it, read before anything is decoded.
struct PictureHeader: Equatable {
    enum Format: Equatable { case png, jpeg }

    var format: Format
    /// In pixels, as stored.
    var width: Int
    var height: Int
    /// How it is turned to be looked at (Exif, tag 0x0112): 1 for as it is stored, up to 8.
    var orientation = 1

    var pixels: Int { width * height }

    /// PNG, third edition, 11.2.1: the signature, then IHDR.
    static func png(_ bytes: [UInt8]) throws(PictureFailure) -> PictureHeader {
        guard bytes.count >= 33, bytes[8..<16].elementsEqual([0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]) else { throw .damaged }
        let number = { (place: Int) in bytes[place..<place + 4].reduce(0) { $0 << 8 | Int($1) } }
        let width = number(16), height = number(20)
        guard (1...0x7FFF_FFFF).contains(width), (1...0x7FFF_FFFF).contains(height) else { throw .damaged }
        return PictureHeader(format: .png, width: width, height: height)
    }

    static let pngSignature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
}

/// Why a picture cannot be shown.
enum PictureFailure: Error {
    case damaged, unsupported, tooLarge

    var reason: UnshownPicture.Reason {
        switch self {
        case .damaged: .damaged
        case .unsupported: .unsupported
        case .tooLarge: .tooLarge
        }
    }
}
