//! A parser that takes JSON and nothing more. What is read comes from strangers, so nesting and the number of values are
//! bounded, and a member that is there twice is an error: two readers could take a different one of them.

use super::Value;
use std::collections::HashSet;

/// Nesting beyond this is refused, which bounds the stack that the parser needs.
pub const DEPTH_MAX: usize = 128;
/// Values in one text, those of lists and objects included: each takes far more memory than the two bytes that it may
/// have in the text.
pub const VALUES_MAX: usize = 1_000_000;

/// Reads a text that is one JSON value; what is wrong otherwise, with the place.
pub fn parse(text: &str) -> Result<Value, String> {
    parse_up_to(VALUES_MAX, text)
}

fn parse_up_to(values_max: usize, text: &str) -> Result<Value, String> {
    let mut parser = Parser { text, at: 0, values: 0, values_max };
    parser.skip_space();
    let value = parser.value(0)?;
    parser.skip_space();
    if parser.at < text.len() {
        return Err(parser.wrong("something stands behind the value"));
    }
    Ok(value)
}

struct Parser<'a> {
    text: &'a str,
    /// Always at the start of a character.
    at: usize,
    /// How many were begun.
    values: usize,
    values_max: usize,
}

impl Parser<'_> {
    fn wrong(&self, what: &str) -> String {
        format!("{} at byte {}", what, self.at)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn take(&mut self, wanted: &str) -> bool {
        let is_there = self.text[self.at..].starts_with(wanted);
        if is_there {
            self.at += wanted.len();
        }
        is_there
    }

    fn value(&mut self, depth: usize) -> Result<Value, String> {
        if depth > DEPTH_MAX {
            return Err(self.wrong("nested too deeply"));
        }
        self.values += 1;
        if self.values > self.values_max {
            return Err(self.wrong("too many values"));
        }
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.list(depth),
            Some(b'"') => self.string().map(Value::Text),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ if self.take("true") => Ok(Value::Bool(true)),
            _ if self.take("false") => Ok(Value::Bool(false)),
            _ if self.take("null") => Ok(Value::Null),
            _ => Err(self.wrong("no value")),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, String> {
        let mut members: Vec<(String, Value)> = Vec::new();
        let mut names = HashSet::new();
        self.at += 1;
        self.skip_space();
        if self.take("}") {
            return Ok(Value::Object(members));
        }
        loop {
            self.skip_space();
            if self.peek() != Some(b'"') {
                return Err(self.wrong("no name of a member"));
            }
            let name = self.string()?;
            if !names.insert(name.clone()) {
                return Err(self.wrong("a member for the second time"));
            }
            self.skip_space();
            if !self.take(":") {
                return Err(self.wrong("no colon"));
            }
            self.skip_space();
            members.push((name, self.value(depth + 1)?));
            self.skip_space();
            if self.take("}") {
                return Ok(Value::Object(members));
            }
            if !self.take(",") {
                return Err(self.wrong("no comma"));
            }
        }
    }

    fn list(&mut self, depth: usize) -> Result<Value, String> {
        let mut items = Vec::new();
        self.at += 1;
        self.skip_space();
        if self.take("]") {
            return Ok(Value::List(items));
        }
        loop {
            self.skip_space();
            items.push(self.value(depth + 1)?);
            self.skip_space();
            if self.take("]") {
                return Ok(Value::List(items));
            }
            if !self.take(",") {
                return Err(self.wrong("no comma"));
            }
        }
    }

    fn number(&mut self) -> Result<Value, String> {
        let start = self.at;
        self.take("-");
        if !self.take("0") {
            self.digits()?;
        }
        let is_whole = !matches!(self.peek(), Some(b'.' | b'e' | b'E'));
        if self.take(".") {
            self.digits()?;
        }
        if self.take("e") || self.take("E") {
            if !self.take("+") {
                self.take("-");
            }
            self.digits()?;
        }
        let digits = &self.text[start..self.at];
        if let Some(number) = whole(digits).filter(|_| is_whole) {
            return Ok(Value::Integer(number));
        }
        match digits.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Value::Number(number)),
            _ => Err(self.wrong("a number beyond all bounds")),
        }
    }

    fn digits(&mut self) -> Result<(), String> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start {
            return Err(self.wrong("no digit"));
        }
        Ok(())
    }

    fn string(&mut self) -> Result<String, String> {
        let mut out = String::new();
        self.at += 1;
        loop {
            let plain = self.text[self.at..].find(|one: char| one == '"' || one == '\\' || one < ' ');
            let plain = plain.ok_or_else(|| self.wrong("a text without an end"))?;
            out.push_str(&self.text[self.at..self.at + plain]);
            self.at += plain;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => out.push(self.escape()?),
                _ => return Err(self.wrong("a control character in a text")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, String> {
        self.at += 1;
        let escaped = self.peek();
        let character = match escaped {
            Some(b'u') => return self.unicode(),
            Some(b'n') => '\n',
            Some(b't') => '\t',
            Some(b'r') => '\r',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(sign @ (b'"' | b'\\' | b'/')) => sign as char,
            _ => return Err(self.wrong("an escape that there is not")),
        };
        self.at += 1;
        Ok(character)
    }

    /// Behind the backslash; characters beyond 16 bits are two escapes.
    fn unicode(&mut self) -> Result<char, String> {
        let first = self.four_digits()?;
        let code = match first {
            0xD800..=0xDBFF => {
                if !self.text[self.at..].starts_with("\\u") {
                    return Err(self.wrong("half a character"));
                }
                self.at += 1;
                let second = self.four_digits()?;
                if !(0xDC00..=0xDFFF).contains(&second) {
                    return Err(self.wrong("half a character"));
                }
                0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)
            }
            _ => first,
        };
        char::from_u32(code).ok_or_else(|| self.wrong("half a character"))
    }

    /// At the letter `u`.
    fn four_digits(&mut self) -> Result<u32, String> {
        let digits = self.text.as_bytes().get(self.at + 1..self.at + 5);
        let digits = digits.filter(|four| four.iter().all(u8::is_ascii_hexdigit));
        let digits = digits.ok_or_else(|| self.wrong("no four hexadecimal digits"))?;
        let code = digits.iter().fold(0, |code, digit| code * 16 + (*digit as char).to_digit(16).unwrap_or(0));
        self.at += 5;
        Ok(code)
    }
}

/// The number, when 64 bits hold it.
fn whole(digits: &str) -> Option<i128> {
    let number = digits.parse::<i128>().ok()?;
    (i64::MIN as i128..=u64::MAX as i128).contains(&number).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let value = json!({
            "a": [null, true, false, 12, -3, 0.25, 1e300, 1e-7, -1.5e-300],
            "b": "quotes \" \\ / lines \n\r\t control \u{1} euro € face 😀 zero \u{0} line \u{2028}",
            "c": {}, "d": [], "": "",
        });
        assert_eq!(parse(&value.to_string()), Ok(value));
    }

    #[test]
    fn whole_numbers_keep_64_bits_and_what_is_larger_becomes_a_double() {
        for text in ["9223372036854775807", "-9223372036854775808", "18446744073709551615", "9007199254740993", "0"] {
            assert_eq!(parse(text).unwrap().to_string(), text);
        }
        assert_eq!(parse("-9223372036854775808").unwrap().as_i64(), Some(i64::MIN));
        assert_eq!(parse("18446744073709551615").unwrap().as_u64(), Some(u64::MAX));
        assert_eq!(parse("18446744073709551615").unwrap().as_i64(), None);
        assert_eq!(parse("18446744073709551616").unwrap(), Value::Number(18446744073709551616.0));
        assert_eq!(parse("-9223372036854775809").unwrap(), Value::Number(-9223372036854775808.0));
        assert_eq!(parse("3.0").unwrap().as_i64(), Some(3));
        assert_eq!(parse("3.5").unwrap().as_i64(), None);
        assert_eq!(parse(&"9".repeat(400)), Err("a number beyond all bounds at byte 400".into()));
    }

    #[test]
    fn all_of_json_is_read() {
        assert_eq!(parse(" [1 , -0.5e+1,\t2E2\r\n] "), Ok(json!([1, -5.0, 200.0])));
        assert_eq!(parse(r#""\"\\\/\b\f\n\r\t\u20AC\ud83d\ude00""#), Ok(json!("\"\\/\u{8}\u{c}\n\r\t€😀")));
        assert_eq!(parse(r#"{"a":{"b":[]}}"#).unwrap()["a"]["b"], json!([]));
    }

    #[test]
    fn what_is_not_json_is_refused() {
        let wrong = [
            "",
            " ",
            "nul",
            "truex",
            "+1",
            "01",
            "1.",
            ".5",
            "1e",
            "- 1",
            "1e999",
            "NaN",
            "'a'",
            "\"",
            "\"\\x\"",
            "\"\\u12g4\"",
            "\"\\ud800\"",
            "\"\\ud800\\u0041\"",
            "\"\\udc00\"",
            "\"\\u\u{20AC}\"",
            "\"\n\"",
            "[1,]",
            "[,1]",
            "[1 2]",
            "[",
            "]",
            "{\"a\":1,}",
            "{a:1}",
            "{\"a\" 1}",
            "{\"a\":1 \"b\":2}",
            "{",
            "{\"a\"",
            "{\"a\":",
            "1 2",
            "[] []",
            "{\"a\":1,\"a\":2}",
            "\u{feff}1",
        ];
        for json in wrong {
            assert!(parse(json).is_err(), "{:?} was read", json);
        }
    }

    #[test]
    fn a_text_cut_anywhere_is_refused_and_nothing_panics() {
        let whole = r#"{"a":[1,-2.5e3,"x\u00e9\ud83d\ude00é😀\n",true,false,null],"b":{}}"#;
        assert!(parse(whole).is_ok());
        for end in (0..whole.len()).filter(|end| whole.is_char_boundary(*end)) {
            assert!(parse(&whole[..end]).is_err(), "the first {} bytes were read", end);
        }
    }

    #[test]
    fn nesting_is_taken_up_to_the_limit_and_no_further() {
        let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        assert!(parse(&nested(DEPTH_MAX)).is_ok());
        assert!(parse(&nested(DEPTH_MAX + 1)).is_err());
        assert!(parse(&"[".repeat(1_000_000)).is_err());
        assert!(parse(&"{\"a\":".repeat(1_000_000)).is_err());
    }

    #[test]
    fn as_many_values_are_taken_as_there_may_be_and_no_more() {
        let list = |values: usize| format!("[{}]", vec!["0"; values - 1].join(","));
        assert!(parse_up_to(10, &list(10)).is_ok());
        assert!(parse_up_to(10, &list(11)).is_err());
        assert!(parse_up_to(4, r#"{"a":[1,2]}"#).is_ok());
        assert!(parse_up_to(3, r#"{"a":[1,2]}"#).is_err());
        assert!(parse(&list(VALUES_MAX + 1)).is_err());
    }
}
