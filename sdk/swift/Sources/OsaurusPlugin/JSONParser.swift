// A parser that takes JSON and nothing more. What is read comes from strangers, so nesting and the number of values are
// bounded, and a member that is there twice is an error: two readers could take a different one of them.

/// What is wrong with a text, and at which byte.
public struct JSONError: Error, Equatable, CustomStringConvertible {
    public let problem: String
    public let byte: Int
    public var description: String { "\(problem) at byte \(byte)" }
}

extension JSON {
    /// Nesting beyond this is refused, which bounds the stack that the parser needs.
    public static let depthMax = 128
    /// Values in one text, those of lists and objects included.
    public static let valuesMax = 1_000_000

    /// Reads a text that is one JSON value.
    public init(parsing text: String) throws {
        var parser = JSONParser(bytes: Array(text.utf8))
        self = try parser.whole()
    }
}

private struct JSONParser {
    let bytes: [UInt8]
    var at = 0
    /// How many were begun.
    var values = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func whole() throws -> JSON {
        skipSpace()
        let value = try value(depth: 0)
        skipSpace()
        guard at == bytes.count else { throw wrong("something stands behind the value") }
        return value
    }

    func wrong(_ problem: String) -> JSONError {
        JSONError(problem: problem, byte: at)
    }

    var next: UInt8? { at < bytes.count ? bytes[at] : nil }

    mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { at += 1 }
    }

    mutating func take(_ wanted: String) -> Bool {
        let wanted = Array(wanted.utf8)
        guard at + wanted.count <= bytes.count, bytes[at..<at + wanted.count].elementsEqual(wanted) else { return false }
        at += wanted.count
        return true
    }

    mutating func value(depth: Int) throws -> JSON {
        guard depth <= JSON.depthMax else { throw wrong("nested too deeply") }
        values += 1
        guard values <= JSON.valuesMax else { throw wrong("too many values") }
        switch next {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "-"), .some(UInt8(ascii: "0")...UInt8(ascii: "9")): return try number()
        default:
            if take("true") { return .bool(true) }
            if take("false") { return .bool(false) }
            if take("null") { return .null }
            throw wrong("no value")
        }
    }

    mutating func object(depth: Int) throws -> JSON {
        var members: [String: JSON] = [:]
        at += 1
        skipSpace()
        if take("}") { return .object(members) }
        while true {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw wrong("no name of a member") }
            let name = try string()
            guard members[name] == nil else { throw wrong("a member for the second time") }
            skipSpace()
            guard take(":") else { throw wrong("no colon") }
            skipSpace()
            members[name] = try value(depth: depth + 1)
            skipSpace()
            if take("}") { return .object(members) }
            guard take(",") else { throw wrong("no comma") }
        }
    }

    mutating func array(depth: Int) throws -> JSON {
        var items: [JSON] = []
        at += 1
        skipSpace()
        if take("]") { return .array(items) }
        while true {
            skipSpace()
            items.append(try value(depth: depth + 1))
            skipSpace()
            if take("]") { return .array(items) }
            guard take(",") else { throw wrong("no comma") }
        }
    }

    mutating func number() throws -> JSON {
        let start = at
        _ = take("-")
        if !take("0") { try digits() }
        var isWhole = true
        if take(".") {
            isWhole = false
            try digits()
        }
        if take("e") || take("E") {
            isWhole = false
            if !take("+") { _ = take("-") }
            try digits()
        }
        let text = String(decoding: bytes[start..<at], as: UTF8.self)
        if isWhole, let number = Int64(text) { return .integer(number) }
        guard let number = Double(text), number.isFinite else { throw wrong("a number beyond all bounds") }
        return .number(number)
    }

    mutating func digits() throws {
        let start = at
        while let byte = next, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { at += 1 }
        guard at > start else { throw wrong("no digit") }
    }

    mutating func string() throws -> String {
        var out: [UInt8] = []
        at += 1
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                at += 1
                return String(decoding: out, as: UTF8.self)
            case UInt8(ascii: "\\"):
                at += 1
                out += try escape()
            case 0..<32:
                throw wrong("a control character in a text")
            default:
                out.append(byte)
                at += 1
            }
        }
        throw wrong("a text without an end")
    }

    /// Behind the backslash.
    mutating func escape() throws -> [UInt8] {
        let escaped = next
        at += 1
        switch escaped {
        case UInt8(ascii: "u"): return Array(String(Character(try unicode())).utf8)
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [escaped!]
        default: throw wrong("an escape that there is not")
        }
    }

    /// Behind the letter u; characters beyond 16 bits are two escapes.
    mutating func unicode() throws -> Unicode.Scalar {
        let first = try fourDigits()
        var code = first
        if (0xD800...0xDBFF).contains(first) {
            guard take("\\u") else { throw wrong("half a character") }
            let second = try fourDigits()
            guard (0xDC00...0xDFFF).contains(second) else { throw wrong("half a character") }
            code = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(code) else { throw wrong("half a character") }
        return scalar
    }

    mutating func fourDigits() throws -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw wrong("no four hexadecimal digits")
            }
            code = code * 16 + UInt32(digit)
            at += 1
        }
        return code
    }
}
