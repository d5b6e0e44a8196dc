@testable import ReplicationCore
import Testing

struct SchemaTests {
    private let schema = SampleSchema.schema

    @Test func findsByNumberAndByName() {
        #expect(schema.collections.map(\.number) == [10, 11, 12, 13])
        #expect(schema.roles.map(\.number) == [1, 2, 3])
        for collection in schema.collections {
            #expect(schema.collection(collection.number)?.name == collection.name)
            #expect(schema.collection(named: collection.name)?.number == collection.number)
        }
        #expect(schema.collection(99) == nil)
        #expect(schema.collection(named: "Orders") == nil)
        #expect(schema.role(2)?.name == "technician")
        #expect(schema.role(named: "dispatcher")?.number == 3)
        #expect(schema.role(9) == nil)
    }

    @Test func findsTheCellOfAField() throws {
        let orders = SampleSchema.orderCollection
        let place = try #require(orders.place(of: "ends"))
        #expect(orders.groups[place.group].number == 2)
        #expect(place.column == 1)
        #expect(orders.fields[place.ordinal].name == "ends")
        #expect(orders.group(holding: "starts")?.number == 2)
        #expect(orders.field(named: "title")?.isMandatory == true)
        #expect(orders.place(of: "gone") == nil)
        #expect(orders.fields.count == 15)
        for (ordinal, field) in orders.fields.enumerated() { #expect(orders.place(of: field.name)?.ordinal == ordinal) }
    }

    @Test func findsDerivationsBySource() {
        #expect(schema.derivations(from: SampleSchema.movements) == [
            DerivedGroup(collection: SampleSchema.stock, group: 1, derivation: SampleSchema.derivation),
        ])
        #expect(schema.derivations(from: SampleSchema.orders).isEmpty)
    }

    @Test func scopesPassAlongReferences() {
        #expect(schema.scopePassing(of: SampleSchema.orders) == [
            ScopePassing(field: "user", direction: .toHolder),
            ScopePassing(field: "user", direction: .toReferenced(collection: SampleSchema.stock)),
        ])
        #expect(schema.scopePassing(of: SampleSchema.movements) == [ScopePassing(field: "item", direction: .toHolder)])
        #expect(schema.scopePassing(of: SampleSchema.users).isEmpty)
        #expect(schema.collection(SampleSchema.stock)?.isForEveryone == true)
        #expect(SampleSchema.orderCollection.isForEveryone == false)
    }

    @Test func ranksFollowTheOrderOfAuthority() {
        let window = SampleSchema.orderCollection.group(2)
        #expect(window?.rank(of: SampleSchema.dispatcher) == 2)
        #expect(window?.rank(of: SampleSchema.technician) == 1)
        #expect(window?.rank(of: SampleSchema.reader) == 0)
        #expect(SampleSchema.orderCollection.group(1)?.rank(of: SampleSchema.dispatcher) == 0)
    }

    @Test func readersOfAGroupAreASubset() {
        let orders = SampleSchema.orderCollection
        #expect(schema.mayRead(SampleSchema.dispatcher, 4, of: orders))
        #expect(!schema.mayRead(SampleSchema.technician, 4, of: orders))
        #expect(schema.mayRead(SampleSchema.technician, 0, of: orders))
        #expect(!schema.mayRead(SampleSchema.technician, 99, of: orders))
        #expect(!schema.mayRead(77, 0, of: orders))
        #expect(schema.mayReadWhole(SampleSchema.dispatcher, orders))
        #expect(!schema.mayReadWhole(SampleSchema.technician, orders))
    }

    @Test func scopesHaveATextForm() {
        #expect(Scope("user:1:2") == Scope(kind: "user", key: "1:2"))
        for text in ["", "user", ":x", "user:"] { #expect(Scope(text) == nil) }
        #expect(Scope(kind: "a", key: "z") < Scope(kind: "b", key: "a"))
        #expect(Scope(kind: "a", key: "a") < Scope(kind: "a", key: "b"))
        #expect(Scope(kind: "user", key: "1").description == "user:1")
    }

    @Test func referencesNameRows() throws {
        let row = RowID(high: 1, low: 2)
        let key = RowKey(collection: SampleSchema.users, row: row)
        #expect(schema.reference(to: key) == "users/\(row)")
        #expect(schema.rowKey(fromReference: "users/\(row)") == key)
        for text in ["users", "users/", "nobody/\(row)", "users/\(row)0"] { #expect(schema.rowKey(fromReference: text) == nil) }
        let orders = SampleSchema.orderCollection
        #expect(schema.referenced(by: try #require(orders.field(named: "user")), .reference(row)) == key)
        #expect(schema.referenced(by: try #require(orders.field(named: "subject")), .text("users/\(row)")) == key)
        #expect(schema.referenced(by: try #require(orders.field(named: "key")), .reference(row)) == nil)
        #expect(schema.referenced(by: try #require(orders.field(named: "user")), .null) == nil)
    }

    @Test func shownValuesFollowTheSchemasOrder() {
        let orders = SampleSchema.orderCollection
        let write = Write(
            identity: ChangesetID(high: 1, low: 1), dot: Dot(site: 1, counter: 1), author: .zero, role: 0, rank: 0,
            effective: .zero, sequence: CommitSequence(epoch: 1, number: 1))
        func cell(_ part: Part, _ content: Sibling.Content) -> CellState {
            CellState(part: part, sequence: write.sequence, siblings: [Sibling(write: write, content: content)])
        }
        let row = RowState(key: RowKey(collection: 10, row: .zero), cells: [
            cell(Part(group: 1), .values([.text("t")])),
            // From a schema with one column less, and with one more.
            cell(Part(group: 2), .values([.integer(1)])),
            cell(Part(group: 3), .values([.text("new"), .text("later")])),
            cell(Part(group: 5, element: "b"), .present),
            CellState(part: Part(group: 5, element: "c"), sequence: write.sequence),
            CellState(part: Part(group: 6), sequence: write.sequence, tally: Tally(sum: 4)),
        ])
        #expect(row.shownValue(of: "title", in: orders) == .text("t"))
        #expect(row.shownValue(of: "starts", in: orders) == .integer(1))
        #expect(row.shownValue(of: "ends", in: orders) == .null)
        #expect(row.shownValue(of: "status", in: orders) == .text("new"))
        #expect(row.shownValue(of: "used", in: orders) == .integer(4))
        #expect(row.shownValue(of: "due", in: orders) == .null)
        #expect(row.shownValue(of: "gone", in: orders) == nil)
        #expect(row.elements(of: 5) == ["b"])
        let all = row.shownValues(in: orders)
        #expect(all.count == orders.fields.count)
        #expect(Array(all.prefix(4)) == [.text("t"), .integer(1), .null, .text("new")])
    }
}
