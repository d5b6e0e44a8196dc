/// A dictionary object with its keys in the order in which they stand (ISO 32000-1, 7.3.7).
struct PDFDictionary: Equatable {
    struct Entry: Equatable {
        let key: String
        var value: PDFValue
    }

    private(set) var entries: [Entry] = []

    init() {}

    init(_ entries: [(String, PDFValue)]) { self.entries = entries.map { Entry(key: $0.0, value: $0.1) } }

    subscript(key: String) -> PDFValue? {
        get { entries.first { $0.key == key }?.value }
        set {
            let index = entries.firstIndex { $0.key == key }
            switch (index, newValue) {
            case (let index?, let value?): entries[index].value = value
            case (let index?, nil): entries.remove(at: index)
            case (nil, let value?): entries.append(Entry(key: key, value: value))
            case (nil, nil): break
            }
        }
    }
}
