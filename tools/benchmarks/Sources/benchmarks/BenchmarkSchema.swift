import Domain
import ReplicationCore

/// The smallest schema in which devices do real work: each user owns items of four texts, and receives
/// no others.
enum BenchmarkSchema {
    static let text = """
        schema: benchmark
        version: 1
        users: user
        roles:
          worker: {number: 1, label: Worker, receives: ["user:$id"]}
          observer: {number: 2, label: Observer, receives: []}
        collections:
          user:
            number: 1
            label: User
            title: name
            scopes: [own user]
            rights:
              worker: read
            groups:
              name: {number: 1, type: text 120, policy: last-writer, mandatory: true}
              role: {number: 2, type: choice worker | observer, policy: hub-only, mandatory: true}
          item:
            number: 2
            label: Item
            title: title
            scopes: [user by owner]
            rights:
              worker: create update delete
            groups:
              owner: {number: 1, type: reference user, policy: last-writer, mandatory: true}
              title: {number: 2, type: text 200, policy: last-writer}
              place: {number: 3, type: text 200, policy: last-writer}
              state: {number: 4, type: text 200, policy: last-writer}
              note:  {number: 5, type: text 200, policy: last-writer}
          picture:
            number: 3
            label: Picture
            title: name
            scopes: [user by owner]
            rights:
              worker: create update delete
            groups:
              owner: {number: 1, type: reference user, policy: last-writer, mandatory: true}
              image: {number: 2, type: blob 8 MiB, policy: last-writer}
              name:  {number: 3, type: text 120, policy: last-writer}
        signals:
          eta:
            number: 1
            topic: item
            seconds: 600
            senders: [worker]
            readers: [worker]
            fields:
              arrives_at: {number: 1, type: timestamp, mandatory: true}
        """

    static let user: UInt32 = 1
    static let item: UInt32 = 2
    static let role: UInt32 = 1
    static let owner: UInt32 = 1
    static let texts: [UInt32] = [2, 3, 4, 5]

    static func load() throws -> Schema { try SchemaLoader.load(text: text, file: "the benchmark's schema") }

    /// A text of 24 bytes that differs from row to row and from round to round.
    static func sample(_ row: Int, _ round: Int, _ field: UInt32) -> String {
        let digits = String(row * 7 + round * 1_000_003)
        return "value \(field) of row ".padded(to: 24 - min(digits.utf8.count, 8)) + digits.suffix(8)
    }

    static let sampleBytes = 24
}

extension String {
    fileprivate func padded(to count: Int) -> String {
        utf8.count >= count ? String(prefix(count)) : self + String(repeating: ".", count: count - utf8.count)
    }
}
