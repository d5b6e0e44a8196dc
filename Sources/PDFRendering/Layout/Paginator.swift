/// Lays strips onto pages.
///
/// Strips that keep together (a heading with what it is above of, a table's first rows with its header, its last row with
/// the total) go to the next page together. Nothing is left out: what is longer than a page goes on on the next.
struct Paginator {
    struct Placed {
        var strip: Strip
        /// From the top of the text.
        var y: Double
    }

    private(set) var pages: [[Placed]] = [[]]
    private let bodyHeight: Double
    private let limit: Int
    private let structure: Structure
    /// Where the next strip stands.
    private var y = 0.0
    /// Nothing but repeated headers stands on the page.
    private var isFresh = true

    init(bodyHeight: Double, pages: Int, structure: Structure) {
        self.bodyHeight = bodyHeight
        limit = pages
        self.structure = structure
    }

    mutating func place(_ strips: [Strip]) throws(PDFRenderingError) {
        var start = 0
        while start < strips.count {
            var end = start + 1
            while end < strips.count, strips[end - 1].keepsWithNext, !strips[end].startsPage { end += 1 }
            try place(chain: strips[start..<end])
            start = end
        }
    }

    private mutating func place(chain: ArraySlice<Strip>) throws(PDFRenderingError) {
        guard let first = chain.first, let last = chain.last else { return }
        if first.startsPage, !isFresh { try newPage(before: first) }
        if fits(chain) { return chain.forEach { put($0) } }
        let before = chain.dropLast()
        if fits(before), mayPart(last, in: room(after: before, for: last)),
            let parts = last.split(at: room(after: before, for: last), structure)
        {
            before.forEach { put($0) }
            put(parts.0)
            try newPage(before: parts.1)
            return try place(single: parts.1)
        }
        guard isFresh else {
            try newPage(before: first)
            return try place(chain: chain)
        }
        // Longer than a page.
        for strip in chain { try place(single: strip) }
    }

    private mutating func place(single strip: Strip) throws(PDFRenderingError) {
        var strip = strip
        while !fits([strip]) {
            let room = room(after: [], for: strip)
            if mayPart(strip, in: room) || isFresh, let parts = strip.split(at: room, structure) {
                put(parts.0)
                strip = parts.1
            } else if isFresh {
                // Nothing of it can stand on a page of its own; no strip is made so.
                break
            }
            try newPage(before: strip)
        }
        put(strip)
    }

    /// What is longer than a page begins where there is a quarter of one for it.
    private func mayPart(_ strip: Strip, in room: Double) -> Bool {
        strip.breaksFreely || strip.height > bodyHeight && room > bodyHeight / 4
    }

    private func fits(_ strips: ArraySlice<Strip>) -> Bool {
        var end = y, isFresh = isFresh
        for strip in strips {
            end += (isFresh ? 0 : strip.spaceBefore) + strip.height
            isFresh = false
        }
        return end <= bodyHeight + 0.01
    }

    private func room(after strips: ArraySlice<Strip>, for last: Strip) -> Double {
        var end = y, isFresh = isFresh
        for strip in strips {
            end += (isFresh ? 0 : strip.spaceBefore) + strip.height
            isFresh = false
        }
        return bodyHeight - end - (isFresh ? 0 : last.spaceBefore)
    }

    private mutating func put(_ strip: Strip) {
        if !isFresh { y += strip.spaceBefore }
        pages[pages.count - 1].append(Placed(strip: strip, y: y))
        y += strip.height
        isFresh = false
    }

    private mutating func newPage(before strip: Strip) throws(PDFRenderingError) {
        guard pages.count < limit else {
            throw PDFRenderingError(
                .tooLarge, "The document has more than \(limit) pages; make several documents of it, or shorten its texts.")
        }
        pages.append([])
        y = 0
        let repeated = strip.repeated.map(\.unread)
        // A header that leaves no room for what it is above of is not repeated.
        if repeated.reduce(0, { $0 + $1.height }) < bodyHeight / 4 { repeated.forEach { put($0) } }
        isFresh = true
    }
}
