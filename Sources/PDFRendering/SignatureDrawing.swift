/// A signature drawn by hand.
public struct SignatureDrawing: Sendable {
    /// From pen down to pen up each, in the order in which they were drawn.
    public var strokes: [[Point]]
    /// Of the area that it was drawn in: its width divided by its height.
    public var aspect: Double

    /// A place of the pen. What is not a number is drawn as 0, and what is outside of its range as the range's end.
    public struct Point: Sendable {
        /// From the left of the drawing area, 0...1.
        public var x: Double
        /// From its top, 0...1.
        public var y: Double
        /// In milliseconds since the pen first touched. Nothing that is drawn follows from it.
        public var time: Double
        /// 0...1; the same everywhere if the device cannot feel it.
        public var pressure: Double

        public init(x: Double, y: Double, time: Double, pressure: Double) {
            self.x = x
            self.y = y
            self.time = time
            self.pressure = pressure
        }
    }

    public init(strokes: [[Point]], aspect: Double) {
        self.strokes = strokes
        self.aspect = aspect
    }
}
