import ReplicationCore

/// Which backups the hub may be restored from. Devices keep what is not in all of them.
extension CommitDecision {
    /// Offers a backup before it is made: it will hold everything up to here, and devices keep the rest from now on.
    mutating func registerBackup(
        at path: String, keep: Int, _ connection: ConnectionID, _ request: UInt64
    ) throws -> CommitResult {
        guard try !reader.backups().contains(where: { $0.path == path }) else {
            return .controlRefused(connection, request: request, "A backup at \(path) is offered already. Choose another name, or withdraw it: converge backups --withdraw")
        }
        let backup = BackupRecord(path: path, sequence: head, milliseconds: moment.wallMilliseconds)
        change { $0.backups.append(backup) }
        return .backupRegistered(connection, request: request, path: path, keep: keep)
    }

    mutating func withdrawBackups(
        _ paths: [String], _ connection: ConnectionID, _ request: UInt64
    ) throws -> CommitResult {
        let known = try reader.backups()
        let withdrawn = known.filter { paths.contains($0.path) }
        change { $0.withdrawnBackups.append(contentsOf: withdrawn.map(\.path)) }
        return .backups(
            connection, request: request, offered: known.filter { !paths.contains($0.path) }, withdrawn: withdrawn)
    }
}
