import ReplicationCore

/// Where the selected document can still be signed, and what can be signed there with it.
struct SigningPlace: Sendable, Equatable {
    var name: String
    var label: String
    /// The selected one.
    var document: Document
    /// Documents of the same order that have been read here and are open at this place too.
    var others: [Document] = []

    struct Document: Sendable, Equatable {
        var id: RowID
        var title: String
        /// What the signer agrees to by signing it here.
        var consent: String
    }

    /// How many are signed at once. All of them are named by the place: chosen for one, they are not chosen for another.
    func choices(_ language: Language) -> [FormField.Choice] {
        let alone = FormField.Choice(label: language(.onlyThisDocument), value: .null)
        return others.isEmpty ? [alone] : [alone, .init(label: language.together([document.title] + others.map(\.title)), value: .text(name))]
    }
}
