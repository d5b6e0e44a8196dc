/// The renderer's own words, in one language. All other texts come with the form.
struct Wording {
    /// With `{page}` and `{pages}`.
    var page: String
    var draft: String
    /// What stands below an empty line to sign on.
    var toSign: String
    var signedBy: String
    var declined: String
    var declinedBy: String
    var reason: String
    var auditTrail: String
    var documentHash: String
    var hash: String
    /// The banner of a document of which rows have changed since.
    var earlierVersion: String
    var changed: String
    var pictureDamaged: String
    var pictureUnsupported: String
    var pictureTooLarge: String
    var pictureToCome: String

    func page(_ page: Int, of pages: Int) -> String {
        self.page.split(separator: "{", omittingEmptySubsequences: false).map { part in
            if part.hasPrefix("pages}") { return "\(pages)" + part.dropFirst(6) }
            if part.hasPrefix("page}") { return "\(page)" + part.dropFirst(5) }
            return String(part)
        }.joined()
    }

    func unshown(_ reason: UnshownPicture.Reason) -> String {
        switch reason {
        case .damaged: pictureDamaged
        case .unsupported: pictureUnsupported
        case .tooLarge: pictureTooLarge
        case .toCome: pictureToCome
        }
    }

    /// English for a language that is not in the table.
    static func of(_ language: String) -> Wording { table[LanguageTag.primary(language)] ?? english }

    /// By the first part of the language's tag. Another language is another entry.
    private static let table = ["en": english, "es": spanish]

    private static let english = Wording(
        page: "Page {page} of {pages}",
        draft: "Draft",
        toSign: "Name, date and signature",
        signedBy: "Signed by",
        declined: "Declined",
        declinedBy: "Declined by",
        reason: "Reason:",
        auditTrail: "Audit trail",
        documentHash: "SHA-256 of the document",
        hash: "Hash:",
        earlierVersion: "What was signed is an earlier version: some of what it says has changed since.",
        changed: "Changed since:",
        pictureDamaged: "This picture is damaged and cannot be shown.",
        pictureUnsupported: "This picture is of a kind that cannot be shown.",
        pictureTooLarge: "This picture is too large to be shown.",
        pictureToCome: "This picture has not arrived yet.")

    private static let spanish = Wording(
        page: "Página {page} de {pages}",
        draft: "Borrador",
        toSign: "Nombre, fecha y firma",
        signedBy: "Firmado por",
        declined: "Rechazado",
        declinedBy: "Rechazado por",
        reason: "Motivo:",
        auditTrail: "Registro de auditoría",
        documentHash: "SHA-256 del documento",
        hash: "Hash:",
        earlierVersion: "Lo firmado es una versión anterior: parte de su contenido ha cambiado desde entonces.",
        changed: "Ha cambiado:",
        pictureDamaged: "Esta imagen está dañada y no se puede mostrar.",
        pictureUnsupported: "Esta imagen es de un tipo que no se puede mostrar.",
        pictureTooLarge: "Esta imagen es demasiado grande para mostrarla.",
        pictureToCome: "Esta imagen todavía no ha llegado.")
}
