/// Red, green and blue, 0...1 each.
struct Colour: Equatable {
    var red: Double
    var green: Double
    var blue: Double

    init(_ red: Double, _ green: Double, _ blue: Double) {
        self.red = red
        self.green = green
        self.blue = blue
    }

    init(grey: Double) { self.init(grey, grey, grey) }
}
