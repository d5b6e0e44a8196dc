import ConvergeClient

extension MyDay {
    static func folder(_ path: String) -> ReplicaFolder {
        var options = ReplicaFolder.Options()
        options.app = "my-day 1.0"
        return ReplicaFolder(path, options: options)
    }

    static func enrol(_ folder: ReplicaFolder, at url: String, code: String) async throws {
        try await folder.enrol(at: url, code: code, deviceName: "my day")
        print("Enrolled. Next: sync")
    }
}
