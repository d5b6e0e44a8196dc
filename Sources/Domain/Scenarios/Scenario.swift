/// A story of devices, a hub and the weather between them, with what must come true. Read from a YAML file;
/// docs/guides/scenarios.md explains it.
public struct Scenario: Sendable, Equatable {
    /// Where it can be played.
    public enum Stage: String, Sendable, CaseIterable {
        /// A hub in a process of its own, sockets, and clocks that nobody waits for.
        case real
        /// Everything in one process under virtual time.
        case simulated
    }

    public struct Device: Sendable, Equatable {
        /// What the steps call it.
        public var name: String
        /// The key of its user in the company's seed file.
        public var user: String
        /// The schema version that its app knows; nil: the hub's.
        public var version: UInt32?
        public var line: Int
    }

    /// Somebody outside the company who gets mail from the hub.
    public struct Customer: Sendable, Equatable {
        /// What the steps call them.
        public var name: String
        /// Where the hub's mail to them arrives.
        public var mail: String
        public var line: Int
    }

    public struct Step: Sendable, Equatable {
        /// In the file, from 1.
        public var line: Int
        /// When it happens, in milliseconds since the scenario began; nil: at once after the step before.
        public var at: UInt64?
        /// For the timeline, instead of what follows from the step.
        public var note: String?
        /// Where it is played; elsewhere it is skipped, and the timeline says so.
        public var only: Set<Stage>
        public var what: What
    }

    public enum What: Sendable, Equatable {
        case device(String, DeviceAction)
        case hub(HubAction)
        /// Writes by the hub's own tools.
        case office([RowWrite])
        case customer(String, CustomerAction)
        case expect(Expectation)
    }

    /// What its user, the weather or bad luck does with a device.
    public enum DeviceAction: Sendable, Equatable {
        case online, offline
        /// Goes on until everything of this device is judged and it is complete.
        case sync
        /// The line is so from now on: a name of `LinkWeather`, or of the simulation's network.
        case weather(String)
        /// One transaction. Unchecked: as a faulty app writes, without asking the rules.
        case write([RowWrite], isUnchecked: Bool)
        /// Settles the open conflict about a cell.
        case resolve(RowWrite)
        /// Lets go of everything that was refused.
        case discard
        /// The app ends at once; and is started again.
        case kill, start
        /// The phone's files are copied; the phone goes back to that copy; the copy is put on a second phone of this name.
        case backUp, restore
        case clone(String)
        /// The wall clock is off by so many milliseconds from now on.
        case clock(Int64)
        /// The disk is full, or has room again.
        case disk(isFull: Bool)
        /// The app is updated: from now on it takes the hub's schema.
        case updateApp
        /// Uploads everything once more.
        case resend
        /// Makes a document from a template, and lets people sign it.
        case document(DocumentAction)
    }

    /// What a device does with documents and with requests to sign them. Rows are those of the document or the request.
    public enum DocumentAction: Sendable, Equatable {
        /// - Parameter template: its name, or the kind of the document.
        case make(RowName, about: RowName, template: String)
        /// Somebody signs on the device.
        case sign(RowName, place: String, name: String, role: String?)
        /// Asks a customer for a signature by a mailed link.
        case ask(RowName, of: [RowName], place: String, customer: String, name: String)
        case sendAgain(RowName), withdraw(RowName)
    }

    /// What happens at a customer's end, with the link of the newest mail to them.
    public enum CustomerAction: Sendable, Equatable {
        /// A program that looks through their mail loads it so many times.
        case scan(times: Int)
        /// The customer reads the page, and the page tells that somebody does.
        case open
        case sign(name: String, role: String?)
        case decline(name: String, reason: String)
    }

    public enum HubAction: Sendable, Equatable {
        case kill, start
        case backUp, restore
        case revoke(device: String), reinstate(device: String)
    }

    /// A row by its collection and its key in the seed file, or the key that an earlier step gave it.
    public struct RowName: Sendable, Hashable, CustomStringConvertible {
        public var collection: String
        public var key: String

        public init(collection: String, key: String) {
            self.collection = collection
            self.key = key
        }

        public var description: String { "\(collection)/\(key)" }
    }

    /// A write of one row. Values are texts as in seed files; `now`, `now+2h` and `now-15m` stand for times.
    public struct RowWrite: Sendable, Equatable {
        public enum Kind: String, Sendable, CaseIterable {
            case set, create, delete, restore, add, remove, increment
        }

        public var kind: Kind
        public var row: RowName
        /// In the file's order. Of a set, several.
        public var fields: [String: [String]]
        public var line: Int
    }

    public struct Expectation: Sendable, Equatable {
        /// How long it may take to come true, in milliseconds.
        public var within: UInt64
        public var what: What

        public enum What: Sendable, Equatable {
            /// A field shows a value at each of these; nil: nothing.
            case value(RowName, field: String, is: String?, at: [String])
            /// Whether these have the row.
            case held(RowName, Bool, at: [String])
            /// How the row stands between device and hub: synced, pending, refused, conflict.
            case status(RowName, is: String, at: [String])
            /// Numbers of one device; nil: any.
            case counts(at: String, pending: Int?, conflicts: Int?, refused: Int?)
            /// How many living rows with these values there are.
            case rows(of: String, having: [String: String], count: Int, at: [String])
            /// Each of these holds the same as the hub; empty: all devices.
            case same([String])
            /// The device cannot connect until somebody acts.
            case blocked(String)
            /// The customer has a mail whose text has these words and that has a file of this type with it; nil: any.
            case mail(to: String, says: String?, attached: String?)
            /// Whether the customer's newest link leads to something to sign.
            case link(of: String, isOpen: Bool)
        }
    }

    public var title: String
    public var about: String
    /// The company's seed file, relative to the scenario's.
    public var company: String
    /// The hub's schema file, relative to the scenario's; nil: the built-in one.
    public var schema: String?
    public var stages: Set<Stage>
    public var devices: [Device]
    public var customers: [Customer]
    public var steps: [Step]
    /// The time of day at which it begins, in milliseconds: what `at` counts from.
    public var begins: UInt64

    /// The word that stands for the hub among devices.
    public static let hub = "hub"
    /// The word that stands for the hub's own tools.
    public static let office = "office"
    /// The version of the format.
    public static let version: Int64 = 1
}
