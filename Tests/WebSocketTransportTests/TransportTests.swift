import Testing
import TestTraits

/// The parent of all suites that open sockets. They run one after the other: they measure deadlines, and
/// the machine may have two cores.
@Suite(.serialized, .realTime) enum TransportTests {}
