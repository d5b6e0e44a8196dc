import ReplicationCore

/// What is signed follows from the chosen place: what is offered, shown and recorded is the same.
extension Form {
    /// - Parameter chosen: the place that one begins with.
    static func signing(_ title: String, _ places: [SigningPlace], chosen: Int, _ language: Language) -> Form {
        var fields = [FormField.place(places.map { .init(label: $0.label, value: .text($0.name)) }, chosen, language)]
        if places.contains(where: { !$0.others.isEmpty }) {
            let input = ChoiceInput(places[chosen].choices(language), 0, isDeliberate: true)
            fields.append(FormField(name: "documents", label: language.heading(.documents), input: .choice(input)))
        }
        let focus = fields.count
        fields += [
            FormField(name: "name", label: language(.name), input: .text(TextInput()), isMandatory: true),
            FormField(name: "role", label: language(.role), input: .text(TextInput())),
        ]
        var form = Form(title: title, fields: fields, purpose: .sign(places: places), focus: focus, drawing: Drawing())
        form.offerDocuments(language)
        return form
    }

    /// The chosen place, of a form for a signature.
    var signingPlace: SigningPlace? {
        guard case .sign(let places) = purpose, let name = chosen("place")?.text else { return nil }
        return places.first { $0.name == name }
    }

    /// What is signed if the form is saved now.
    var signedDocuments: [SigningPlace.Document] {
        guard let place = signingPlace else { return [] }
        return [place.document] + (chosen("documents")?.text == place.name ? place.others : [])
    }

    /// Offers what can be signed at the chosen place, and says what is agreed to by it.
    mutating func offerDocuments(_ language: Language) {
        guard let place = signingPlace else { return }
        let choices = place.choices(language)
        if let index = fields.firstIndex(where: { $0.name == "documents" }), case .choice(let present) = fields[index].input, present.choices != choices {
            fields[index].input = .choice(ChoiceInput(choices, 0, isDeliberate: true))
        }
        let consents = signedDocuments.map(\.consent).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
        note = (consents + [language(.drawOrType)]).joined(separator: " ")
    }

    private func chosen(_ name: String) -> Value? {
        guard case .choice(let input)? = fields.first(where: { $0.name == name })?.input else { return nil }
        return input.chosen?.value
    }
}

extension FormField {
    /// For whom somebody signs.
    static func place(_ choices: [Choice], _ chosen: Int, _ language: Language) -> FormField {
        FormField(name: "place", label: language(.place), input: .choice(ChoiceInput(choices, chosen, isDeliberate: true)))
    }
}
