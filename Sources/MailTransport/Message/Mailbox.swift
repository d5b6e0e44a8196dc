/// A person or an office with an address.
public struct Mailbox: Sendable, Hashable, PersonalData {
    /// In any script; nil for the address alone.
    public let name: String?
    public let address: EmailAddress

    /// - Throws: `invalidHeader` or `tooLarge` for a name that no header can hold.
    public init(name: String? = nil, address: EmailAddress) throws(MailError) {
        if let name { try HeaderText.check(name, "The name beside an e-mail address", limit: MailLimits.nameBytes) }
        self.name = name?.isEmpty == true ? nil : name
        self.address = address
    }

    /// - Throws: also `invalidAddress`.
    public init(name: String? = nil, _ address: String) throws(MailError) {
        try self.init(name: name, address: EmailAddress(address))
    }

    public var description: String { address.description }
}
