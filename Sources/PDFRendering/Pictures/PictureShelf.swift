import CPangoCairo
import Documents

/// Fetches pictures, judges them, and makes them ready to be drawn.
///
/// None is kept: a document of 60 photos never has them all in memory as pixels.
final class PictureShelf {
    private let limits: PDFRenderingLimits
    private let mayBeMissing: Bool
    private let source: (DocumentForm.Picture) throws -> [UInt8]?
    private(set) var unshown: [UnshownPicture] = []
    private var usesOnPage: [String: Int] = [:]

    init(limits: PDFRenderingLimits, mayBeMissing: Bool, source: @escaping (DocumentForm.Picture) throws -> [UInt8]?) {
        self.limits = limits
        self.mayBeMissing = mayBeMissing
        self.source = source
    }

    enum Outcome {
        case shown(ReadyPicture)
        /// In its place, it is said why.
        case unshown(UnshownPicture.Reason)
    }

    func picture(_ picture: DocumentForm.Picture) throws(PDFRenderingError) -> Outcome {
        let bytes: [UInt8]?
        do {
            bytes = try source(picture)
        } catch {
            throw PDFRenderingError(
                .pictureUnreadable(picture), "The picture \(picture.hash) could not be read: \(error). Render again when it can be.",
                cause: error)
        }
        guard let bytes else {
            guard mayBeMissing else {
                throw PDFRenderingError(
                    .pictureMissing(picture), "The picture \(picture.hash) has not come yet; render again when it has, or make a draft.")
            }
            return note(picture, .toCome)
        }
        do throws(PictureFailure) {
            return .shown(try ready(bytes, named: name(picture)))
        } catch {
            return note(picture, error.reason)
        }
    }

    /// Has cairo write a picture once, however many pages show it; but twice for a page that shows it twice: cairo 1.16 would
    /// name it twice in the list of what the page needs.
    private func name(_ picture: DocumentForm.Picture) -> String {
        let uses = usesOnPage[picture.hash, default: 0]
        usesOnPage[picture.hash] = uses + 1
        return "\(picture.hash)/\(uses)"
    }

    func beginPage() { usesOnPage = [:] }

    private func note(_ picture: DocumentForm.Picture, _ reason: UnshownPicture.Reason) -> Outcome {
        let unshown = UnshownPicture(picture: picture, reason: reason)
        if !self.unshown.contains(unshown) { self.unshown.append(unshown) }
        return .unshown(reason)
    }

    private func ready(_ bytes: [UInt8], named name: String) throws(PictureFailure) -> ReadyPicture {
        guard bytes.count <= limits.pictureBytes else { throw .tooLarge }
        if bytes.starts(with: PictureHeader.pngSignature) { return try png(bytes, named: name) }
        if bytes.starts(with: [0xFF, 0xD8, 0xFF]) { return try jpeg(bytes, named: name) }
        throw bytes.isEmpty ? .damaged : .unsupported
    }

    private func png(_ bytes: [UInt8], named name: String) throws(PictureFailure) -> ReadyPicture {
        let header = try PictureHeader.png(bytes)
        guard header.pixels <= limits.picturePixels else { throw .tooLarge }
        let surface = try ImageSurface(png: bytes, header: header)
        if bytes.count <= limits.embeddedBytes, header.pixels <= limits.embeddedPixels {
            try surface.attach(name: name)
            return ReadyPicture(surface: surface, orientation: 1)
        }
        return try reduced(surface, named: name, orientation: 1)
    }

    private func jpeg(_ bytes: [UInt8], named name: String) throws(PictureFailure) -> ReadyPicture {
        let file = try JPEGFile(bytes)
        let header = file.header
        guard header.pixels <= limits.picturePixels else { throw .tooLarge }
        let isEmbedded = file.embedded.count <= limits.embeddedBytes && header.pixels <= limits.embeddedPixels
            && max(header.width, header.height) <= 32_767
        // Decoded even where it is embedded, if as small as can be: a reader would show nothing where a decoder fails.
        let decoded = try JPEGCodec.decode(file.embedded, header: header, side: isEmbedded ? 1 : limits.reducedSide)
        guard isEmbedded, decoded.isClean else {
            let large = isEmbedded ? try JPEGCodec.decode(file.embedded, header: header, side: limits.reducedSide) : decoded
            return try reduced(large.surface, named: name, orientation: header.orientation)
        }
        // Its pixels are never touched, so they take no memory.
        let surface = try ImageSurface(width: header.width, height: header.height, isOpaque: true)
        try surface.attach(jpeg: file.embedded)
        try surface.attach(name: name)
        return ReadyPicture(surface: surface, orientation: header.orientation)
    }

    private func reduced(_ surface: ImageSurface, named name: String, orientation: Int) throws(PictureFailure) -> ReadyPicture {
        let small = try surface.reduced(to: limits.reducedSide)
        try small.attach(jpeg: try JPEGCodec.encode(small, quality: limits.reducedQuality))
        try small.attach(name: name)
        return ReadyPicture(surface: small, orientation: orientation)
    }
}
