import ReplicationCore
import Testing

@testable import Domain

/// Live values as a schema file declares them.
@Suite struct SignalReaderTests {
    private static let right = SchemaMistakeTests.right + """

        signals:
          arrival:
            number: 1
            topic: job
            seconds: 60
            senders: [people]
            readers: boss
            fields:
              at:   {number: 2, type: timestamp, mandatory: true}
              note: {number: 1, type: text 80}
          place:
            number: 2
            topic: user
            own: true
            seconds: 30
            senders: [worker]
            readers: [people]
            fields:
              north: {number: 1, type: real}
        """

    @Test func whatIsDeclaredIsRead() throws {
        let schema = try SchemaLoader.load(text: Self.right, file: "schema.yaml")
        let arrival = try #require(schema.signal(named: "arrival"))
        #expect(arrival.number == 1 && arrival.collection == 3 && arrival.lifeMilliseconds == 60_000 && !arrival.isOwn)
        #expect(arrival.senders == [1, 2] && arrival.readers == [2])
        #expect(arrival.fields.map { "\($0.number) \($0.field.name) \($0.field.isMandatory)" } == ["1 note false", "2 at true"])
        #expect(schema.signal(2)?.isOwn == true)
    }

    @Test(arguments: [
        ("seconds: 60", "seconds: 0", "is `0`"),
        ("seconds: 60", "seconds: 3601", "is `3601`"),
        ("topic: job", "topic: jobs", "jobs"),
        ("senders: [people]", "senders: [tools]", "may not read `job`"),
        ("senders: [people]", "senders: [nobody]", "nobody"),
        ("readers: boss", "label: Arrival", "no `readers`"),
        ("topic: user", "topic: job", "its topics are no users"),
        ("note: {number: 1, type: text 80}", "note: {number: 2, type: text 80}", "has number 2"),
        ("note: {number: 1, type: text 80}", "note: {number: 1, type: text 800}", "700 bytes"),
        ("    number: 2\n    topic: user", "    number: 1\n    topic: user", "has number 1"),
        ("north: {number: 1, type: real}", "north: {number: 1, type: really}", "really"),
    ])
    func aMistakeIsTold(line: String, wrong: String, words: String) throws {
        #expect(Self.right.contains(line))
        do {
            _ = try SchemaLoader.load(text: Self.right.replacing(line, with: wrong), file: "schema.yaml")
            Issue.record("it was read")
        } catch {
            #expect("\(error)".contains(words), "\(error)")
        }
    }

    @Test func theFirstDomainHasThree() throws {
        let schema = try StandardSchema.load()
        #expect(schema.signals.map { "\($0.number) \($0.name)" } == ["1 eta", "2 position", "3 presence"])
        #expect(schema.signal(named: "position")?.readers == [2, 3])
    }
}
