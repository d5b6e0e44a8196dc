import ReplicationClient
import ReplicationCore

/// What was used on an order.
extension FormMaker {
    /// A part that was used is taken out of a store, by default out of the technician's own van: stock is a sum of such movements.
    func use(_ part: RowID) throws -> Form {
        let need = try collection("part_needed"), movement = try collection("stock_movement")
        guard let row = try replica.query("SELECT n.work_order, n.product, n.quantity, (\(Loader.used)) AS used FROM part_needed AS n WHERE n.id = ?", [.reference(part)]).first,
            let product = row.reference("product"), let order = row.reference("work_order"), let named = need.field(named: "product"),
            let quantity = need.field(named: "quantity"), let place = movement.field(named: "place")
        else { throw ReplicaError(.noSuchValue, "This device does not hold the part.") }
        let stores = try replica.query("SELECT id, name, holder FROM warehouse WHERE _alive ORDER BY holder IS NOT ?, name LIMIT \(Self.choices)", [.reference(loader.person.id)])
        let choices = stores.compactMap { store in store.reference("id").map { FormField.Choice(label: store.text("name") ?? "…\($0.short)", value: .reference($0)) } }
        let isOwn = stores.first?.reference("holder") == loader.person.id
        let left = max((row.integer("quantity") ?? 1) - (row.integer("used") ?? 0), 1)
        let fields = [
            FormField(name: "quantity", label: language.label(quantity.label), input: .text(TextInput("\(left)")), field: quantity, isMandatory: true),
            FormField(name: "place", label: language.label(place.label), input: .choice(ChoiceInput(choices, isOwn ? 0 : nil)), isMandatory: true),
        ]
        let fixed: [String: Value] = ["product": .reference(product), "work_order": .reference(order), "reason": .text("use"), "moved_at": .integer(now)]
        return Form(
            title: "\(language(.used)) · \(try loader.shown(.reference(product), named))", fields: fields, purpose: .use(fixed: fixed), focus: Form.start(fields), day: today)
    }
}
