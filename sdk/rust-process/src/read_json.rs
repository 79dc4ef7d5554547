//! Reads JSON: settings that are lists, and whatever else a plugin gets as JSON.

use crate::json::{Json, Number};

const DEPTH_MAX: usize = 200;

pub(crate) fn read(text: &str) -> Result<Json, String> {
    let mut reader = Reader { text, at: 0, depth: 0 };
    let value = reader.value()?;
    match reader.next() {
        None => Ok(value),
        Some(_) => Err(reader.problem("more text behind the document")),
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl Reader<'_> {
    fn value(&mut self) -> Result<Json, String> {
        match self.next() {
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::list),
            Some(b'"') => self.string().map(Json::Text),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => self.word(),
        }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<Json, String>) -> Result<Json, String> {
        if self.depth == DEPTH_MAX {
            return Err(self.problem("too many levels"));
        }
        self.depth += 1;
        self.at += 1;
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn list(&mut self) -> Result<Json, String> {
        let mut items = Vec::new();
        if self.takes(b']') {
            return Ok(Json::List(items));
        }
        loop {
            items.push(self.value()?);
            if self.takes(b']') {
                return Ok(Json::List(items));
            }
            self.expects(b',')?;
        }
    }

    fn object(&mut self) -> Result<Json, String> {
        let mut members = Vec::new();
        if self.takes(b'}') {
            return Ok(Json::Object(members));
        }
        loop {
            if self.next() != Some(b'"') {
                return Err(self.problem("the name of a member is expected"));
            }
            let name = self.string()?;
            self.expects(b':')?;
            members.push((name, self.value()?));
            if self.takes(b'}') {
                return Ok(Json::Object(members));
            }
            self.expects(b',')?;
        }
    }

    fn string(&mut self) -> Result<String, String> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let rest = &self.text[self.at..];
            let plain = rest.find(|c: char| c == '"' || c == '\\' || c < ' ').ok_or_else(|| self.problem("a text has no end"))?;
            text.push_str(&rest[..plain]);
            self.at += plain + 1;
            match rest.as_bytes()[plain] {
                b'"' => return Ok(text),
                b'\\' => text.push(self.escape()?),
                _ => return Err(self.problem("a control character in a text")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, String> {
        let byte = self.text.as_bytes().get(self.at).copied();
        self.at += 1;
        match byte {
            Some(b @ (b'"' | b'\\' | b'/')) => Ok(char::from(b)),
            Some(b'b') => Ok('\u{8}'),
            Some(b'f') => Ok('\u{c}'),
            Some(b'n') => Ok('\n'),
            Some(b'r') => Ok('\r'),
            Some(b't') => Ok('\t'),
            Some(b'u') => self.code_point(),
            _ => Err(self.problem("an escape that is none")),
        }
    }

    /// Half of a pair that stands alone becomes the sign for what cannot be read.
    fn code_point(&mut self) -> Result<char, String> {
        let first = self.four_digits()?;
        if (0xd800..0xdc00).contains(&first) && self.text[self.at..].starts_with("\\u") {
            let before = self.at;
            self.at += 2;
            let second = self.four_digits()?;
            if (0xdc00..0xe000).contains(&second) {
                let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            self.at = before;
        }
        Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn four_digits(&mut self) -> Result<u32, String> {
        let digits = self.text.get(self.at..self.at + 4).filter(|text| text.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        self.at += 4;
        code.ok_or_else(|| self.problem("an escape that is none"))
    }

    fn number(&mut self) -> Result<Json, String> {
        let start = self.at;
        self.skip(b"-");
        if !self.skip(b"0") && self.digits() == 0 {
            return Err(self.problem("a number without digits"));
        }
        if self.skip(b".") && self.digits() == 0 {
            return Err(self.problem("a number without digits"));
        }
        if self.skip(b"eE") {
            self.skip(b"+-");
            if self.digits() == 0 {
                return Err(self.problem("a number without digits"));
            }
        }
        Ok(Json::Number(Number(self.text[start..self.at].to_string())))
    }

    fn word(&mut self) -> Result<Json, String> {
        for (word, value) in [("null", Json::Null), ("true", Json::Bool(true)), ("false", Json::Bool(false))] {
            if self.text[self.at..].starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
        }
        Err(self.problem("a value is expected"))
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.skip(b"0123456789") {}
        self.at - start
    }

    /// Steps over one byte, when it is one of these.
    fn skip(&mut self, bytes: &[u8]) -> bool {
        let is_there = self.text.as_bytes().get(self.at).map_or(false, |byte| bytes.contains(byte));
        self.at += usize::from(is_there);
        is_there
    }

    /// The next byte that is no white space, which is stepped over.
    fn next(&mut self) -> Option<u8> {
        while self.skip(b" \t\r\n") {}
        self.text.as_bytes().get(self.at).copied()
    }

    fn takes(&mut self, byte: u8) -> bool {
        self.next();
        self.skip(&[byte])
    }

    fn expects(&mut self, byte: u8) -> Result<(), String> {
        if self.takes(byte) { Ok(()) } else { Err(self.problem(&format!("\"{}\" is expected", char::from(byte)))) }
    }

    fn problem(&self, what: &str) -> String {
        format!("{what} (byte {})", self.at)
    }
}
