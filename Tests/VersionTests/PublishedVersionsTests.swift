import Domain
import ReplicationCore
import TestSupport
import Testing

/// What a schema's history tells of its earlier versions is what was published then.
@Suite struct PublishedVersionsTests {
    @Test(arguments: Array(LabVersions.all)) func everyVersionTellsOfAllBeforeIt(version: UInt32) throws {
        try check(LabVersions.schema(version)) { try LabVersions.schema($0) }
    }

    @Test func theBuiltInSchemaTellsOfAllBeforeIt() throws {
        try check(StandardSchema.load()) {
            let file = "Fixtures/schemas/field-service/version-\($0).yaml"
            return try SchemaLoader.load(text: Fixture.text(file), file: file)
        }
    }

    private func check(_ schema: Schema, published: (UInt32) throws -> Schema) throws {
        #expect(schema.history.versions == Array(1..<schema.version))
        for version in 1..<schema.version {
            let told = try #require(schema.history.lens(from: version)).older
            #expect(told.version == version)
            let difference = difference(between: Shape(told), and: Shape(try published(version)))
            #expect(difference == nil, "version \(schema.version) tells otherwise of version \(version)")
        }
    }

    /// What hub and devices have to agree on.
    private struct Shape: Equatable {
        let collections: [String]

        init(_ schema: Schema) {
            collections = schema.collections.flatMap { collection in
                collection.groups.map { group in
                    let fields = group.fields.map { "\($0.name): \($0.type.name)\($0.isMandatory ? ", mandatory" : "")" }
                    return "\(collection.number) \(collection.name) \(collection.kind) \(group.number) \(group.name) "
                        + "\(group.policy) \(fields)"
                }
            }
        }
    }

    private func difference(between told: Shape, and published: Shape) -> String? {
        let lines = Set(told.collections).symmetricDifference(published.collections).sorted()
        return lines.isEmpty ? nil : lines.joined(separator: "\n")
    }
}

extension FieldType {
    /// References to any row take more collections with each version.
    fileprivate var name: String {
        if case .anyReference = self { "any reference" } else { "\(self)" }
    }
}
