import Foundation
import ReplicationClient
import ReplicationCore
import ReplicationEngine

/// Photos and other files that rows name.
extension Shell {
    /// Keeps a file as a blob and writes its reference into a field.
    func addPhoto(_ words: [String]) throws {
        let usage = "photo takes: FILE on COLLECTION ID FIELD, and behind that, if you like: thumbnail FILE · type image/jpeg"
        guard words.count >= 5, words[1] == "on", words.count % 2 == 1 else { throw ShellError(usage) }
        let collection = try replica().schema.collection(named: words[2])
        guard let collection, let field = collection.field(named: words[4]), field.type.isBlob else {
            let names = collection?.fields.filter(\.type.isBlob).map(\.name).joined(separator: ", ") ?? ""
            throw ShellError(names.isEmpty ? "\(words[2]) has no fields for photos." : "\(words[2]) has no field '\(words[4])' for photos. It has: \(names)")
        }
        var type = Self.mediaType(of: words[0]), thumbnail: [UInt8]?
        for index in stride(from: 5, to: words.count, by: 2) {
            switch words[index] {
            case "thumbnail": thumbnail = try Self.bytes(of: words[index + 1])
            case "type": type = words[index + 1]
            default: throw ShellError(usage)
            }
        }
        guard FileManager.default.isReadableFile(atPath: words[0]) else { throw ShellError("The file \(words[0]) cannot be read.") }
        let reference = try replica().addBlob(file: words[0], mediaType: type, thumbnail: thumbnail)
        if collection.group(holding: field.name)?.isSet == true {
            try write("add", [collection.name, words[3], field.name, reference.description])
        } else {
            try write("set", [collection.name, words[3], "\(field.name)=\(reference)"])
        }
    }

    func showBlobs() throws {
        let rows = try replica().blobs().map { named -> [(String, Value)] in
            [
                ("hash", .text(named.reference.blob.hash.description)), ("state", .text(Self.words(named.state))),
                ("size", .integer(Int64(named.reference.blob.size))), ("type", .text(named.reference.mediaType)),
                ("thumbnail", .text(named.thumbnail.map { Self.words($0) } ?? "none")),
                ("row", .text("\(named.collection)/\(named.row)")), ("field", .text(named.field)),
            ]
        }
        printer.rows(rows, named: "blobs")
    }

    /// Asks for a blob, and for its thumbnail.
    func fetch(_ text: String) throws {
        let reference = try reference(startingWith: text)
        let all = [reference.thumbnail, reference.blob].compactMap { $0 }
        guard try all.allSatisfy({ try replica().fetch($0) }) else { throw ShellError("Too many fetches wait. Go online, and let some come.") }
        printer.reply("It comes with the connection; blobs says how far it is.", ["hash": .text(reference.blob.hash.description)])
    }

    /// Copies a blob that is here to a file.
    func save(_ words: [String]) throws {
        guard words.count == 2 else { throw ShellError("save takes: HASH FILE; blobs lists the hashes, and their first digits will do.") }
        let reference = try reference(startingWith: words[0])
        switch try replica().blob(reference) {
        case .here(let path):
            guard !FileManager.default.fileExists(atPath: words[1]) else { throw ShellError("There is a file \(words[1]) already. Choose another name.") }
            try FileManager.default.copyItem(atPath: path, toPath: words[1])
            printer.reply("\(reference.blob.size) bytes in \(words[1]).", ["file": .text(words[1]), "bytes": .integer(Int64(reference.blob.size))])
        case let state: throw ShellError("It is not here: \(Self.words(state)). Fetch it: fetch \(words[0])")
        }
    }

    /// For the view of a row: how the blobs of a field stand; nil for a field that has none.
    func blobWords(of field: Field, _ text: String?) throws -> String? {
        guard field.type.isBlob else { return nil }
        let states = try Replica.references(in: text).map { Self.words(try replica().blob($0)) }
        return states.isEmpty ? nil : states.joined(separator: ", ")
    }

    static func words(_ state: BlobState) -> String {
        switch state {
        case .here: "here"
        case .coming(let bytes): "coming, \(bytes) bytes so far"
        case .awaited: "to come: nobody has handed it in yet"
        case .elsewhere: "not asked for yet"
        case .notShown: "not given by the hub"
        case .damaged: "damaged"
        }
    }

    private func reference(startingWith text: String) throws -> BlobReference {
        let found = Set(try replica().blobs().map(\.reference).filter { text.count >= 4 && "\($0.blob.hash)".hasPrefix(text) })
        guard let one = found.first, found.allSatisfy({ $0.blob == one.blob }) else {
            throw ShellError(found.isEmpty ? "No row here names a blob '\(text)'; give four digits at least. blobs lists them." : "'\(text)' is the beginning of several; give more digits.")
        }
        return one
    }

    private static func bytes(of path: String) throws -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: path) else { throw ShellError("The file \(path) cannot be read.") }
        return [UInt8](data)
    }

    private static func mediaType(of path: String) -> String {
        switch URL(fileURLWithPath: path).pathExtension.lowercased() {
        case "jpg", "jpeg": "image/jpeg"
        case "png": "image/png"
        case "webp": "image/webp"
        case "heic": "image/heic"
        case "svg": "image/svg+xml"
        case "pdf": "application/pdf"
        case "txt": "text/plain"
        default: "application/octet-stream"
        }
    }
}
