import XCTest

@testable import OsaurusPlugin

final class PluginTests: XCTestCase {
    private func samplePlugin() -> Plugin {
        Plugin("dev.example.test", version: "1.0.0", members: ["capabilities": ["web": ["mount": "/ui"]]])
            .tool("double", "Doubles.", parameters: ["type": "object"], members: ["permission_policy": "auto"]) { _, args in
                guard let number = args["n"].integer else { throw Failure(.invalidArgs, "n is no number", field: "n") }
                return .ok(["n": .integer(number * 2)])
            }
            .route("item", path: "/items/:id", auth: .owner) { _, request in
                guard let id = Int64(request.param("id") ?? "") else { throw Failure(.invalidArgs, "secret words") }
                return .json(["id": .integer(id)])
            }
    }

    func testTheManifestHasAllThatWasAddedAndNothingElse() {
        XCTAssertEqual(
            samplePlugin().manifest,
            [
                "plugin_id": "dev.example.test", "version": "1.0.0",
                "capabilities": [
                    "web": ["mount": "/ui"],
                    "tools": [
                        [
                            "id": "double", "description": "Doubles.", "parameters": ["type": "object"],
                            "permission_policy": "auto",
                        ]
                    ],
                    "routes": [["id": "item", "methods": ["GET"], "path": "/items/:id", "auth": "owner"]],
                ],
            ])
        XCTAssertEqual(Plugin("a.b", version: "1.0.0").manifest["capabilities"], [:])
    }

    func testAToolIsCalledAndItsFailuresAreEnvelopes() {
        XCTAssertEqual(samplePlugin().call("double", ["n": 21]), ["ok": true, "result": ["n": 42]])
        let failure = samplePlugin().call("double", [:])
        XCTAssertEqual(failure, ["ok": false, "kind": "invalid_args", "message": "n is no number", "field": "n"])
        XCTAssertEqual(samplePlugin().call("other", [:])["kind"], "tool_not_found")
        XCTAssertEqual(samplePlugin().invoke(Host(nil), "tool", "double", "{")["kind"], "invalid_args")
        XCTAssertEqual(samplePlugin().invoke(Host(nil), "dance", "double", "{}")["kind"], "unavailable")
    }

    func testARouteAnswersAndWhatWentWrongIsNotToldToStrangers() {
        let good = samplePlugin().request(["route_id": "item", "path_params": ["id": "7"]])
        XCTAssertEqual(good["status"], 200)
        XCTAssertEqual(good["body"], "{\"id\":7}")
        let bad = samplePlugin().request(["route_id": "item", "path_params": ["id": "x"]])
        XCTAssertEqual(bad["status"], 500)
        XCTAssertEqual(bad["body"], "{\"error\":{\"message\":\"the plugin failed\"}}")
        XCTAssertEqual(samplePlugin().request(["route_id": "none"])["status"], 404)
    }

    func testWithoutAHostEveryFunctionSaysThatItIsNotSupported() {
        XCTAssertEqual(Host(nil).version, 1)
        XCTAssertThrowsError(try Host(nil).configGet("a")) { error in
            XCTAssertEqual("\(error)", "not_supported: config_get needs a host of version 2 or later")
        }
        XCTAssertThrowsError(try Host(nil).completeCancel("a"))
    }

    func testAHostThatWasKeptIsOver() {
        let host = Host(nil)
        host.end()
        XCTAssertThrowsError(try host.listModels()) { error in
            XCTAssertEqual((error as? HostError)?.code, "wrong_thread")
        }
    }

    func testAnAnswerIsAnObjectOrTheErrorThatItNames() throws {
        XCTAssertEqual(try Host.parse("{\"status\":200}")["status"], 200)
        let text = "{\"error\":\"no such table: a\",\"code\":\"sql_error\",\"message\":\"no such table: a\"}"
        XCTAssertThrowsError(try Host.parse(text)) { error in
            XCTAssertEqual("\(error)", "sql_error: no such table: a")
        }
        XCTAssertThrowsError(try Host.parse(nil))
    }
}
