/// What the events of a document are called in its audit trail.
enum EventWords {
    static func text(_ event: String, _ language: String) -> String {
        (language.hasPrefix("es") ? spanish : english)[event] ?? event.replacing("_", with: " ")
    }

    /// Of several documents that were signed together on a device.
    static func session(_ id: String, _ language: String) -> String {
        language.hasPrefix("es") ? "firmado junto con otros documentos, sesión \(id)" : "signed together with other documents, session \(id)"
    }

    /// How people call the device on which something was written.
    static func device(_ name: String, _ language: String) -> String {
        language.hasPrefix("es") ? "llamado «\(name)»" : "called “\(name)”"
    }

    private static let english = [
        "sent": "Link sent by e-mail", "reminded": "Reminder sent by e-mail", "opened": "Opened in a browser", "presented": "Shown on a device",
        "code_sent": "One-time code sent", "code_verified": "One-time code given", "consented": "Agreed to sign electronically", "signed": "Signed",
        "declined": "Declined to sign", "withdrawn": "Request withdrawn", "expired": "Link expired", "undelivered": "Mail came back", "completed": "Completed",
    ]

    private static let spanish = [
        "sent": "Enlace enviado por correo", "reminded": "Recordatorio enviado por correo", "opened": "Abierto en un navegador",
        "presented": "Mostrado en un dispositivo", "code_sent": "Código de un solo uso enviado", "code_verified": "Código de un solo uso indicado",
        "consented": "Aceptó firmar electrónicamente", "signed": "Firmado", "declined": "Rechazó firmar", "withdrawn": "Solicitud retirada",
        "expired": "Enlace vencido", "undelivered": "El correo fue devuelto", "completed": "Completado",
    ]
}
