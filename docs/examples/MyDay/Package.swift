// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "my-day",
    // In an app of your own: the folder or the address from which you take Converge.
    dependencies: [.package(name: "converge", path: "../../..")],
    targets: [
        .executableTarget(
            name: "my-day",
            dependencies: [.product(name: "ConvergeClient", package: "converge")],
            path: "Sources"
        )
    ]
)
