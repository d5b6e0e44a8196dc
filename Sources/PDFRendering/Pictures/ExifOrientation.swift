/// How a photo is turned (Exif 2.32, 4.6.4, tag 0x0112): all that is read of what a camera says.
enum ExifOrientation {
    /// - Parameter segment: of APP1, behind its length. Nil if it says nothing that can be understood.
    static func read(_ segment: ArraySlice<UInt8>) -> Int? {
        guard segment.starts(with: Array("Exif\0\0".utf8)) else { return nil }
        let tiff = Array(segment.dropFirst(6))
        guard tiff.count >= 8 else { return nil }
        let isLittle: Bool
        switch (tiff[0], tiff[1]) {
        case (0x49, 0x49): isLittle = true
        case (0x4D, 0x4D): isLittle = false
        default: return nil
        }
        let number = { (place: Int, length: Int) -> Int? in
            guard place >= 0, place + length <= tiff.count else { return nil }
            let bytes = tiff[place..<place + length]
            return isLittle ? bytes.reversed().reduce(0) { $0 << 8 | Int($1) } : bytes.reduce(0) { $0 << 8 | Int($1) }
        }
        guard number(2, 2) == 42, let directory = number(4, 4), let count = number(directory, 2) else { return nil }
        // A directory of more entries than a segment has room for ends where the segment does.
        for entry in 0..<count {
            let place = directory + 2 + 12 * entry
            guard let tag = number(place, 2), let type = number(place + 2, 2), let value = number(place + 8, 2) else { return nil }
            if tag == 0x0112 { return type == 3 && (1...8).contains(value) ? value : nil }
        }
        return nil
    }
}
