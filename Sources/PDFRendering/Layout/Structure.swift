/// Elements of the logical structure of a PDF (ISO 32000-1, 14.7), by which it is read aloud.
struct StructureElement: Equatable {
    enum Kind: String {
        case document = "Document", section = "Sect", group = "Div", title = "H1", heading = "H2", paragraph = "P", span = "Span"
        case list = "L", item = "LI", label = "Lbl", body = "LBody"
        case table = "Table", tableHead = "THead", tableBody = "TBody", tableFoot = "TFoot", row = "TR", headCell = "TH", cell = "TD"
        case figure = "Figure", caption = "Caption", code = "Code"
    }

    var kind: Kind
    /// Tells elements of a kind apart.
    var number: Int
}

/// From the document down to what is shown.
typealias StructurePath = [StructureElement]

/// Numbers the elements of one document.
final class Structure {
    private var count = 0
    let root: StructurePath

    init() { root = [StructureElement(kind: .document, number: 0)] }

    func element(_ kind: StructureElement.Kind) -> StructureElement {
        count += 1
        return StructureElement(kind: kind, number: count)
    }
}
