import Foundation
import TestSupport
import Testing

/// The rules of the code's shape that a compiler does not check.
struct ArchitectureTests {
    private let files: [SourceFile]

    init() throws { files = try SourceFile.all() }

    /// What each target may import. What is not listed may not be imported.
    private static let allowed: [String: Set<String>] = [
        // Pure.
        "ReplicationCore": [],
        "WireProtocol": ["ReplicationCore", "SwiftProtobuf", "Crypto", "COpenSSL", "Foundation"],
        "ReplicationEngine": ["ReplicationCore", "WireProtocol", "SwiftProtobuf", "Crypto", "Foundation"],
        "Domain": ["ReplicationCore", "Yams", "Crypto", "Foundation"],
        "CustomerMessages": ["Yams", "Mustache", "Foundation"],
        "Documents": ["ReplicationCore", "Yams", "Mustache", "Crypto", "Foundation"],
        // Adapters.
        "CustomerPages": [
            "ReplicationCore", "Documents", "Hummingbird", "HummingbirdCore", "HummingbirdTLS", "ServiceLifecycle", "Mustache", "Crypto", "Dispatch", "Synchronization", "Glibc",
        ],
        "MailTransport": ["CCurl", "Foundation", "Synchronization", "Glibc"],
        "SQLiteStore": ["ReplicationCore", "WireProtocol", "ReplicationEngine", "GRDB", "GRDBSQLite", "CSQLiteMemory", "Crypto", "Foundation", "Synchronization", "Glibc"],
        "PDFSigning": ["ReplicationCore", "COpenSSL", "Foundation", "Glibc"],
        "WebSocketTransport": ["ReplicationEngine", "CLibwebsockets", "Foundation", "Synchronization", "Glibc"],
        "PDFRendering": ["Documents", "CPangoCairo", "CTurboJPEG", "Foundation"],
        // Hosts.
        "ReplicationServer": ["ReplicationCore", "WireProtocol", "ReplicationEngine", "Foundation", "Dispatch", "Synchronization"],
        "ReplicationClient": ["ReplicationCore", "WireProtocol", "ReplicationEngine", "Documents", "Foundation", "Dispatch", "Synchronization"],
        "CustomerDesk": [
            "ReplicationCore", "WireProtocol", "ReplicationEngine", "Documents", "CustomerMessages", "CustomerPages", "MailTransport", "PDFRendering", "PDFSigning", "Crypto",
            "Foundation", "Synchronization",
        ],
        // Scenarios and their players.
        "Scenarios": ["ReplicationCore", "ReplicationEngine", "Domain", "Foundation"],
        "HubControl": ["ReplicationCore", "ReplicationEngine", "WireProtocol", "WebSocketTransport", "SwiftProtobuf", "Foundation", "Synchronization"],
        // What programs share: it joins the client's host with adapters.
        "ConvergeClient": ["ReplicationCore", "ReplicationEngine", "ReplicationClient", "Domain", "SQLiteStore", "WebSocketTransport", "Foundation"],
        "FieldDevice": [
            "ReplicationCore", "WireProtocol", "ReplicationEngine", "ReplicationClient", "ConvergeClient", "SwiftProtobuf", "Foundation", "Synchronization", "Dispatch", "Glibc",
        ],
        "Simulation": ["ReplicationCore", "WireProtocol", "ReplicationEngine", "Domain", "Scenarios", "SwiftProtobuf", "Crypto", "Yams", "Foundation", "Synchronization"],
        "TerminalScreen": ["Foundation", "Dispatch", "Synchronization", "Glibc"],
        "FieldTerminal": [
            "ReplicationCore", "ReplicationEngine", "ReplicationClient", "Documents", "FieldDevice", "TerminalScreen", "Foundation", "Dispatch", "Synchronization", "Glibc",
        ],
    ]

    @Test func findsTheSources() {
        #expect(files.count > 50)
        #expect(Set(files.map(\.target)).isSuperset(of: Self.allowed.keys))
    }

    @Test func targetsImportOnlyWhatTheyMay() {
        for file in files where !file.isGenerated {
            guard let allowed = Self.allowed[file.target] else { continue }
            let others = Set(file.imports).subtracting(allowed)
            #expect(others.isEmpty, "\(file) imports \(others.sorted())")
        }
    }

    @Test func theRulesOfImportsKeepHostsAndAdaptersApart() {
        let hosts: Set = ["ReplicationServer", "ReplicationClient", "Simulation"]
        let adapters: Set = ["CustomerPages", "MailTransport", "PDFRendering", "PDFSigning", "SQLiteStore", "WebSocketTransport"]
        for host in hosts { #expect(Self.allowed[host]?.isDisjoint(with: adapters.union(hosts)) == true) }
        // The desk knows what it hands messages and documents to, and neither stores nor sockets of devices.
        #expect(Self.allowed["CustomerDesk"]?.isDisjoint(with: hosts.union(["SQLiteStore", "WebSocketTransport"])) == true)
        for adapter in adapters { #expect(Self.allowed[adapter]?.isDisjoint(with: hosts.union(adapters)) == true) }
    }

    /// What switches a check of the compiler off, or ends the process, says why.
    @Test(arguments: ["@unchecked Sendable", "nonisolated(unsafe)", "try!", "try?", "fatalError"])
    func dangerousWordsAreExplained(_ word: String) {
        for file in files where !file.isGenerated {
            let lines = file.unexplained(word)
            #expect(lines.isEmpty, "\(file):\(lines) uses \(word) without a comment")
        }
    }

    @Test func filesStayShort() {
        for file in files where !file.isGenerated {
            #expect(file.lines.count <= 800, "\(file) has \(file.lines.count) lines")
        }
    }

    /// A new policy must not compile until every rule of merging is decided for it.
    @Test func mergingSwitchesAreExhaustive() {
        let merge = files.filter { $0.path.hasPrefix("Sources/ReplicationCore/Merge/") }
        #expect(merge.count >= 4)
        for file in merge {
            #expect(!file.lines.contains { $0.contains("default:") || $0.contains("@unknown") }, "\(file)")
        }
    }

    /// Pure code asks nobody for the time or for chance.
    @Test func pureTargetsHaveNoClockAndNoRandomness() {
        let words = ["Date()", "SystemRandomNumberGenerator", "clock_gettime", "ContinuousClock", "UUID()", "Thread", "DispatchQueue"]
        for file in files where ["ReplicationCore", "WireProtocol", "ReplicationEngine", "Domain", "CustomerMessages", "Documents"].contains(file.target) && !file.isGenerated {
            for word in words {
                #expect(!file.lines.contains { $0.components(separatedBy: "//")[0].contains(word) }, "\(file) uses \(word)")
            }
        }
    }

    /// A simulation's time and chance come from its seed; only its campaign runs on several threads.
    @Test func theSimulationHasNoClockAndNoRandomness() {
        for file in files where file.target == "Simulation" {
            for word in ["Date()", "SystemRandomNumberGenerator", "clock_gettime", "ContinuousClock", "UUID()", ".random(in:"] {
                let uses = file.lines.filter { $0.components(separatedBy: "//")[0].contains(word) && !$0.contains("using:") }
                #expect(uses.isEmpty, "\(file) uses \(word)")
            }
        }
    }

    /// The scanner sees what it should see.
    @Test func theScannerFindsWhatItLooksFor() {
        let file = SourceFile(path: "Sources/X/Y.swift", lines: [
            "@preconcurrency import Foundation", "import struct GRDB.Row", "public import Yams", "// import Nothing",
            "", "let a = try! b()", "", "// Why.", "let c = try! d()", "let e = try! f() // Why.",
        ])
        #expect(file.imports == ["Foundation", "GRDB", "Yams"])
        #expect(file.unexplained("try!") == [6])
    }
}
