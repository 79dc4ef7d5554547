// JSON values, written in Swift as they look: ["name": "Ada", "sizes": [1, 2], "more": nil].

/// One JSON value. `description` writes it.
public enum JSON: Equatable {
    case null
    case bool(Bool)
    /// A whole number that 64 bits hold.
    case integer(Int64)
    /// Any other number.
    case number(Double)
    case string(String)
    case array([JSON])
    case object([String: JSON])

    /// A member of an object; `null` where there is none.
    public subscript(name: String) -> JSON {
        get { members[name] ?? .null }
        set {
            guard case .object(var members) = self else { return }
            members[name] = newValue
            self = .object(members)
        }
    }

    /// An item of a list; `null` where there is none.
    public subscript(index: Int) -> JSON {
        items.indices.contains(index) ? items[index] : .null
    }

    /// The members of an object; none of anything else.
    public var members: [String: JSON] {
        if case .object(let members) = self { return members }
        return [:]
    }

    /// The items of a list; none of anything else.
    public var items: [JSON] {
        if case .array(let items) = self { return items }
        return []
    }

    public var string: String? {
        if case .string(let text) = self { return text }
        return nil
    }

    public var bool: Bool? {
        if case .bool(let value) = self { return value }
        return nil
    }

    /// The whole number that it is; `3.0` is one too.
    public var integer: Int64? {
        switch self {
        case .integer(let number): return number
        case .number(let number): return abs(number) <= 9_007_199_254_740_992 ? Int64(exactly: number) : nil
        default: return nil
        }
    }

    public var number: Double? {
        switch self {
        case .integer(let number): return Double(number)
        case .number(let number): return number
        default: return nil
        }
    }

    public var isNull: Bool { self == .null }

    /// Puts members into an object; objects that are on both sides are put together.
    mutating func merge(_ more: JSON) {
        guard case .object(var members) = self, case .object(let others) = more else { return }
        for (name, value) in others {
            if case .object = value, var old = members[name], case .object = old {
                old.merge(value)
                members[name] = old
            } else {
                members[name] = value
            }
        }
        self = .object(members)
    }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral, ExpressibleByNilLiteral, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    public init(stringLiteral text: String) { self = .string(text) }
    public init(integerLiteral number: Int64) { self = .integer(number) }
    public init(floatLiteral number: Double) { self = .number(number) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(nilLiteral: ()) { self = .null }
    public init(arrayLiteral items: JSON...) { self = .array(items) }
    /// Of a member that is there twice the last one counts.
    public init(dictionaryLiteral members: (String, JSON)...) {
        self = .object(Dictionary(members, uniquingKeysWith: { _, last in last }))
    }
}

extension JSON: CustomStringConvertible {
    /// Compact JSON text, members in the order of their names.
    public var description: String {
        var bytes: [UInt8] = []
        write(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private func write(to out: inout [UInt8]) {
        switch self {
        case .null: out += "null".utf8
        case .bool(let value): out += (value ? "true" : "false").utf8
        case .integer(let number): out += String(number).utf8
        // JSON has no way to write the numbers that are none.
        case .number(let number): out += (number.isFinite ? String(number) : "null").utf8
        case .string(let text): JSON.write(text, to: &out)
        case .array(let items):
            out.append(UInt8(ascii: "["))
            for (index, item) in items.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                item.write(to: &out)
            }
            out.append(UInt8(ascii: "]"))
        case .object(let members):
            out.append(UInt8(ascii: "{"))
            for (index, name) in members.keys.sorted().enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                JSON.write(name, to: &out)
                out.append(UInt8(ascii: ":"))
                members[name]!.write(to: &out)
            }
            out.append(UInt8(ascii: "}"))
        }
    }

    private static func write(_ text: String, to out: inout [UInt8]) {
        let digits = Array("0123456789abcdef".utf8)
        out.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): out += [UInt8(ascii: "\\"), byte]
            case UInt8(ascii: "\n"): out += "\\n".utf8
            case UInt8(ascii: "\r"): out += "\\r".utf8
            case UInt8(ascii: "\t"): out += "\\t".utf8
            case 0..<32: out += "\\u00".utf8 + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            default: out.append(byte)
            }
        }
        out.append(UInt8(ascii: "\""))
    }
}
