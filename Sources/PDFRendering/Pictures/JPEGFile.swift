/// A JPEG file by its segments (ITU-T T.81, annex B), without decoding it.
///
/// `embedded` is the same picture without what its makers wrote beside it: a phone's photo says where it was taken, and
/// may carry a film behind its end; neither is for whoever is sent the document.
struct JPEGFile {
    private(set) var header = PictureHeader(format: .jpeg, width: 0, height: 0)
    /// 1 for grey, 3 for colour, 4 for printing inks.
    private(set) var components = 0
    private(set) var embedded: [UInt8] = [0xFF, 0xD8]
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) throws(PictureFailure) {
        self.bytes = bytes
        guard bytes.starts(with: [0xFF, 0xD8]) else { throw .damaged }
        var place = 2
        while true {
            guard place + 1 < bytes.count, bytes[place] == 0xFF else { throw .damaged }
            let marker = bytes[place + 1]
            switch marker {
            case 0xFF: place += 1
            case 0xD9:
                guard components > 0, embedded.count > 2 else { throw .damaged }
                embedded += [0xFF, 0xD9]
                return
            case 0x01, 0xD0...0xD8: throw .damaged
            default:
                let end = try segmentEnd(at: place)
                try take(marker, place..<end)
                place = marker == 0xDA ? try takeScan(from: end) : end
            }
        }
    }

    private func segmentEnd(at place: Int) throws(PictureFailure) -> Int {
        guard place + 3 < bytes.count else { throw .damaged }
        let length = Int(bytes[place + 2]) << 8 | Int(bytes[place + 3])
        guard length >= 2, place + 2 + length <= bytes.count else { throw .damaged }
        return place + 2 + length
    }

    private mutating func take(_ marker: UInt8, _ segment: Range<Int>) throws(PictureFailure) {
        switch marker {
        case 0xC0, 0xC1, 0xC2: try readFrame(segment)
        // Lossless, hierarchical and arithmetic frames, which readers of PDF do not know (ISO 32000-1, 7.4.8).
        case 0xC3, 0xC5...0xC7, 0xC9...0xCB, 0xCD...0xCF, 0xCC, 0xDE, 0xDF: throw .unsupported
        case 0xDA where components == 0: throw .damaged
        case 0xE1:
            if let orientation = ExifOrientation.read(bytes[segment.dropFirst(4)]) { header.orientation = orientation }
            return
        // JFIF and Adobe say how colours are meant; the other applications' segments and comments are left out.
        case 0xE0, 0xEE: break
        case 0xE2...0xED, 0xEF, 0xFE: return
        default: break
        }
        embedded += bytes[segment]
    }

    private mutating func readFrame(_ segment: Range<Int>) throws(PictureFailure) {
        let body = bytes[segment.dropFirst(4)]
        guard components == 0, body.count >= 6 else { throw .damaged }
        let at = { (offset: Int) in Int(body[body.startIndex + offset]) }
        guard at(0) == 8 else { throw .unsupported }
        header.height = at(1) << 8 | at(2)
        header.width = at(3) << 8 | at(4)
        components = at(5)
        guard header.width > 0, body.count == 6 + 3 * components else { throw .damaged }
        // A height that is said behind the first scan (DNL), and printing inks.
        guard header.height > 0, components == 1 || components == 3 else { throw .unsupported }
    }

    /// Takes what is coded up to the next marker; returns where that is.
    private mutating func takeScan(from start: Int) throws(PictureFailure) -> Int {
        var place = start
        while place + 1 < bytes.count {
            if bytes[place] != 0xFF {
                place += 1
                continue
            }
            switch bytes[place + 1] {
            case 0x00, 0xD0...0xD7: place += 2
            case 0xFF: place += 1
            default:
                embedded += bytes[start..<place]
                return place
            }
        }
        throw .damaged
    }
}
