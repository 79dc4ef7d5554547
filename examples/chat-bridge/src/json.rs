//! JSON as RFC 8259 has it, and nothing more: a parser that refuses what is not exactly that, and a writer. What is read
//! comes from strangers, so nesting and the number of values are bounded, and a member that is there twice is an error:
//! two readers could take a different one of them.

/// Nesting beyond this is refused, which bounds the stack that the parser needs.
const DEPTH_MAX: usize = 64;
/// Values in one text, those of lists and objects included: each takes far more memory than the two bytes that it may
/// have in the text.
const VALUES_MAX: usize = 200_000;

#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    /// Integers are exact up to 2^53.
    Number(f64),
    Text(String),
    List(Vec<Value>),
    Object(Vec<(String, Value)>),
}

/// An object with these members.
pub fn object(members: Vec<(&str, Value)>) -> Value {
    Value::Object(members.into_iter().map(|(name, value)| (name.to_string(), value)).collect())
}

pub fn text(words: impl Into<String>) -> Value {
    Value::Text(words.into())
}

impl Value {
    /// A member of an object; nothing of anything else.
    pub fn get(&self, name: &str) -> Option<&Value> {
        match self {
            Value::Object(members) => members.iter().find(|(one, _)| one == name).map(|(_, value)| value),
            _ => None,
        }
    }

    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(words) => Some(words),
            _ => None,
        }
    }

    pub fn as_list(&self) -> Option<&[Value]> {
        match self {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    /// A whole number that a double holds exactly.
    pub fn as_integer(&self) -> Option<i64> {
        match self {
            Value::Number(number) if number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0 => {
                Some(*number as i64)
            }
            _ => None,
        }
    }

    /// A member that is a text.
    pub fn text_of(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Value::as_text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Value {
        Value::Number(number as f64)
    }
}

/// Compact JSON text.
pub fn write(value: &Value) -> String {
    let mut out = String::new();
    write_value(value, &mut out);
    out
}

fn write_value(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(is) => out.push_str(if *is { "true" } else { "false" }),
        // JSON has no way to write the numbers that are none.
        Value::Number(number) if !number.is_finite() => out.push_str("null"),
        Value::Number(number) => out.push_str(&number.to_string()),
        Value::Text(words) => write_text(words, out),
        Value::List(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_value(item, out);
            }
            out.push(']');
        }
        Value::Object(members) => {
            out.push('{');
            for (index, (name, member)) in members.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_text(name, out);
                out.push(':');
                write_value(member, out);
            }
            out.push('}');
        }
    }
}

fn write_text(words: &str, out: &mut String) {
    out.push('"');
    for character in words.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if control < ' ' => out.push_str(&format!("\\u{:04x}", control as u32)),
            other => out.push(other),
        }
    }
    out.push('"');
}

/// Reads a text that is one JSON value; what is wrong otherwise, with the place.
pub fn parse(text: &str) -> Result<Value, String> {
    let mut parser = Parser { text, at: 0, values: 0 };
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
        if self.values > VALUES_MAX {
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
        let mut names = std::collections::HashSet::new();
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
        if self.take(".") {
            self.digits()?;
        }
        if self.take("e") || self.take("E") {
            if !self.take("+") {
                self.take("-");
            }
            self.digits()?;
        }
        match self.text[start..self.at].parse::<f64>() {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let value = object(vec![
            ("a", Value::List(vec![Value::Null, Value::Bool(true), Value::Bool(false), 12.into(), (-3).into()])),
            ("b", text("quotes \" \\ / lines \n\r\t control \u{1} euro € face 😀 zero \u{0}")),
            ("c", object(vec![])),
            ("d", Value::List(vec![])),
            ("e", Value::Number(0.25)),
        ]);
        assert_eq!(parse(&write(&value)), Ok(value));
    }

    #[test]
    fn all_of_json_is_read() {
        let read = |json: &str| parse(json).unwrap();
        assert_eq!(read(" [1 , -0.5e+1,\t2E2\r\n] "), Value::List(vec![1.into(), (-5).into(), 200.into()]));
        assert_eq!(read(r#""\"\\\/\b\f\n\r\t\u20AC\ud83d\ude00""#), text("\"\\/\u{8}\u{c}\n\r\t€😀"));
        assert_eq!(read(r#"{"a":{"b":[]}}"#).get("a").unwrap().get("b"), Some(&Value::List(vec![])));
        assert_eq!(read("9007199254740992").as_integer(), Some(9_007_199_254_740_992));
        assert_eq!(read("1.5").as_integer(), None);
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
        assert!(parse(&"[".repeat(10_000_000)).is_err());
        assert!(parse(&"{\"a\":".repeat(1_000_000)).is_err());
    }

    #[test]
    fn as_many_values_are_taken_as_there_may_be_and_no_more() {
        let list = |values: usize| format!("[{}]", vec!["0"; values - 1].join(","));
        assert!(parse(&list(VALUES_MAX)).is_ok());
        assert!(parse(&list(VALUES_MAX + 1)).is_err());
        let members = |values: usize| {
            let members: Vec<String> = (1..values).map(|number| format!("\"{}\":[]", number)).collect();
            format!("{{{}}}", members.join(","))
        };
        assert!(parse(&members(VALUES_MAX)).is_ok());
        assert!(parse(&members(VALUES_MAX + 1)).is_err());
    }
}
