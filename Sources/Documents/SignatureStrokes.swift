/// What a hand drew to sign, as it was drawn: the lines with time and pressure.
public struct SignatureStrokes: Hashable, Sendable {
    /// Each from where the finger or pen touched the surface to where it left it.
    public var strokes: [[Point]]

    public struct Point: Hashable, Sendable {
        /// From the left edge of the drawing area, of which the longer side is 65,535.
        public var x: UInt16
        /// From its upper edge, in the same units.
        public var y: UInt16
        /// Since the first point of the signature, in milliseconds; it stands still after 65 s.
        public var milliseconds: UInt16
        /// 0 for a surface that does not tell, up to 255.
        public var pressure: UInt8

        public init(x: UInt16, y: UInt16, milliseconds: UInt16, pressure: UInt8) {
            self.x = x
            self.y = y
            self.milliseconds = milliseconds
            self.pressure = pressure
        }
    }

    public init(_ strokes: [[Point]]) { self.strokes = strokes }

    /// What fits into 32,768 bytes, as signatures take them.
    public static let points = 4_500
    /// Lines of a signature.
    public static let lines = 500

    /// 1, then for each line its number of points and the points: x, y, milliseconds, each two bytes with the low one first, and the pressure.
    /// Nil for what is beyond the bounds.
    public var bytes: [UInt8]? {
        guard strokes.count <= Self.lines, strokes.reduce(0, { $0 + $1.count }) <= Self.points else { return nil }
        var bytes: [UInt8] = [1]
        func append(_ number: UInt16) { bytes += [UInt8(number & 0xff), UInt8(number >> 8)] }
        for stroke in strokes {
            append(UInt16(stroke.count))
            for point in stroke {
                append(point.x)
                append(point.y)
                append(point.milliseconds)
                bytes.append(point.pressure)
            }
        }
        return bytes
    }

    /// Nil for what `bytes` would not have written, and for lines without a point or that go back in time.
    public init?(bytes: [UInt8]) {
        guard bytes.first == 1, bytes.count <= 32_768 else { return nil }
        var place = 1
        func number() -> UInt16? {
            guard place + 2 <= bytes.count else { return nil }
            defer { place += 2 }
            return UInt16(bytes[place]) | UInt16(bytes[place + 1]) << 8
        }
        strokes = []
        var latest: UInt16 = 0, count = 0
        while place < bytes.count {
            guard let length = number(), length > 0, strokes.count < Self.lines else { return nil }
            count += Int(length)
            guard count <= Self.points else { return nil }
            var stroke: [Point] = []
            for _ in 0..<length {
                guard let x = number(), let y = number(), let milliseconds = number(), place < bytes.count, milliseconds >= latest else { return nil }
                stroke.append(Point(x: x, y: y, milliseconds: milliseconds, pressure: bytes[place]))
                latest = milliseconds
                place += 1
            }
            strokes.append(stroke)
        }
    }
}
