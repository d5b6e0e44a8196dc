import Foundation
import HubControl
import ReplicationCore
import WireProtocol

/// What an administrator has defined, as the hub tells it.
struct Definitions: Decodable {
    var fields: [CustomField]
    var rules: [Rule]
    /// The collections that take custom fields.
    var collections: [String]
    var accountTypes: [String]
    /// The ids of the regions that are called as was asked.
    var regions: [String]

    struct CustomField: Decodable {
        var id: String
        var collection: String
        var key: String
        var type: String
        var label_en: String?
        var label_es: String?
        var account_type: String?
        var region: String?
        var region_name: String?
        var retired: Bool?
        var set_by: String?
    }

    struct Rule: Decodable {
        var id: String
        var collection: String
        var field: String
        var account_type: String?
        var region: String?
        var region_name: String?
        var retired: Bool?
        var set_by: String?
    }

    /// Asks the hub.
    /// - Parameter region: a region's name or id, whose id is wanted.
    static func ask(_ client: ControlClient, region: String? = nil) throws -> (Definitions, json: String) {
        var command = WireDefinitionsCommand()
        command.region = region ?? ""
        let text = try client.report(.definitions(command))
        return (try JSONDecoder().decode(Definitions.self, from: Data(text.utf8)), text)
    }

    /// The one region that is called so.
    func region(_ name: String?) throws -> RowID? {
        guard let name else { return nil }
        guard let first = regions.first, let id = RowID(first) else {
            throw CommandFailure("No region is called '\(name)'. Give its name as it stands in its row, or its id.")
        }
        if regions.count > 1 { throw CommandFailure("\(regions.count) regions are called '\(name)'. Give the id of one: \(regions.joined(separator: ", "))") }
        return id
    }

    /// Where a definition holds, in words.
    static func limits(_ accountType: String?, _ region: String?) -> String {
        let words = [accountType.map { "accounts of type \($0)" }, region.map { "in \($0)" }].compactMap { $0 }
        return words.isEmpty ? "everywhere" : words.joined(separator: ", ")
    }
}
