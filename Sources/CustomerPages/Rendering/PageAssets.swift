import Crypto
import ReplicationCore

/// Style, script and icon. Their names change with their content, so browsers may keep them for ever.
struct PageAssets: Sendable {
    struct Asset: Sendable {
        let bytes: [UInt8]
        let mediaType: String
    }

    private let assets: [String: Asset]
    private let addresses: [String: String]

    static let all = PageAssets()

    private init() {
        var assets: [String: Asset] = [:], addresses: [String: String] = [:]
        for (file, text) in PageFiles.assets {
            let parts = file.split(separator: ".")
            let hash = Hexadecimal.text(SHA256.hash(data: Array(text.utf8)).prefix(8))
            let name = "\(parts[0])-\(hash).\(parts[parts.count - 1])"
            let mediaType = switch parts.last {
            case "css": "text/css; charset=utf-8"
            case "js": "text/javascript; charset=utf-8"
            case "svg": "image/svg+xml"
            default: "application/octet-stream"
            }
            assets[name] = Asset(bytes: Array(text.utf8), mediaType: mediaType)
            addresses[file] = "/assets/\(name)"
        }
        self.assets = assets
        self.addresses = addresses
    }

    subscript(name: String) -> Asset? { assets[name] }

    /// Where a page finds a file.
    func address(_ file: String) -> String { addresses[file] ?? "" }
}
