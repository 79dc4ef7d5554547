// swift-tools-version:5.9

// The helper for native plugins of Osaurus. It needs nothing but Swift itself: neither packages nor Foundation.
import PackageDescription

let package = Package(
    name: "osaurus-plugin",
    products: [
        .library(name: "OsaurusPlugin", targets: ["OsaurusPlugin"]),
    ],
    targets: [
        .target(name: "COsaurus"),
        .target(name: "OsaurusPlugin", dependencies: ["COsaurus"]),
        .testTarget(name: "OsaurusPluginTests", dependencies: ["OsaurusPlugin"]),
    ]
)
