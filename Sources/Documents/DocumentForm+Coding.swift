/// Each block is an object with its `type`, so that every language reads it.
extension DocumentForm.Block {
    private enum Key: String, CodingKey { case type, text, facts, table, photos, place }

    private enum Kind: String, Codable { case heading, text, facts, table, photos, terms, signature }

    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: Key.self)
        self = switch try members.decode(Kind.self, forKey: .type) {
        case .heading: .heading(try members.decode(String.self, forKey: .text))
        case .text: .text(try members.decode(String.self, forKey: .text))
        case .facts: .facts(try members.decode([DocumentForm.Fact].self, forKey: .facts))
        case .table: .table(try members.decode(DocumentForm.Table.self, forKey: .table))
        case .photos: .photos(try members.decode([DocumentForm.Photo].self, forKey: .photos))
        case .terms: .terms(try members.decode(String.self, forKey: .text))
        case .signature: .signature(try members.decode(DocumentForm.SignaturePlace.self, forKey: .place))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: Key.self)
        switch self {
        case .heading(let text):
            try members.encode(Kind.heading, forKey: .type)
            try members.encode(text, forKey: .text)
        case .text(let text):
            try members.encode(Kind.text, forKey: .type)
            try members.encode(text, forKey: .text)
        case .facts(let facts):
            try members.encode(Kind.facts, forKey: .type)
            try members.encode(facts, forKey: .facts)
        case .table(let table):
            try members.encode(Kind.table, forKey: .type)
            try members.encode(table, forKey: .table)
        case .photos(let photos):
            try members.encode(Kind.photos, forKey: .type)
            try members.encode(photos, forKey: .photos)
        case .terms(let text):
            try members.encode(Kind.terms, forKey: .type)
            try members.encode(text, forKey: .text)
        case .signature(let place):
            try members.encode(Kind.signature, forKey: .type)
            try members.encode(place, forKey: .place)
        }
    }
}
