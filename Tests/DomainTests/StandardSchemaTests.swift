import Foundation
import ReplicationCore
import Testing

@testable import Domain

@Suite struct StandardSchemaTests {
    @Test func loads() throws {
        let schema = try StandardSchema.load()
        #expect(schema.name == "field-service")
        #expect(schema.collections.map(\.number) == Array(1...27))
    }
}
