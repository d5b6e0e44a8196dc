import ReplicationCore

/// What the terminal asks of the device. It is done elsewhere, and what comes of it is an event.
enum Effect: Sendable, Equatable {
    case load(PageKey)
    /// Reads what a form needs to know.
    case prepare(FormRequest)
    /// One changeset.
    case write([Step])
    case explain(FieldTarget)
    /// Shows what a document says.
    case readDocument(RowID)
    case connect(Bool)
    case weather(String)
    /// The wall clock's offset, in milliseconds.
    case clock(Int64)
    case verify
    case preview
    case sync
    case sign(documents: [RowID], place: String, name: String, role: String, Drawing)
    case makeDocument(order: RowID, template: String)
    case addPhoto(order: RowID, item: RowID?, file: String)
    /// Asks a customer for a signature by a link; values are those of the request's row.
    case ask(document: RowID, contact: RowID?, [String: Value])
    case askAgain(request: RowID)
    case withdraw(request: RowID)
    case signal(String, RowID, [String: Value])
    /// What the person does now: told to others while it is so.
    case presence(String)
    case watchFrames(Bool)
    case restart
    case suspend
    case quit

    /// A form or a text opens when it is done.
    var opensDialog: Bool {
        switch self {
        case .prepare, .explain: true
        default: false
        }
    }
}

/// One write.
enum Step: Sendable, Equatable {
    case create(String, [String: Value])
    case set(String, RowID, [String: Value])
    case add(String, RowID, String, String)
    case remove(String, RowID, String, String)
    case increment(String, RowID, String, Int64)
    case resolve(RowID, String, RowID, [String: Value])
    case discard(String)
    case mend(String, RowKey, [String: Value])
}

/// A form that is to be opened.
enum FormRequest: Sendable, Equatable {
    case field(FieldTarget)
    case note(order: RowID)
    case part(order: RowID)
    /// A part that an order needs was used.
    case use(part: RowID)
    case time(order: RowID)
    case status(appointment: RowID)
    case appoint(order: RowID, appointment: RowID?, day: Int, technician: RowID?)
    case eta(appointment: RowID)
    case resolve(conflict: RowID)
    case mend(changeset: String, RowKey)
    case document(order: RowID)
    case sign(document: RowID)
    case photo(order: RowID, item: RowID? = nil)
    case ask(document: RowID)
    case interaction(account: RowID)
    case task(account: RowID)
}
