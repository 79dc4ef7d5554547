// Base64 (RFC 4648, with padding): how bytes that are no text stand in JSON.

private let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

public enum Base64 {
    public static func encode(_ bytes: [UInt8]) -> String {
        var out: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let three = bytes[start..<min(start + 3, bytes.count)]
            let bits = three.enumerated().reduce(UInt32(0)) { $0 | UInt32($1.element) << UInt32(16 - 8 * $1.offset) }
            for place in 0..<4 {
                let letter = letters[Int(bits >> UInt32(18 - 6 * place) & 63)]
                out.append(place <= three.count ? letter : UInt8(ascii: "="))
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// Nothing when the text is not exactly base64.
    public static func decode(_ text: String) -> [UInt8]? {
        let text = Array(text.utf8)
        guard text.count % 4 == 0 else { return nil }
        let padding = text.suffix(2).reversed().prefix(while: { $0 == UInt8(ascii: "=") }).count
        let used = Array(text.dropLast(padding))
        var out: [UInt8] = []
        for start in stride(from: 0, to: used.count, by: 4) {
            let four = used[start..<min(start + 4, used.count)]
            var bits: UInt32 = 0
            for (place, letter) in four.enumerated() {
                guard let value = letters.firstIndex(of: letter) else { return nil }
                bits |= UInt32(value) << UInt32(18 - 6 * place)
            }
            let whole = four.count - 1
            // Bits that no byte is made of must be zero, or two texts would be the same bytes.
            guard bits & (0x00FF_FFFF >> UInt32(8 * whole)) == 0 else { return nil }
            for place in 0..<whole { out.append(UInt8(truncatingIfNeeded: bits >> UInt32(16 - 8 * place))) }
        }
        return out
    }
}
