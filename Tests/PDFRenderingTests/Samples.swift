import Documents
import Foundation
import PDFRendering
import TestSupport

/// The realistic documents of `Fixtures/documents`, with what belongs to them.
enum Samples {
    static let hash = "3f2a9c0d1b7e46a58d90e1c2f3b4a5968778695a4b3c2d1e0f9e8d7c6b5a4938"
    /// 2026-11-20T17:40:00Z.
    static let created: Int64 = 1_795_196_400

    static func form(_ name: String) throws -> DocumentForm {
        let file = Fixture.root.appendingPathComponent("Fixtures/documents/\(name).json")
        return try JSONDecoder().decode(DocumentForm.self, from: Data(contentsOf: file))
    }

    /// The pictures of the fixtures, which are named by their hashes.
    static func picture(_ picture: DocumentForm.Picture) throws -> [UInt8]? {
        let kind = picture.mediaType == "image/png" ? "png" : "jpg"
        return [UInt8](try Data(contentsOf: Fixture.root.appendingPathComponent("Fixtures/documents/pictures/\(picture.hash).\(kind)")))
    }

    /// A name as a pen writes it: loops that lean, and a line below.
    static let drawing: SignatureDrawing = {
        func stroke(_ count: Int, _ place: (Double) -> (Double, Double)) -> [SignatureDrawing.Point] {
            (0..<count).map { index in
                let t = Double(index) / Double(count - 1)
                let (x, y) = place(t)
                return SignatureDrawing.Point(x: x, y: y, time: t * 900, pressure: 0.35 + 0.5 * abs(sin(t * 9)))
            }
        }
        let capital = stroke(40) { t in (0.08 + 0.10 * sin(t * 5.2) * (1 - t * 0.3) + 0.05 * t, 0.75 - 0.62 * sin(t * 3.6)) }
        let letters = stroke(160) { t in
            let a = t * 44
            return (0.16 + 0.58 * t + 0.022 * sin(a + 1.2), 0.58 - (0.13 + 0.12 * abs(sin(t * 7))) * cos(a) * (1 - t * 0.55))
        }
        let flourish = stroke(40) { t in (0.22 + 0.62 * t, 0.84 - 0.10 * sin(t * 3) - 0.05 * t) }
        return SignatureDrawing(strokes: [capital, letters, flourish], aspect: 3.4)
    }()

    static func signatures(_ language: String) -> [RenderedSignature] {
        language == "es"
            ? [
                RenderedSignature(
                    place: "customer", signer: "Íñigo Muñoz Peña", role: "Jefe de local", signedAt: "20 de noviembre de 2026, 12:21 h",
                    content: .drawn(drawing)),
                RenderedSignature(
                    place: "technician", signer: "Belén Oyarzún", role: "Técnica en refrigeración",
                    signedAt: "20 de noviembre de 2026, 12:14 h", content: .typed("Belén Oyarzún")),
            ]
            : [
                RenderedSignature(
                    place: "customer", signer: "Rosa Whitfield", role: "Building manager", signedAt: "November 20, 2026, 12:34 PM EST",
                    content: .drawn(drawing)),
                RenderedSignature(
                    place: "technician", signer: "Nadia Brandt", role: "Elevator mechanic", signedAt: "November 20, 2026, 12:29 PM EST",
                    content: .typed("Nadia Brandt")),
            ]
    }

    static func audit(_ language: String, entries: Int = 6) -> AuditTrail {
        let words = language == "es"
            ? ["Documento preparado", "Enviado para firma", "Abierto", "Consentimiento dado", "Código verificado", "Firmado"]
            : ["Document prepared", "Sent for signature", "Opened", "Consent given", "Code verified", "Signed"]
        return AuditTrail(
            summary: language == "es"
                ? "Lo que ocurrió con este documento, en su orden. Cada línea lleva el hash de las anteriores."
                : "What happened to this document, in order. Each line carries the hash of those before it.",
            entries: (0..<entries).map { index in
                AuditTrail.Entry(
                    time: "2026-11-20 15:\(10 + index % 50):07 UTC", what: words[index % words.count],
                    who: index % 2 == 0 ? "Nadia Brandt <nadia@harborlift.example>" : "Rosa Whitfield <rosa@meridian.example>",
                    origin: index % 3 == 0 ? "198.51.100.27, Converge for Android 1.4" : "203.0.113.9, Firefox 132 on macOS",
                    hash: String(String(repeating: "9c41d0e7ab52", count: 6).dropFirst(index % 8).prefix(64)))
            })
    }
}
