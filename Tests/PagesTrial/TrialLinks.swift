import CustomerPages
import Documents
import Foundation
import TestSupport

/// Links of every kind with the documents of `Fixtures/documents`.
public enum TrialLinks {
    public static let harbor = PageSender(name: "Harbor Lift Company, Inc.", lines: ["+1 (718) 555-0142", "service@harborlift.example"])
    public static let austral = PageSender(name: "Frío Austral Refrigeración SpA", lines: ["+56 65 255 0143", "servicio@frioaustral.example"])

    public static func form(_ name: String) throws -> DocumentForm {
        try JSONDecoder().decode(DocumentForm.self, from: Data(contentsOf: Fixture.root.appendingPathComponent("Fixtures/documents/\(name).json")))
    }

    public static func document(_ name: String, id: String, state: SigningDocument.State = .open) throws -> SigningDocument {
        let form = try form(name)
        let place = form.places.first { $0.name == "customer" } ?? form.places.first ?? .init(name: "customer", label: "For the customer", consent: "I agree.")
        return SigningDocument(id: id, form: form, hash: "3f2a9c0d1b7e46a58d90e1c2f3b4a5968778695a4b3c2d1e0f9e8d7c6b5a4938", place: place, state: state)
    }

    public static func english(code: CodeDemand? = nil) throws -> SigningView {
        SigningView(
            sender: harbor, language: "en", signerName: "Rosa Whitfield", message: "Elevator 2 is running again. Please look at the photos of the belt.\nNadia",
            documents: [try document("service-report.en", id: "d-1")], expires: "December 6, 2026, 6:00 PM", code: code)
    }

    public static func spanish() throws -> SigningView {
        SigningView(
            sender: austral, language: "es-CL", signerName: "Íñigo Muñoz Peña", documents: [try document("service-report.es", id: "d-2")],
            expires: "6 de diciembre de 2026, 18:00 h")
    }

    public static func several() throws -> SigningView {
        SigningView(
            sender: harbor, language: "en-US", signerName: "Rosa Whitfield", documents: [
                try document("service-report.en", id: "d-1", state: .signed(by: "Rosa Whitfield", at: "November 21, 2026, 9:12 AM")),
                try document("contract-long.en", id: "d-3"), try document("form", id: "d-4"),
            ], expires: "December 6, 2026, 6:00 PM")
    }

    public static func visit(_ status: TrackingView.Status = .enRoute, language: String = "en", arrival: String? = "about 10:40 AM") -> TrackingView {
        TrackingView(
            sender: harbor, language: language, title: "Lift 3 does not close its doors", status: status, window: "Monday, November 23, 10:00 – 12:00",
            arrival: arrival, technician: "Nadia", position: .init(latitude: 40.6862, longitude: -73.9776), updated: "10:12 AM")
    }

    public static func survey(language: String = "en") -> SurveyView { SurveyView(sender: harbor, language: language, title: "Lift 3 does not close its doors") }

    public static func copies() -> CopiesView {
        CopiesView(sender: harbor, language: "en", documents: [
            .init(id: "d-1", title: "Service report WO-2026-04417", signedAt: "November 22, 2026, 2:04 PM", isReady: true, awaitsOthers: false),
            .init(id: "d 3/ü", title: "Maintenance contract C-2026-0093", signedAt: "November 22, 2026, 2:04 PM", isReady: false, awaitsOthers: true),
        ], mailedTo: "r…@meridian.example")
    }

    /// The pictures that the documents show, but for one that has not come yet.
    public static func addPictures(to links: MemoryLinks, without missing: String = "") throws {
        let folder = Fixture.root.appendingPathComponent("Fixtures/documents/pictures")
        for file in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
            let parts = file.split(separator: ".").map(String.init)
            guard parts[0] != missing else { continue }
            let bytes = [UInt8](try Data(contentsOf: folder.appendingPathComponent(file)))
            links.add(PagePicture(bytes: bytes, mediaType: parts[1] == "png" ? "image/png" : "image/jpeg"), hash: parts[0])
        }
    }
}
