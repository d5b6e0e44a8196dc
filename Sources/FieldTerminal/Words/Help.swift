/// What `?` says: short, and complete.
enum Help {
    static func lines(for model: TerminalModel) -> [String] {
        let here = model.page.hints.map { "  \($0.key.padded(8)) \($0.word)\($0.more.isEmpty ? "" : ": \($0.more)")" }
        return model.language == .english ? ["On this page:"] + here + english : ["En esta página:"] + here + spanish
    }

    private static let english = [
        "Everywhere:",
        "  1 to 9   the pages in the head", "  ↑↓ j k   move; PgUp PgDn, g and G for the first and last line", "  ←→ tab   next tab",
        "  enter    open, or edit the field", "  esc q    back; q on the first page quits, as Ctrl-C does", "  x        explain: why a field shows what it shows, and what lost",
        "  /        filter a list; esc shows all again", "  o        go offline, or online", "  n        network, clock, preview, compare, kill and restart",
        "  r        sync now", "  ctrl-z   stop, and go on with fg",
        "Marks:",
        "  ↑        written here, and not confirmed by the hub: it waits, and is never lost",
        "  ⚠        two people wrote it without seeing each other: settle it under Conflicts",
        "  ✗        the hub did not accept it: mend or discard it under Refused",
        "The second line:",
        "  lag      since when this device has not been in step with the hub; 0 s when it is",
        "  at       the last checkpoint: the hub's sequence up to which everything is here",
        "  ↓ ↑      bytes received and sent since the start",
        "In forms:",
        "  tab      next field; enter saves, esc lets go", "  ←→       choose from a list; or type what the label holds", "  ctrl-u   empties what is typed",
        "  marked   what is typed takes its place; arrows and backspace keep it",
        "  time     08:30, or 2026-06-15 08:30. Sets: words with commas between",
        "Everything that is written is kept here at once, and goes to the hub when there is a connection.",
    ]

    private static let spanish = [
        "En todas partes:",
        "  1 a 9    las páginas de la cabecera", "  ↑↓ j k   mover; RePág AvPág, g y G para la primera y la última línea", "  ←→ tab   pestaña siguiente",
        "  intro    abrir, o editar el campo", "  esc q    atrás; q en la primera página sale, como Ctrl-C", "  x        explicar: por qué un campo muestra lo que muestra, y qué perdió",
        "  /        filtrar una lista; esc la muestra entera", "  o        desconectar o conectar", "  n        red, reloj, vista previa, comparar, matar y arrancar",
        "  r        sincronizar ahora", "  ctrl-z   parar, y seguir con fg",
        "Marcas:",
        "  ↑        escrito aquí y sin confirmar por el hub: espera, y nunca se pierde",
        "  ⚠        dos personas lo escribieron sin verse: resuélvelo en Conflictos",
        "  ✗        el hub no lo aceptó: corrígelo o descártalo en Rechazos",
        "La segunda línea:",
        "  retraso  desde cuándo este dispositivo no va al paso del hub; 0 s cuando va",
        "  en       el último punto: la secuencia del hub hasta la que todo está aquí",
        "  ↓ ↑      bytes recibidos y enviados desde el arranque",
        "En formularios:",
        "  tab      campo siguiente; intro guarda, esc cancela", "  ←→       elegir de una lista; o escribe lo que dice la etiqueta", "  ctrl-u   vacía lo escrito",
        "  marcado  lo que se escribe lo sustituye; flechas y retroceso lo dejan",
        "  hora     08:30, o 2026-06-15 08:30. Conjuntos: palabras entre comas",
        "Todo lo escrito queda aquí al momento, y va al hub cuando hay conexión.",
    ]
}

extension String {
    func padded(_ columns: Int) -> String { self + String(repeating: " ", count: max(columns - count, 0)) }
}
