import Documents

/// A drawing as a page hands it in.
///
/// `{"version":1,"strokes":[[x,y,t,p,dx,dy,dt,p,…],…]}`, in this order and without white space. Of each line the first four numbers are its first
/// point, as in `SignatureStrokes.Point`: place, milliseconds, pressure. The points that follow tell how place and time differ from those of the point
/// before, and their own pressure. Differences are short: a drawing with every point fits into a form.
enum StrokesJSON {
    /// Nil for whatever is not written exactly so, and for what `SignatureStrokes` would refuse.
    static func parse(_ text: String) -> SignatureStrokes? {
        var rest = Array(text.utf8)[...]
        guard skip(#"{"version":1,"strokes":["#, &rest) else { return nil }
        var strokes: [[SignatureStrokes.Point]] = []
        var count = 0, latest = 0
        while rest.first != UInt8(ascii: "]") {
            guard strokes.isEmpty || skip(",", &rest), skip("[", &rest), strokes.count < SignatureStrokes.lines else { return nil }
            var stroke: [SignatureStrokes.Point] = []
            var place = (x: 0, y: 0, time: 0)
            repeat {
                guard stroke.isEmpty || skip(",", &rest), count < SignatureStrokes.points, let x = number(&rest), skip(",", &rest),
                    let y = number(&rest), skip(",", &rest), let time = number(&rest), skip(",", &rest), let pressure = number(&rest)
                else { return nil }
                place = (place.x + x, place.y + y, place.time + time)
                guard place.time >= latest, let point = point(place, pressure) else { return nil }
                stroke.append(point)
                latest = place.time
                count += 1
            } while rest.first == UInt8(ascii: ",")
            guard skip("]", &rest) else { return nil }
            strokes.append(stroke)
        }
        guard skip("]}", &rest), rest.isEmpty else { return nil }
        return SignatureStrokes(strokes)
    }

    private static func point(_ place: (x: Int, y: Int, time: Int), _ pressure: Int) -> SignatureStrokes.Point? {
        guard let x = UInt16(exactly: place.x), let y = UInt16(exactly: place.y), let time = UInt16(exactly: place.time), let pressure = UInt8(exactly: pressure)
        else { return nil }
        return SignatureStrokes.Point(x: x, y: y, milliseconds: time, pressure: pressure)
    }

    private static func skip(_ text: String, _ rest: inout ArraySlice<UInt8>) -> Bool {
        guard rest.starts(with: text.utf8) else { return false }
        rest = rest.dropFirst(text.utf8.count)
        return true
    }

    /// An integer as JSON writes it, of at most five digits.
    private static func number(_ rest: inout ArraySlice<UInt8>) -> Int? {
        let isNegative = skip("-", &rest)
        let digits = rest.prefix { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
        guard (1...5).contains(digits.count), digits.count == 1 || digits.first != UInt8(ascii: "0") else { return nil }
        rest = rest.dropFirst(digits.count)
        let value = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        return isNegative ? -value : value
    }
}
