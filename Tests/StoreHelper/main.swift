// Stands in for other processes in the tests of the store: it is killed, comes second, or may not write.
//
//     StoreHelper write PATH     commits one row after another, printing each number once it is durable
//     StoreHelper open PATH      opens the store and prints "open" or the code of the error
//     StoreHelper open-as-nobody PATH   the same without the rights of root

import Foundation
import ReplicationCore
import ReplicationEngine
import SQLiteStore

let schema = Schema(
    version: 1, name: "helper",
    collections: [
        Collection(
            number: 1, name: "users", label: "User", kind: .record,
            groups: [
                Group(
                    number: 1, name: "name", policy: .lastWriter,
                    fields: [Field(name: "name", label: "Name", type: .text(maximumBytes: 100_000))])
            ], scopes: [.everyone])
    ], roles: [], userCollection: 1)

func plan(_ number: UInt64) -> CommitPlan {
    let sequence = CommitSequence(epoch: 1, number: number)
    let write = Write(
        identity: ChangesetID(high: 1, low: number), dot: Dot(site: 1, counter: number), author: .zero, role: 1,
        rank: 0, effective: HybridTime(milliseconds: number), sequence: sequence)
    let key = RowKey(collection: 1, row: RowID(high: number, low: number))
    let text = Value.text(String(repeating: "x", count: Int(number % 50) * 200))
    let row = RowState(key: key, cells: [
        CellState(part: .liveness, sequence: sequence, siblings: [Sibling(write: write, content: .alive)]),
        CellState(part: Part(group: 1), sequence: sequence, siblings: [Sibling(write: write, content: .values([text]))]),
    ])
    let entry = LogEntry(
        sequence: sequence, dot: write.dot, identity: write.identity, root: Array(repeating: 1, count: 32),
        changeset: [1], evidence: nil, receipt: [], receivedMilliseconds: number,
        touched: [.init(key: key, previous: .zero)])
    return CommitPlan(entries: [entry], rows: [row])
}

func writeForEver(_ store: SQLiteHubStore) throws {
    while true {
        let (committed, _) = try store.commit { (plan(try $0.head.number + 1), ()) }
        FileHandle.standardOutput.write(Data("\(committed.head.number)\n".utf8))
    }
}

let arguments = CommandLine.arguments
precondition(arguments.count == 3, "StoreHelper write|open|open-as-nobody PATH")
if arguments[1] == "open-as-nobody" { precondition(setgid(65_534) == 0 && setuid(65_534) == 0, "not root") }
do {
    let store = try SQLiteHubStore.open(at: arguments[2], schema: schema, schemaText: "helper")
    if arguments[1] == "write" { try writeForEver(store) }
    print("open")
    try store.close()
} catch let error as HubStoreError {
    print(error.code.rawValue)
}
