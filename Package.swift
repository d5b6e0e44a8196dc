// swift-tools-version: 6.2
import PackageDescription

/// Every target of the project is held to the same rules: Swift 6 language mode and no warnings.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "converge",
    products: [
        .library(name: "ReplicationCore", targets: ["ReplicationCore"]),
        .library(name: "WireProtocol", targets: ["WireProtocol"]),
        .library(name: "ReplicationEngine", targets: ["ReplicationEngine"]),
        .library(name: "Domain", targets: ["Domain"]),
        .library(name: "ReplicationServer", targets: ["ReplicationServer"]),
        .library(name: "ReplicationClient", targets: ["ReplicationClient"]),
        .library(name: "Documents", targets: ["Documents"]),
        .library(name: "ConvergeClient", targets: ["ConvergeClient"]),
        .library(name: "SQLiteStore", targets: ["SQLiteStore"]),
        .library(name: "CustomerPages", targets: ["CustomerPages"]),
        .library(name: "MailTransport", targets: ["MailTransport"]),
        .library(name: "PDFSigning", targets: ["PDFSigning"]),
        .library(name: "WebSocketTransport", targets: ["WebSocketTransport"]),
        .library(name: "ChildProcesses", targets: ["ChildProcesses"]),
        .library(name: "FieldDevice", targets: ["FieldDevice"]),
        .executable(name: "converge", targets: ["converge"]),
        .executable(name: "fieldsim", targets: ["fieldsim"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        // How Hummingbird is told to end without cutting off whom it has accepted.
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.9.0"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // Pure: no I/O, no clock, no randomness of their own.
        .target(name: "ReplicationCore", swiftSettings: strict),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .target(
            name: "WireProtocol",
            dependencies: [
                "ReplicationCore", "COpenSSL",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "ReplicationEngine",
            dependencies: [
                "ReplicationCore", "WireProtocol",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "Domain",
            dependencies: [
                "ReplicationCore",
                .product(name: "Yams", package: "Yams"),
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: strict
        ),
        // What customers are written, and when.
        .target(
            name: "CustomerMessages",
            dependencies: [.product(name: "Mustache", package: "swift-mustache"), .product(name: "Yams", package: "Yams")],
            swiftSettings: strict
        ),
        .target(
            name: "Documents",
            dependencies: [
                "ReplicationCore",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Mustache", package: "swift-mustache"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: strict
        ),

        // Adapters: what the ports stand for on this platform.
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(
            name: "CLibwebsockets", pkgConfig: "libwebsockets",
            providers: [.apt(["libwebsockets-dev"])]
        ),
        // What customers read, sign and watch in a browser.
        .target(
            name: "CustomerPages",
            dependencies: [
                "ReplicationCore", "Documents",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Mustache", package: "swift-mustache"),
            ],
            exclude: ["Files"],
            swiftSettings: strict
        ),
        // Mail, HTTP requests and short messages, handed to servers of others.
        .target(name: "MailTransport", dependencies: ["CCurl"], swiftSettings: strict),
        // Signatures in PDFs, by OpenSSL.
        .target(name: "PDFSigning", dependencies: ["ReplicationCore", "COpenSSL"], swiftSettings: strict),
        // Forms as PDF. The package of the first is that of its headers for Pango and cairo both.
        .systemLibrary(name: "CPangoCairo", pkgConfig: "pangocairo", providers: [.apt(["libpango1.0-dev"])]),
        .systemLibrary(name: "CTurboJPEG", pkgConfig: "libturbojpeg", providers: [.apt(["libturbojpeg0-dev"])]),
        .target(
            name: "PDFRendering",
            dependencies: ["Documents", "CPangoCairo", "CTurboJPEG"],
            swiftSettings: strict
        ),
        .target(name: "CSQLiteMemory", linkerSettings: [.linkedLibrary("sqlite3")]),
        .target(
            name: "SQLiteStore",
            dependencies: [
                "ReplicationCore", "WireProtocol", "ReplicationEngine", "CSQLiteMemory",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "WebSocketTransport",
            dependencies: ["ReplicationEngine", "CLibwebsockets"],
            swiftSettings: strict
        ),

        // Hosts: threads and queues around the pure engine.
        .target(
            name: "ReplicationServer",
            dependencies: ["ReplicationCore", "WireProtocol", "ReplicationEngine"],
            swiftSettings: strict
        ),

        .target(
            name: "ReplicationClient",
            dependencies: ["ReplicationCore", "WireProtocol", "ReplicationEngine", "Documents"],
            swiftSettings: strict
        ),

        // What customers are sent and hand in.
        .target(
            name: "CustomerDesk",
            dependencies: [
                "ReplicationCore", "WireProtocol", "ReplicationEngine", "Documents", "CustomerPages", "CustomerMessages", "MailTransport", "PDFRendering",
                "PDFSigning", .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: strict
        ),

        // What plays scenarios, wherever their stage is.
        .target(
            name: "Scenarios", dependencies: ["ReplicationCore", "ReplicationEngine", "Domain"], swiftSettings: strict
        ),

        // The disk of the simulation: a VFS of SQLite, in the language of its interface.
        .target(name: "CSimulatedDisk", linkerSettings: [.linkedLibrary("sqlite3")]),
        .target(
            name: "Simulation",
            dependencies: [
                "ReplicationCore", "WireProtocol", "ReplicationEngine", "Domain", "Scenarios",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: strict
        ),

        // What an app depends on: the client's host, joined with a store and a transport.
        .target(
            name: "ConvergeClient",
            dependencies: ["ReplicationCore", "ReplicationEngine", "ReplicationClient", "Domain", "SQLiteStore", "WebSocketTransport"],
            swiftSettings: strict
        ),
        // The app of the guide for developers: it is a package of its own as well, and depends on products only.
        .executableTarget(name: "my-day", dependencies: ["ConvergeClient"], path: "docs/examples/MyDay/Sources", swiftSettings: strict),

        // What every device has that stands in for a phone: its folder, its line with weather, and what passes on it.
        .target(
            name: "FieldDevice",
            dependencies: [
                "ReplicationCore", "WireProtocol", "ReplicationEngine", "ReplicationClient", "ConvergeClient",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            swiftSettings: strict
        ),
        // A terminal's screen, and a device upon it.
        .target(name: "TerminalScreen", swiftSettings: strict),
        .target(
            name: "FieldTerminal",
            dependencies: ["ReplicationCore", "ReplicationEngine", "ReplicationClient", "Documents", "FieldDevice", "TerminalScreen"],
            swiftSettings: strict
        ),

        // For whoever starts programs: the day, tests and benchmarks.
        .target(name: "ChildProcesses", swiftSettings: strict),

        // What gives commands to a hub that serves a data folder on this machine.
        .target(
            name: "HubControl",
            dependencies: [
                "ReplicationCore", "ReplicationEngine", "WireProtocol", "WebSocketTransport",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            swiftSettings: strict
        ),

        // Programs: they join hosts with adapters.
        .executableTarget(
            name: "converge",
            dependencies: [
                "ReplicationCore", "WireProtocol", "ReplicationEngine", "Domain", "SQLiteStore",
                "HubControl", "WebSocketTransport", "ReplicationServer", "CustomerDesk", "CustomerMessages", "CustomerPages", "Documents", "MailTransport", "PDFSigning",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict
        ),

        .executableTarget(
            name: "fieldsim",
            dependencies: [
                "ReplicationCore", "WireProtocol", "ReplicationEngine", "Domain", "SQLiteStore",
                "FieldDevice", "FieldTerminal", "ReplicationClient", "Scenarios", "HubControl", "Simulation", "CSimulatedDisk", "ChildProcesses", "Documents", "MailTransport", "PDFRendering",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict
        ),

        // Tests.
        .target(
            name: "TestSupport", dependencies: ["ReplicationCore"], path: "Tests/TestSupport", swiftSettings: strict
        ),
        .target(name: "TestTraits", path: "Tests/TestTraits", swiftSettings: strict),
        // Clocks against full causal histories: `tools/check-clocks` for the long form.
        .target(
            name: "ClockCheck",
            dependencies: [
                "ReplicationCore", "WireProtocol", "ReplicationEngine", "SQLiteStore", "TestSupport",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            path: "Tests/ClockCheck",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "clock-check", dependencies: ["ClockCheck"], path: "Tests/ClockCheckCommand", swiftSettings: strict
        ),
        .testTarget(name: "ClockCheckTests", dependencies: ["ClockCheck"], swiftSettings: strict),
        .testTarget(
            name: "ReplicationCoreTests", dependencies: ["ReplicationCore", "TestSupport"], swiftSettings: strict
        ),
        .testTarget(
            name: "WireProtocolTests",
            dependencies: [
                "ReplicationCore", "WireProtocol", "TestSupport",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: strict
        ),
        .testTarget(name: "ArchitectureTests", dependencies: ["TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "converge", "fieldsim", "my-day", "ReplicationCore", "WireProtocol", "ReplicationEngine", "ReplicationClient",
                "ReplicationServer", "Domain", "SQLiteStore", "WebSocketTransport", "ChildProcesses", "TestSupport", "TestTraits",
                .product(name: "Yams", package: "Yams"),
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: strict
        ),
        .testTarget(name: "TerminalScreenTests", dependencies: ["TerminalScreen"], swiftSettings: strict),
        .testTarget(
            name: "FieldTerminalTests",
            dependencies: ["FieldTerminal", "TerminalScreen", "ReplicationClient", "ReplicationCore", "ReplicationEngine", "Domain", "TestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "FieldDeviceTests",
            dependencies: [
                "FieldDevice", "ReplicationCore", "WireProtocol", "ReplicationEngine", "ReplicationClient", "ReplicationServer", "Domain",
                "SQLiteStore", "WebSocketTransport", "TestSupport", "TestTraits",
            ],
            swiftSettings: strict
        ),
        .testTarget(name: "ChildProcessesTests", dependencies: ["ChildProcesses", "TestTraits"], swiftSettings: strict),
        .testTarget(
            name: "PDFSigningTests", dependencies: ["PDFSigning", "ReplicationCore", "ChildProcesses"], exclude: ["Verifiers"], swiftSettings: strict
        ),
        .testTarget(
            name: "ReplicationEngineTests",
            dependencies: ["ReplicationCore", "WireProtocol", "ReplicationEngine", "TestSupport"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ReplicationClientTests",
            dependencies: [
                "ReplicationCore", "WireProtocol", "ReplicationEngine", "ReplicationClient", "SQLiteStore", "ChildProcesses", "TestTraits",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "CustomerDeskTests",
            dependencies: [
                "CustomerDesk", "CustomerMessages", "CustomerPages", "Documents", "Domain", "MailTransport", "PDFSigning", "ReplicationCore",
                "ReplicationEngine", "SQLiteStore", "ChildProcesses", "TestSupport", "TestTraits", .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: strict
        ),
        .testTarget(name: "CustomerMessagesTests", dependencies: ["CustomerMessages", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "DocumentsTests", dependencies: ["Documents", "Domain", "ReplicationCore"], swiftSettings: strict),
        .testTarget(
            name: "MailTransportTests", dependencies: ["MailTransport", "ChildProcesses", "TestSupport", "TestTraits"], exclude: ["Servers"],
            swiftSettings: strict
        ),
        // Pages with sample links, for tests and for browsers: `tools/check-pages`.
        .target(name: "PagesTrial", dependencies: ["CustomerPages", "Documents", "TestSupport"], path: "Tests/PagesTrial", swiftSettings: strict),
        .executableTarget(name: "pages-trial", dependencies: ["CustomerPages", "PagesTrial"], path: "Tests/PagesTrialCommand", swiftSettings: strict),
        .testTarget(
            name: "CustomerPagesTests", dependencies: ["CustomerPages", "Documents", "PagesTrial", "TestSupport", "TestTraits"], swiftSettings: strict
        ),
        .testTarget(name: "DomainTests", dependencies: ["Domain", "ReplicationCore"], swiftSettings: strict),
        .executableTarget(
            name: "StoreHelper",
            dependencies: ["ReplicationCore", "ReplicationEngine", "SQLiteStore"],
            path: "Tests/StoreHelper",
            swiftSettings: strict
        ),
        .testTarget(
            name: "SQLiteStoreTests",
            dependencies: [
                "ReplicationCore", "WireProtocol", "ReplicationEngine", "SQLiteStore", "StoreHelper", "ChildProcesses",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: strict
        ),
        // PDFs as other programs read them.
        .testTarget(
            name: "PDFRenderingTests", dependencies: ["PDFRendering", "Documents", "Domain", "ReplicationCore", "ChildProcesses", "TestSupport"], swiftSettings: strict
        ),
        // Hub and devices of different schema versions, over real stores.
        .testTarget(
            name: "VersionTests",
            dependencies: [
                "ReplicationCore", "WireProtocol", "ReplicationEngine", "Domain", "SQLiteStore", "TestSupport",
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ScenariosTests",
            dependencies: [
                "Scenarios", "Domain", "ReplicationCore", "ReplicationEngine", "TestSupport", .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "SimulationTests", dependencies: ["ReplicationCore", "ReplicationEngine", "Simulation", "fieldsim"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "WebSocketTransportTests",
            dependencies: ["WebSocketTransport", "ReplicationEngine", "ChildProcesses", "TestTraits"],
            swiftSettings: strict
        ),
    ]
)
