import ReplicationCore

extension OfficeSchema {
    static let eta: UInt32 = 1, position: UInt32 = 2, etaLife: UInt32 = 60_000

    /// The office with live values: when somebody arrives, about an order; and where one is, about oneself.
    static let withSignals = Schema(
        version: schema.version, name: schema.name, collections: schema.collections, roles: schema.roles,
        userCollection: users, signals: [
            SignalKind(
                number: eta, name: "eta", label: "ETA", collection: orders, lifeMilliseconds: etaLife, fields: [
                    .init(number: 1, field: Field(name: "arrives_at", label: "arrives at", type: .timestamp, isMandatory: true)),
                    .init(number: 2, field: Field(name: "note", label: "note", type: .text(maximumBytes: 20))),
                ], senders: [dispatcher], readers: [technician, dispatcher]),
            SignalKind(
                number: position, name: "position", label: "Position", collection: users, lifeMilliseconds: 30_000, fields: [
                    .init(number: 1, field: Field(name: "latitude", label: "latitude", type: .real, isMandatory: true)),
                ], senders: [technician], readers: [dispatcher], isOwn: true),
        ])
}
