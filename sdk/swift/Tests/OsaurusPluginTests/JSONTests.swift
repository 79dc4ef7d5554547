import XCTest

@testable import OsaurusPlugin

final class JSONTests: XCTestCase {
    func testWhatIsWrittenIsReadBack() throws {
        let value: JSON = [
            "a": [nil, true, false, 12, -3, 0.25, 1e300, 1e-7],
            "b": "quotes \" \\ / lines \n\r\t control \u{1} euro € face 😀 zero \0 both \r\n",
            "c": [:], "d": [], "": "",
        ]
        XCTAssertEqual(try JSON(parsing: value.description), value)
    }

    func testWholeNumbersKeep64Bits() throws {
        for text in ["9223372036854775807", "-9223372036854775808", "9007199254740993", "0"] {
            XCTAssertEqual(try JSON(parsing: text).description, text)
        }
        XCTAssertEqual(try JSON(parsing: "3.0").integer, 3)
        XCTAssertNil(try JSON(parsing: "3.5").integer)
        XCTAssertEqual(try JSON(parsing: "18446744073709551616"), .number(18446744073709551616))
    }

    func testAllOfJSONIsRead() throws {
        XCTAssertEqual(try JSON(parsing: " [1 , -0.5e+1,\t2E2\r\n] "), [1, -5.0, 200.0])
        XCTAssertEqual(
            try JSON(parsing: "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u20AC\\ud83d\\ude00\""), "\"\\/\u{8}\u{c}\n\r\t€😀")
    }

    func testWhatIsNotJSONIsRefused() {
        let wrong = [
            "", " ", "nul", "truex", "+1", "01", "1.", ".5", "1e", "- 1", "1e999", "NaN", "'a'", "\"", "\"\\x\"",
            "\"\\u12g4\"", "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"\n\"", "[1,]", "[,1]", "[1 2]", "[",
            "]", "{\"a\":1,}", "{a:1}", "{\"a\" 1}", "{\"a\":1 \"b\":2}", "{", "{\"a\"", "{\"a\":", "1 2", "[] []",
            "{\"a\":1,\"a\":2}", "{\"a\":null,\"a\":2}", "\u{feff}1",
        ]
        for text in wrong { XCTAssertThrowsError(try JSON(parsing: text), text) }
    }

    func testNestingAndValuesAreTakenUpToTheirLimits() {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + "1" + String(repeating: "]", count: depth)
        }
        XCTAssertNoThrow(try JSON(parsing: nested(JSON.depthMax)))
        XCTAssertThrowsError(try JSON(parsing: nested(JSON.depthMax + 1)))
        XCTAssertThrowsError(try JSON(parsing: String(repeating: "[", count: 1_000_000)))
    }

    func testBase64GoesBothWaysAndNothingElseIsTaken() {
        for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            XCTAssertEqual(Base64.encode(Array(bytes.utf8)), text)
            XCTAssertEqual(Base64.decode(text), Array(bytes.utf8))
        }
        for text in ["Z", "Zg", "Zg=", "Zg===", "Z===", "====", "Zh==", "Zm 9", "Zg==Zg==", "Zm_v"] {
            XCTAssertNil(Base64.decode(text), text)
        }
    }
}
