import Foundation

/// What a signature says besides who signed (ISO 32000-1, table 252). All of it is signed, and none of it is checked by readers.
public struct SignatureDetails: Sendable, Equatable {
    /// Now: the time of signing that the signer claims, and at which the certificate has to be valid.
    public var time: Date
    /// Who signed; without it, the certificate's organisation.
    public var name: String?
    public var reason: String?
    public var location: String?
    public var contact: String?
    public var place: SignaturePlace

    public init(
        time: Date, name: String? = nil, reason: String? = nil, location: String? = nil, contact: String? = nil,
        place: SignaturePlace = .invisible
    ) {
        self.time = time
        self.name = name
        self.reason = reason
        self.location = location
        self.contact = contact
        self.place = place
    }

    func check() throws(PDFSigningError) {
        for text in [name, reason, location, contact].compactMap({ $0 }) where text.utf8.count > PDFSigningLimits.textBytes {
            throw PDFSigningError(.tooLarge, "A text of the signature has \(text.utf8.count) bytes; \(PDFSigningLimits.textBytes) are the most. Shorten it.")
        }
        // Years of four digits: what a PDF's date can say.
        guard (0...253_402_300_799).contains(time.timeIntervalSince1970) else {
            throw PDFSigningError(.invalidRequest, "The time of signing is not between the years 1970 and 9999. Check the clock.")
        }
        guard case .page(let page, let rectangle) = place else { return }
        let sides = [rectangle.left, rectangle.bottom, rectangle.width, rectangle.height]
        guard page >= 0, rectangle.width > 0, rectangle.height > 0, sides.allSatisfy({ abs($0) <= 14_400 }) else {
            throw PDFSigningError(.invalidRequest, "The rectangle of the signature is no part of a page. Give a page from 0 on, and sides above 0 and of at most 14,400 points.")
        }
    }
}
