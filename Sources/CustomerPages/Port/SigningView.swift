import Documents

/// What somebody is asked to read and sign. Texts are in the signer's language and formats already, but for the page's own words.
public struct SigningView: Sendable {
    public var sender: PageSender
    /// BCP 47.
    public var language: String
    public var signerName: String
    /// A personal line of whoever asked; may be empty.
    public var message: String
    /// In the order in which they are shown; at least one of them is open.
    public var documents: [SigningDocument]
    /// Until when it can be signed, as it is written for the reader.
    public var expires: String
    /// Asked for besides the name; nil if none is.
    public var code: CodeDemand?

    public init(
        sender: PageSender, language: String, signerName: String, message: String = "", documents: [SigningDocument], expires: String,
        code: CodeDemand? = nil
    ) {
        self.sender = sender
        self.language = language
        self.signerName = signerName
        self.message = message
        self.documents = documents
        self.expires = expires
        self.code = code
    }
}

public struct SigningDocument: Sendable {
    public var id: String
    public var form: DocumentForm
    /// Of the form's canonical bytes, 64 hexadecimal digits.
    public var hash: String
    /// Where the signer signs.
    public var place: DocumentForm.SignaturePlace
    public var state: State

    public enum State: Sendable, Equatable {
        case open
        /// - Parameter at: as it is written for the reader.
        case signed(by: String, at: String)
        case declined
    }

    public init(id: String, form: DocumentForm, hash: String, place: DocumentForm.SignaturePlace, state: State) {
        self.id = id
        self.form = form
        self.hash = hash
        self.place = place
        self.state = state
    }
}

public struct CodeDemand: Sendable, Equatable {
    public var channel: Channel
    /// Where it is sent, with most of it hidden, such as `m…@example.com`.
    public var address: String
    /// One was sent that is still good.
    public var isSent: Bool

    public enum Channel: String, Sendable, CaseIterable {
        case email
        case sms
    }

    public init(channel: Channel, address: String, isSent: Bool) {
        self.channel = channel
        self.address = address
        self.isSent = isSent
    }
}

/// What a signer hands in.
public struct SigningSubmission: Sendable {
    /// The documents that were agreed to, each with the hash of what was read.
    public var agreed: [(document: String, hash: String)]
    public var name: String
    /// Such as "Head of operations"; may be empty.
    public var role: String
    /// Nil for a typed signature.
    public var strokes: SignatureStrokes?
    /// Digits, without spaces; nil if none was given.
    public var code: String?

    public init(agreed: [(document: String, hash: String)], name: String, role: String = "", strokes: SignatureStrokes? = nil, code: String? = nil) {
        self.agreed = agreed
        self.name = name
        self.role = role
        self.strokes = strokes
        self.code = code
    }
}

public enum SigningOutcome: Sendable {
    /// - Parameters:
    ///   - copies: leads to the signed copies.
    ///   - remaining: how many documents of the link are still to be signed.
    case signed(copies: LinkToken, remaining: Int)
    case refused(SigningRefusal)
    case ended(LinkEnd)
}

/// What keeps a submission from being a signature. Nothing was signed, and it can be handed in again.
public enum SigningRefusal: Sendable, Equatable {
    /// No document was agreed to.
    case noConsent
    case noName
    /// A document is another one than the one that was read, or is signed by now.
    case changed
    case noCode
    case wrongCode(triesLeft: Int)
    /// The code is too old, or was tried too often: another has to be sent.
    case codeVoid
    /// What was drawn has too many points, or is no drawing.
    case badDrawing
}

public struct DecliningSubmission: Sendable {
    public var name: String
    public var reason: String

    public init(name: String, reason: String) {
        self.name = name
        self.reason = reason
    }
}

public enum DecliningOutcome: Sendable {
    case declined
    case noName
    case noReason
    case ended(LinkEnd)
}

public enum CodeOutcome: Sendable {
    case sent
    /// Too many were sent within the hour.
    case tooMany
    /// It could not be handed over; the page says so, and it can be asked for again.
    case failed
    case notDemanded
    case ended(LinkEnd)
}

public struct PagePicture: Sendable {
    public var bytes: [UInt8]
    /// `image/jpeg` or `image/png`.
    public var mediaType: String

    public init(bytes: [UInt8], mediaType: String) {
        self.bytes = bytes
        self.mediaType = mediaType
    }
}

/// Documents that were signed, to be kept.
public struct CopiesView: Sendable {
    public var sender: PageSender
    public var language: String
    public var documents: [Copy]
    /// Where the copies are sent as well, with most of it hidden; nil if they are not.
    public var mailedTo: String?

    public struct Copy: Sendable {
        public var id: String
        public var title: String
        /// As it is written for the reader.
        public var signedAt: String
        /// It can be downloaded: the signed copy is made after the last signature.
        public var isReady: Bool
        /// Somebody else has still to sign.
        public var awaitsOthers: Bool

        public init(id: String, title: String, signedAt: String, isReady: Bool, awaitsOthers: Bool) {
            self.id = id
            self.title = title
            self.signedAt = signedAt
            self.isReady = isReady
            self.awaitsOthers = awaitsOthers
        }
    }

    public init(sender: PageSender, language: String, documents: [Copy], mailedTo: String? = nil) {
        self.sender = sender
        self.language = language
        self.documents = documents
        self.mailedTo = mailedTo
    }
}

public enum CopyOutcome: Sendable {
    /// - Parameter fileName: such as `service-report-2041.pdf`.
    case pdf([UInt8], fileName: String)
    case notReady
    case unknown
    case ended(LinkEnd)
}
