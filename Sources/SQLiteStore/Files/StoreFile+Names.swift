import Foundation

/// How a store gives way to another one.
extension StoreFile {
    /// Gives a store a second name beside its own, under which it stays when another takes its place.
    ///
    /// - Returns: the name; nil if there is no store.
    package static func giveSecondName(to path: String) throws -> String? {
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        var number = 1
        while FileManager.default.fileExists(atPath: replaced(path, number)) { number += 1 }
        let target = replaced(path, number)
        if link(path, target) != 0 {
            let code = errno
            // Not all file systems give a file two names.
            guard [EPERM, EOPNOTSUPP, ENOSYS, EMLINK].contains(code) else { throw fault(code, "keep", target) }
            do {
                try copy(path, to: target)
            } catch {
                unlink(target)
                throw error
            }
        }
        try synchronizeFolder(of: path)
        return target
    }

    /// Takes back second names that an interrupted restore gave to a store: two names of one database are a danger.
    package static func dropSecondNames(of path: String) throws {
        var own = stat()
        guard stat(path, &own) == 0, own.st_nlink > 1 else { return }
        for name in try leftovers(of: path) {
            var other = stat()
            guard lstat(name, &other) == 0, other.st_ino == own.st_ino, other.st_dev == own.st_dev else { continue }
            guard unlink(name) == 0 else { throw fault(errno, "remove", name) }
        }
    }

    /// Removes the log beside a closed store that is whole without it.
    package static func removeEmptyLog(of path: String) throws {
        var log = stat()
        if stat(path + "-wal", &log) == 0, log.st_size > 0 {
            throw StorageFault(.inUse, "The log \(path)-wal is not empty: another program uses the store. Stop it, and try again.")
        }
        for suffix in ["-wal", "-shm"] { unlink(path + suffix) }
    }

    /// Puts the log of a store, which could not be emptied, beside the store's second name.
    package static func moveLog(of path: String, to target: String) throws {
        for suffix in ["-wal", "-shm"] where FileManager.default.fileExists(atPath: path + suffix) {
            guard rename(path + suffix, target + suffix) == 0 else { throw fault(errno, "rename", path + suffix) }
        }
    }

    /// What restores have left beside a store: former stores, and copies that were never complete.
    ///
    /// - Throws: `StorageFault` where the folder cannot be listed.
    package static func leftovers(of path: String) throws -> [String] {
        let url = URL(fileURLWithPath: path)
        let name = url.lastPathComponent
        return try files(in: url.deletingLastPathComponent().path) {
            ($0.hasPrefix(name + ".replaced-") || $0.hasPrefix(name + ".restoring")) && !$0.hasSuffix(".lock")
        }
    }

    /// Files of a folder, by rising name. A folder that is not there has none; one that cannot be listed may have any.
    ///
    /// - Parameter isWanted: is asked for each name.
    /// - Throws: `StorageFault` where the folder cannot be listed.
    package static func files(in folder: String, where isWanted: (String) -> Bool) throws -> [String] {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder)
        } catch let error as CocoaError where error.code == .fileReadNoSuchFile {
            return []
        } catch {
            let cause = (error as? CocoaError)?.underlying as? POSIXError
            throw fault(cause?.code.rawValue ?? EIO, "list the folder", folder)
        }
        return names.filter(isWanted).sorted().map { URL(fileURLWithPath: folder).appendingPathComponent($0).path }
    }

    /// Checks that a new store at a path would not take the place of one that is only not there at the moment.
    package static func checkNothingIsLeft(of path: String) throws {
        var left = try leftovers(of: path)
        if FileManager.default.fileExists(atPath: path + "-wal") { left.append(path + "-wal") }
        guard left.isEmpty else {
            throw StorageFault(.io, """
                There is no store at \(path), but there is \(left.joined(separator: ", ")). So a hub was here, and none is \
                founded in its place. Restore a backup (converge restore), or give the former store its name back, with its \
                -wal if there is one. If a new hub is wanted all the same, move these files away.
                """)
        }
    }

    private static func replaced(_ path: String, _ number: Int) -> String { "\(path).replaced-\(number)" }
}
