// swift-tools-version: 6.2
import PackageDescription

/// The benchmarks are a package of their own, so that nothing which ships depends on them.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "benchmarks",
    dependencies: [
        .package(name: "converge", path: "../.."),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    ],
    targets: [
        // The limit: what plain SQLite in C does with the same rows.
        .target(
            name: "CBaseline",
            linkerSettings: [.linkedLibrary("sqlite3")]
        ),
        .executableTarget(
            name: "benchmarks",
            dependencies: [
                "CBaseline",
                .product(name: "ReplicationCore", package: "converge"),
                .product(name: "WireProtocol", package: "converge"),
                .product(name: "ReplicationEngine", package: "converge"),
                .product(name: "Domain", package: "converge"),
                .product(name: "ReplicationServer", package: "converge"),
                .product(name: "ReplicationClient", package: "converge"),
                .product(name: "SQLiteStore", package: "converge"),
                .product(name: "WebSocketTransport", package: "converge"),
                .product(name: "ChildProcesses", package: "converge"),
                .product(name: "FieldDevice", package: "converge"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict
        ),
    ]
)
