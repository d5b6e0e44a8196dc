import ReplicationCore

/// Which page of the device is shown.
enum PageKey: Sendable, Hashable {
    /// A technician's day; days since 1970-01-01.
    case day(Int)
    case orders
    case order(RowID)
    case board(Int)
    case accounts
    case account(RowID)
    case conflicts
    case refused
    case reviews
    case frames
}

/// What a page shows, read from the replica in one go.
enum PageData: Sendable, Equatable {
    case list([Item])
    case order(OrderData)
    case account(AccountData)
    case board(BoardData)
    case refused([RefusedItem])
}

/// A work order with everything that hangs on it.
struct OrderData: Sendable, Equatable {
    var order: Item
    var fields: [FieldValue] = []
    var checklist: [Item] = []
    var parts: [Item] = []
    var times: [Item] = []
    var notes: [Item] = []
    var photos: [PhotoItem] = []
    var documents: [Item] = []
    var signatures: [Item] = []
    /// Signatures that customers were asked for by a link.
    var requests: [Item] = []
    var history: [Item] = []
    /// The appointment that is the user's, or else the first.
    var appointment: Item?
}

/// A photo or another file that a row names.
struct PhotoItem: Sendable, Equatable {
    var target: FieldTarget
    var title: String
    var type: String
    var bytes: UInt64
    /// Where it is here, as a file; nil while it is not.
    var path: String?
    var mark = Mark.none
}

/// A client whole.
struct AccountData: Sendable, Equatable {
    var account: Item
    var fields: [FieldValue] = []
    /// All that belongs to it, of every kind, from one statement: `kind` names the collection.
    var items: [Item] = []

    func items(_ kind: String) -> [Item] { items.filter { $0.collection == kind } }
}

/// A dispatcher's day.
struct BoardData: Sendable, Equatable {
    var day: Int
    var technicians: [Item] = []
    var appointments: [Item] = []
    /// Orders without anybody who goes there.
    var unassigned: [Item] = []
    /// Where technicians are and what they do, by their ids: live values.
    var positions: [RowID: String] = [:]
    var presences: [RowID: String] = [:]
    /// Live arrival times by appointment, in Unix milliseconds.
    var arrivals: [RowID: Int64] = [:]
}

/// An own operation that the hub did not accept.
struct RefusedItem: Sendable, Equatable {
    var changeset: String
    var key: RowKey
    var collection: String
    var title: String
    var rule: String
    var detail: String
    var remedy: String
    var waits: Bool
}

/// What the head of the screen says.
struct DeviceStatus: Sendable, Equatable {
    var connection = Connection.offline
    /// Why it is not connected, or how far catching up is.
    var detail = ""
    var pending = 0
    var conflicts = 0
    var refused = 0
    /// Reviews that nobody has looked at.
    var reviews = 0
    var blobs = 0
    /// The sequence up to which the device is complete.
    var checkpoint = "0:0"
    /// How long the device has not been in step with the hub, in milliseconds: 0 when it is, nil when it never was.
    var lag: Int64?
    var sent: UInt64 = 0
    var received: UInt64 = 0
    var weather = "clear"
    var clockOffset: Int64 = 0

    enum Connection: Sendable, Equatable { case offline, connecting, catchingUp, online, blocked }
}
