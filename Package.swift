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
        .library(name: "SQLiteStore", targets: ["SQLiteStore"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swiftcsv/SwiftCSV", from: "0.10.0"),
    ],
    targets: [
        // Pure: no I/O, no clock, no randomness of their own.
        .target(name: "ReplicationCore", swiftSettings: strict),
        .target(
            name: "WireProtocol",
            dependencies: [
                "ReplicationCore",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "ReplicationEngine",
            dependencies: ["ReplicationCore", "WireProtocol"],
            swiftSettings: strict
        ),
        .target(
            name: "Domain",
            dependencies: ["ReplicationCore", .product(name: "Yams", package: "Yams")],
            swiftSettings: strict
        ),
        // Adapters: what reaches the disk.
        .target(
            name: "SQLiteStore",
            dependencies: [
                "ReplicationCore", "WireProtocol", "ReplicationEngine",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "StoreHelper",
            dependencies: ["ReplicationCore", "ReplicationEngine", "SQLiteStore"],
            path: "Tests/StoreHelper",
            swiftSettings: strict
        ),
        .testTarget(
            name: "SQLiteStoreTests",
            dependencies: [
                "ReplicationCore", "WireProtocol", "ReplicationEngine", "SQLiteStore", "StoreHelper",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: strict
        ),
    ]
)
