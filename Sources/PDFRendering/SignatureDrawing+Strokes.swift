import Documents

extension SignatureDrawing {
    /// Cut to what was drawn, so that a small hand on a large screen can be read; nil without a line.
    public init?(_ strokes: SignatureStrokes) {
        let points = strokes.strokes.joined()
        guard let left = points.map(\.x).min(), let right = points.map(\.x).max(), let top = points.map(\.y).min(), let bottom = points.map(\.y).max() else { return nil }
        let width = Double(max(right - left, 1)), height = Double(max(bottom - top, 1))
        self.init(
            strokes: strokes.strokes.map { stroke in
                stroke.map {
                    .init(
                        x: Double($0.x - left) / width, y: Double($0.y - top) / height, time: Double($0.milliseconds),
                        pressure: Double($0.pressure) / 255)
                }
            },
            aspect: width / height)
    }
}
