/// A fact by the name that templates have for it.
public enum MessageFact: String, Sendable, CaseIterable {
    case reader, sender, link
    case asker, note, documents, done, expires
    case code, minutes
    case attachment
    case title, site, window, technician, arrival
    case formerArrival = "former_arrival"
}
