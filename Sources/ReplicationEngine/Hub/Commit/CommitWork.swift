import ReplicationCore
import WireProtocol

/// One thing to do in the next commit, and who waits for it.
public enum CommitWork: Sendable {
    case changesets(ConnectionID, [Submission])
    /// A device has durably taken in everything up to a sequence.
    case confirm(ReplicaID, CommitSequence, lastCounter: UInt64)
    /// A replica's stream has split, as its hello shows.
    case fork(ConnectionID, ReplicaID)
    case enrol(ConnectionID, EnrolmentClaim)
    case makeCode(ConnectionID, request: UInt64, CodeRequest)
    case importLines(ConnectionID, request: UInt64, ImportBatch)
    case revoke(ConnectionID, request: UInt64, RevocationOrder)
    case purge(ConnectionID, request: UInt64, PurgeOrder)
    /// A plan of an erasure; if it is whole, the journal has it with the commit.
    case erase(ConnectionID, request: UInt64, ErasureOrder, ErasurePlan)
    /// A device has carried out everything up to and including an erasure.
    case erasuresDone(ReplicaID, ChangesetID)
    /// A replica hands in what it holds of a time that the hub has lost.
    case salvage(ConnectionID, ReplicaID, [LostRow], isLast: Bool)
    /// States of lost time that a replica had been sent before it wrote what it uploads next.
    case noteSeen(ReplicaID, [LostRow])
    /// More is known than when work was refused for want of a right: it is judged again.
    case judgeParked
    /// It may be another day for some users.
    case beginDays
    /// A backup is going to be made.
    case registerBackup(ConnectionID, request: UInt64, path: String, keep: Int)
    /// Backups are offered for restore no longer.
    case withdrawBackups(ConnectionID, request: UInt64, [String])
    /// A service of the hub's own process writes.
    case service(ServiceWork)

    /// It looks for rows and log entries in the store, where those of the same commit do not stand yet.
    var isAlone: Bool {
        switch self {
        case .purge, .erase, .judgeParked, .beginDays, .service: true
        case .changesets, .confirm, .fork, .enrol, .makeCode, .importLines, .revoke, .erasuresDone, .salvage, .noteSeen,
            .registerBackup, .withdrawBackups: false
        }
    }

    /// How many changesets it brings; lines of an import become one each.
    var changesets: Int {
        switch self {
        case .changesets(_, let submissions): submissions.count
        case .importLines(_, _, let batch): batch.lines.count
        case .salvage(_, _, let rows, _): rows.count
        case .noteSeen(_, let rows): rows.count
        case .confirm, .fork, .enrol, .makeCode, .registerBackup, .withdrawBackups, .revoke, .purge, .erase, .erasuresDone,
            .judgeParked, .beginDays, .service: 0
        }
    }

    /// How many bytes of changesets it brings; work that brings none counts little.
    public var weight: Int {
        switch self {
        case .changesets(_, let submissions): submissions.reduce(0) { $0 + $1.weight }
        case .importLines(_, _, let batch): batch.lines.count * 512
        case .purge: HubLimits.rowsPerPurge * 512
        case .erase(_, _, _, let plan): plan.rows.count * 512
        case .salvage(_, _, let rows, _), .noteSeen(_, let rows): rows.reduce(64) { $0 + $1.weight }
        case .confirm, .fork, .enrol, .makeCode, .registerBackup, .withdrawBackups, .revoke, .erasuresDone, .judgeParked, .beginDays, .service: 64
        }
    }
}

/// A device that asks to become a replica.
public struct EnrolmentClaim: Sendable {
    /// SHA-256 of the normalized code.
    public var codeHash: [UInt8]
    public var publicKey: [UInt8]
    public var name: String
    /// The identity that the replica gets.
    public var replica: ReplicaID
}

/// An administrator who asks for a code.
public struct CodeRequest: Sendable {
    /// The user's row id, name or e-mail address.
    public var user: String
    public var codeHash: [UInt8]
    public var code: String
    public var expiresMilliseconds: UInt64

    public init(user: String, codeHash: [UInt8], code: String, expiresMilliseconds: UInt64) {
        self.user = user
        self.codeHash = codeHash
        self.code = code
        self.expiresMilliseconds = expiresMilliseconds
    }
}

/// Lines of an import: each is taken whole or not at all.
public struct ImportBatch: Sendable {
    public var job: ChangesetID
    public var isDryRun: Bool
    public var lines: [Line]

    public init(job: ChangesetID, isDryRun: Bool, lines: [Line]) {
        self.job = job
        self.isDryRun = isDryRun
        self.lines = lines
    }

    public struct Line: Sendable {
        public var number: UInt64
        public var rows: [Row]

        public init(number: UInt64, rows: [Row]) {
            self.number = number
            self.rows = rows
        }
    }

    public struct Row: Sendable {
        public var collection: String
        public var row: RowID
        public var fields: [(name: String, value: Value)]
        /// Elements that sets should have.
        public var sets: [(name: String, elements: [String])]
        /// Where the row exists, only its empty fields are filled.
        public var fillsOnly: Bool

        public init(
            collection: String, row: RowID, fields: [(name: String, value: Value)],
            sets: [(name: String, elements: [String])], fillsOnly: Bool
        ) {
            self.collection = collection
            self.row = row
            self.fields = fields
            self.sets = sets
            self.fillsOnly = fillsOnly
        }
    }
}

/// What became of a work.
public enum CommitResult: Sendable {
    /// An upload's, by rising counter, and what the upload counts for in its window.
    case outcomes(ConnectionID, [SubmissionOutcome], weight: Int)
    /// Work that had waited was judged again: a replica gets a new receipt.
    case released(ReplicaID, WireReceipt)
    case forked(ConnectionID, Site)
    case enrolled(ConnectionID, ReplicaRecord)
    case enrolmentRefused(ConnectionID, String)
    case code(ConnectionID, request: UInt64, WireEnrolmentCode)
    case imported(ConnectionID, request: UInt64, WireImportResult)
    case controlRefused(ConnectionID, request: UInt64, String)
    case revoked(ConnectionID, request: UInt64, RevocationOutcome)
    case purged(ConnectionID, request: UInt64, PurgeOutcome)
    case erased(ConnectionID, request: UInt64, ErasureOrder, ErasureOutcome)
    case salvaged(ConnectionID, isLast: Bool)
    /// Something was refused for want of a right that may be known now.
    case parked
    /// When the next day begins for some users, in Unix milliseconds; nil if it is the same to all.
    case daysBegun(next: UInt64?)
    /// The backup may be made now.
    case backupRegistered(ConnectionID, request: UInt64, path: String, keep: Int)
    /// What is offered now, and what is not any more.
    case backups(ConnectionID, request: UInt64, offered: [BackupRecord], withdrawn: [BackupRecord])
    /// What a service wanted is decided: written, or refused whole.
    case served(ServiceWork, Refusal?)
}

/// Decides a whole batch of works in one commit.
public enum CommitBatch {
    public static func decide(
        _ works: [CommitWork], reader: any HubReader, schema: Schema, moment: CommitMoment
    ) throws -> (CommitPlan, [CommitResult]) {
        var decision = try CommitDecision(reader: reader, schema: schema, moment: moment)
        decision.reserve(changesets: works.reduce(0) { $0 + $1.changesets })
        var results: [CommitResult] = []
        for work in works {
            switch work {
            case .changesets(let connection, let submissions):
                let weight = submissions.reduce(0) { $0 + $1.weight }
                results.append(.outcomes(connection, try decision.take(submissions), weight: weight))
            case .confirm(let replica, let sequence, let counter):
                try decision.confirm(replica, sequence, counter)
            case .fork(let connection, let id):
                guard var replica = try decision.replica(id),
                    case .fork(let site) = try decision.fork(&replica)
                else { continue }
                results.append(.forked(connection, site))
            case .enrol(let connection, let claim):
                results.append(try decision.enrol(claim, connection))
            case .makeCode(let connection, let request, let code):
                results.append(try decision.makeCode(code, connection, request))
            case .importLines(let connection, let request, let batch):
                results.append(.imported(connection, request: request, try decision.importLines(batch)))
            case .revoke(let connection, let request, let order):
                switch try decision.revoke(order) {
                case .success(let outcome): results.append(.revoked(connection, request: request, outcome))
                case .failure(let refusal): results.append(.controlRefused(connection, request: request, refusal.reason))
                }
            case .purge(let connection, let request, let order):
                switch try decision.purge(order) {
                case .success(let outcome): results.append(.purged(connection, request: request, outcome))
                case .failure(let refusal): results.append(.controlRefused(connection, request: request, refusal.reason))
                }
            case .erase(let connection, let request, let order, let plan):
                let outcome = try decision.erase(order, plan, subject: order.subject)
                results.append(.erased(connection, request: request, order, outcome))
            case .erasuresDone(let replica, let identity):
                decision.change { $0.taken.erasuresDone.append(.init(replica: replica, identity: identity)) }
            case .salvage(let connection, let replica, let rows, let isLast):
                try decision.salvage(rows, from: replica, isLast: isLast)
                results.append(.salvaged(connection, isLast: isLast))
            case .noteSeen(let replica, let rows): try decision.noteSeen(rows, by: replica)
            case .judgeParked: try decision.judgeParked()
            case .beginDays: results.append(.daysBegun(next: try decision.beginDays()))
            case .registerBackup(let connection, let request, let path, let keep):
                results.append(try decision.registerBackup(at: path, keep: keep, connection, request))
            case .withdrawBackups(let connection, let request, let paths):
                results.append(try decision.withdrawBackups(paths, connection, request))
            case .service(let work): results.append(.served(work, try decision.serve(work)))
            }
        }
        if decision.hasParked { results.append(.parked) }
        results += decision.released.map { .released($0.replica, $0.receipt) }
        return (try decision.finish(), results)
    }
}

extension CommitDecision {
    /// Takes a device's upload in order; behind a gap or a fork nothing more can be judged.
    mutating func take(_ submissions: [Submission]) throws -> [SubmissionOutcome] {
        var outcomes: [SubmissionOutcome] = []
        outcomes.reserveCapacity(submissions.count)
        for submission in submissions {
            let outcome = try take(submission)
            outcomes.append(outcome)
            switch outcome {
            case .receipt: continue
            case .gap, .fork, .unknownReplica: return outcomes
            }
        }
        return outcomes
    }

    mutating func confirm(_ id: ReplicaID, _ sequence: CommitSequence, _ counter: UInt64) throws {
        guard var replica = try replica(id), sequence > replica.confirmed, sequence <= head else { return }
        replica.confirmed = sequence
        // A claim as well: the largest one would free all later changesets from the bound on their bases.
        replica.announcedCounter = max(replica.announcedCounter, min(counter, replica.lastCounter + HubLimits.announcedLead))
        replica.lastSeenMilliseconds = moment.wallMilliseconds
        update(replica)
    }

    mutating func enrol(_ claim: EnrolmentClaim, _ connection: ConnectionID) throws -> CommitResult {
        let refused = CommitResult.enrolmentRefused(
            connection, "The enrolment code is unknown, used or expired. Ask an administrator for a new one (converge enrol).")
        let used = plan.enrolmentCodes.last { $0.hash == claim.codeHash && $0.usedBy != nil }
        guard var code = try used ?? reader.enrolmentCode(hash: claim.codeHash),
            code.expiresMilliseconds > moment.wallMilliseconds
        else { return refused }
        if let id = code.usedBy {
            // The same device asks again because the answer did not reach it.
            guard let record = try replica(id), record.publicKey == claim.publicKey, !record.isRevoked else { return refused }
            return .enrolled(connection, record)
        }
        guard let users = schema.collection(schema.userCollection),
            let user = try rows.row(RowKey(collection: users.number, row: code.user)), user.isAlive,
            try revocation(of: code.user.bytes) == nil,
            let role = user.shownValue(of: "role", in: users)?.text.flatMap({ schema.role(named: $0) })
        else {
            return .enrolmentRefused(connection, "The user of this code is gone, has no role, or has no access any more. Ask an administrator.")
        }
        code.usedBy = claim.replica
        add(code)
        let record = ReplicaRecord(
            id: claim.replica, site: try nextSite(), name: claim.name, publicKey: claim.publicKey,
            user: code.user, role: role.number, enrolledMilliseconds: moment.wallMilliseconds,
            lastSeenMilliseconds: moment.wallMilliseconds)
        update(record)
        return .enrolled(connection, record)
    }

    mutating func makeCode(
        _ request: CodeRequest, _ connection: ConnectionID, _ number: UInt64
    ) throws -> CommitResult {
        let user: RowState
        switch try self.user(called: request.user) {
        case .success(let found): user = found
        case .failure(let refusal): return .controlRefused(connection, request: number, refusal.reason)
        }
        if try revocation(of: user.key.row.bytes) != nil {
            return .controlRefused(connection, request: number, "Access was taken from the user '\(request.user)'. To give it back: converge reinstate --user '\(request.user)'")
        }
        guard let users = schema.collection(schema.userCollection), let role = user.shownValue(of: "role", in: users)?.text.flatMap({ schema.role(named: $0) }) else {
            return .controlRefused(connection, request: number, "The user '\(request.user)' has no role that the schema knows.")
        }
        add(EnrolmentRecord(
            hash: request.codeHash, user: user.key.row, expiresMilliseconds: request.expiresMilliseconds))
        var code = WireEnrolmentCode()
        code.code = request.code
        code.user = .init(user.key.row.bytes)
        code.userName = user.shownValue(of: "name", in: users)?.text ?? user.key.row.description
        code.role = role.name
        code.expiresMilliseconds = request.expiresMilliseconds
        return .code(connection, request: number, code)
    }

    /// The one user that a person means by an id, a name or an e-mail address.
    mutating func user(called text: String) throws -> Result<RowState, ControlRefusal> {
        guard let users = schema.collection(schema.userCollection) else {
            return .failure(ControlRefusal("The schema has no users."))
        }
        let matches = try self.users(matching: text, in: users)
        guard matches.count == 1, let user = matches.first else {
            return .failure(ControlRefusal(matches.isEmpty
                ? "No user is called '\(text)'. Give the name, the e-mail address or the id of a user that was loaded, imported or made on a device."
                : "\(matches.count) users are called '\(text)'. Give the e-mail address or the id."))
        }
        return .success(user)
    }

    private mutating func users(matching text: String, in users: ReplicationCore.Collection) throws -> [RowState] {
        if let id = RowID(text), let row = try rows.row(RowKey(collection: users.number, row: id)) { return [row] }
        for field in ["email", "name"] where users.field(named: field) != nil {
            let keys = try reader.rows(of: users.number, where: field, equals: .text(text), limit: 8)
            let found = try keys.compactMap { try rows.row($0) }.filter(\.isAlive)
            if !found.isEmpty { return found }
        }
        return []
    }
}
