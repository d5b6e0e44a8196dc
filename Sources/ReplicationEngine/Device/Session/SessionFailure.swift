import WireProtocol

/// Why a session ended, as its owner has to know it.
public enum SessionEnd: Sendable, Equatable {
    /// The network, or the hub for a while. Connect again, not before so many milliseconds.
    case offline(reason: String, retryAfter: UInt64)
    /// The stream goes on under another site. Connect again at once.
    case forked
    /// The device has adopted the hub's schema. Connect again at once.
    case updated
    /// Connecting again would not help before somebody has acted.
    case blocked(Block)

    /// What has to be done before the device can go online again. The outbox stays in every case.
    public enum Block: Sendable, Equatable {
        case upgradeApp(String)
        case enrolAgain(String)
        case revoked(String)
        /// Another connection of this replica took over: two programs run on one identity.
        case replaced(String)
        /// A defect of this program or the hub.
        case defect(String)
    }

    /// The client's action for a failure that the hub reports.
    static func following(_ failure: WireFailure) -> SessionEnd {
        let message = failure.message
        let retry = UInt64(failure.retryAfterMilliseconds)
        switch failure.code {
        case .unsupportedProtocol: return .blocked(.upgradeApp(message))
        case .unknownReplica, .proofFailed, .invalidCode: return .blocked(.enrolAgain(message))
        case .revoked: return .blocked(.revoked(message))
        case .replaced: return .blocked(.replaced(message))
        case .malformed, .tooLarge: return .blocked(.defect(message))
        case .retryLater, .storage, .closing, .schemaTooNew: return .offline(reason: message, retryAfter: retry)
        // A hub of a later version: trying again later is the action that loses nothing.
        case .unspecified, .UNRECOGNIZED: return .offline(reason: message, retryAfter: retry)
        }
    }
}
