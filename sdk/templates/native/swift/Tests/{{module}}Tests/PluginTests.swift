// These run without a host. Those in test/ run in a real one.

import XCTest

@testable import {{module}}

final class PluginTests: XCTestCase {
    func testItGreetsWhomItIsToldTo() {
        XCTAssertEqual(makePlugin().call("hello", ["name": "Ada"]), ["ok": true, "result": ["text": "Hello, Ada!"]])
    }

    func testItGreetsTheWorldWhenNobodyIsNamed() {
        XCTAssertEqual(makePlugin().call("hello", [:])["result"]["text"], "Hello, world!")
    }

    func testItSaysThatItIsWell() {
        XCTAssertEqual(makePlugin().request(["route_id": "health"])["status"], 200)
    }
}
