/// By what a message goes.
public enum MessageChannel: String, Sendable, CaseIterable {
    case email
    case sms
}
