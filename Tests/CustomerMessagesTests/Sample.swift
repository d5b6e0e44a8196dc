import CustomerMessages

/// Facts as they come from day to day, and what is done to them in tests.
enum Sample {
    static let languages = ["en", "es"]
    /// As long as real ones are: a host and 64 digits.
    static let link = "https://sign.harborlift.example/s/" + String(repeating: "4f", count: 32)

    static func template(_ kind: MessageKind, _ language: String) throws -> MessageTemplate {
        try MessageTemplate.read(MessageTemplate.shipped["\(kind.rawValue).\(language)"] ?? "")
    }

    /// All that a message can tell.
    static func facts(_ language: String) -> MessageFacts {
        let isSpanish = language == "es"
        return MessageFacts(
            sender: "Harbor Lift & Plumbing", senderLines: ["7 Quay Street", "+1 555 0100"], reader: isSpanish ? "Martín Ibáñez" : "Martin O’Neill",
            link: link, asker: "Nadia Berg", note: isSpanish ? "Gracias por recibirnos tan temprano." : "Thank you for having us so early.",
            documents: isSpanish ? ["Informe de servicio 2041", "Acta de recepción 2041"] : ["Service report 2041", "Acceptance 2041"],
            done: isSpanish ? "Se cambió el operador de puertas y se probó el ascensor 3." : "The door operator was replaced, and lift 3 was tested.",
            expires: isSpanish ? "5 de diciembre de 2026, 18:00" : "December 5, 2026 at 6:00\u{202F}PM", code: "402913", minutes: "10",
            attachment: isSpanish ? "informe-2041.pdf" : "report-2041.pdf", title: isSpanish ? "El ascensor 3 no cierra" : "Lift 3 does not close its doors",
            site: isSpanish ? "Torre Sur, Av. Matta 12" : "South Tower, 12 Matta Ave",
            window: isSpanish ? "lunes 23 de noviembre, 10:00 a 12:00" : "Monday, November 23, 10:00\u{202F}AM to 12:00\u{202F}PM", technician: "Nadia",
            arrival: isSpanish ? "hoy a las 11:40" : "today at 11:40\u{202F}AM", formerArrival: isSpanish ? "10:50" : "10:50\u{202F}AM")
    }
}

extension MessageFact {
    /// The same facts with another value, or without it.
    func put(_ value: String?, into facts: inout MessageFacts) {
        switch self {
        case .reader: facts.reader = value
        case .sender: facts.sender = value ?? ""
        case .link: facts.link = value
        case .asker: facts.asker = value
        case .note: facts.note = value
        case .documents: facts.documents = value.map { [$0, $0] } ?? []
        case .done: facts.done = value
        case .expires: facts.expires = value
        case .code: facts.code = value
        case .minutes: facts.minutes = value
        case .attachment: facts.attachment = value
        case .title: facts.title = value
        case .site: facts.site = value
        case .window: facts.window = value
        case .technician: facts.technician = value
        case .arrival: facts.arrival = value
        case .formerArrival: facts.formerArrival = value
        }
    }
}
