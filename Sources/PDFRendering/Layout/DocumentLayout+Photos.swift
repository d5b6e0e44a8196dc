import Documents

extension DocumentLayout {
    /// In a grid of two, or of three where there are many; places of one size, whatever the photos' shapes.
    mutating func addPhotos(_ photos: [DocumentForm.Photo]) {
        let perStrip = photos.count > 6 ? 3 : 2
        let gap = 12.0
        let width = (style.width - gap * Double(perStrip - 1)) / Double(perStrip)
        for start in stride(from: 0, to: photos.count, by: perStrip) {
            let row = photos[start..<min(start + perStrip, photos.count)]
            var strip = Strip(stacks: row.enumerated().map { index, photo in
                let path = structure.root + [structure.element(.group)]
                var parts = [Part(.picture(photo.picture, height: width * 0.75, frame: .photo), path + [structure.element(.figure)])]
                if !photo.caption.isEmpty {
                    let caption = typesetter.text(photo.caption, style.small, width: width)
                    parts += [.space(3), Part(caption, path + [structure.element(.caption)])]
                }
                return Strip.Stack(x: Double(index) * (width + gap), width: width, parts: parts)
            })
            strip.spaceBefore = start == 0 ? spaceBefore : 10
            append(strip)
        }
    }
}
