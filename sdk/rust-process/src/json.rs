//! JSON values, written without losing anything: members keep their order, whole numbers of any size all their digits.

use std::fmt::{self, Display, Formatter, Write};

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number; `Json::from` makes one.
    Number(Number),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Json>),
    /// An object, in the order of its members.
    Object(Vec<(String, Json)>),
}

/// A number, as it is written in JSON.
#[derive(Clone, Debug, PartialEq)]
pub struct Number(pub(crate) String);

impl Number {
    /// The digits as they are written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An object from names and values: `row! { "name" => "Ada", "age" => 36 }`.
#[macro_export]
macro_rules! row {
    ($($name:expr => $value:expr),* $(,)?) => {
        $crate::Json::Object(vec![$((::std::string::String::from($name), $crate::Json::from($value))),*])
    };
}

impl Json {
    /// An object of these members.
    pub fn object<N: Into<String>>(members: impl IntoIterator<Item = (N, Json)>) -> Self {
        Json::Object(members.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }

    /// Reads one JSON document. The error says what is wrong and at which byte.
    pub fn parse(text: &str) -> Result<Json, String> {
        crate::read_json::read(text)
    }

    /// The member of an object, the last one of this name.
    pub fn get(&self, name: &str) -> Option<&Json> {
        match self {
            Json::Object(members) => members.iter().rev().find(|(other, _)| other == name).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The text, of a text.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Json::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The items of a list; none of anything else.
    pub fn items(&self) -> &[Json] {
        match self {
            Json::List(items) => items,
            _ => &[],
        }
    }
}

impl Display for Json {
    fn fmt(&self, out: &mut Formatter) -> fmt::Result {
        match self {
            Json::Null => out.write_str("null"),
            Json::Bool(value) => write!(out, "{value}"),
            Json::Number(number) => out.write_str(&number.0),
            Json::Text(text) => write_text(out, text),
            Json::List(items) => {
                out.write_char('[')?;
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        out.write_char(',')?;
                    }
                    item.fmt(out)?;
                }
                out.write_char(']')
            }
            Json::Object(members) => {
                out.write_char('{')?;
                for (at, (name, value)) in members.iter().enumerate() {
                    if at > 0 {
                        out.write_char(',')?;
                    }
                    write_text(out, name)?;
                    out.write_char(':')?;
                    value.fmt(out)?;
                }
                out.write_char('}')
            }
        }
    }
}

/// What needs no escape is written in one go.
fn write_text(out: &mut Formatter, text: &str) -> fmt::Result {
    out.write_char('"')?;
    let mut written = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.write_str(&text[written..at])?;
        match byte {
            b'"' => out.write_str("\\\"")?,
            b'\\' => out.write_str("\\\\")?,
            b'\n' => out.write_str("\\n")?,
            b'\t' => out.write_str("\\t")?,
            _ => write!(out, "\\u{byte:04x}")?,
        }
        written = at + 1;
    }
    out.write_str(&text[written..])?;
    out.write_char('"')
}

macro_rules! from_whole_numbers {
    ($($kind:ty)*) => {
        $(impl From<$kind> for Json {
            fn from(value: $kind) -> Self {
                Json::Number(Number(value.to_string()))
            }
        })*
    };
}
from_whole_numbers!(i8 u8 i16 u16 i32 u32 i64 u64 i128 u128 isize usize);

/// What is no number in JSON (not a number, without end) becomes null.
impl From<f64> for Json {
    fn from(value: f64) -> Self {
        if value.is_finite() { Json::Number(Number(format!("{value:?}"))) } else { Json::Null }
    }
}

impl From<bool> for Json {
    fn from(value: bool) -> Self {
        Json::Bool(value)
    }
}

impl From<&str> for Json {
    fn from(value: &str) -> Self {
        Json::Text(value.to_string())
    }
}

impl From<&String> for Json {
    fn from(value: &String) -> Self {
        Json::Text(value.clone())
    }
}

impl From<String> for Json {
    fn from(value: String) -> Self {
        Json::Text(value)
    }
}

impl<T: Into<Json>> From<Vec<T>> for Json {
    fn from(values: Vec<T>) -> Self {
        Json::List(values.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<Json>> From<Option<T>> for Json {
    fn from(value: Option<T>) -> Self {
        value.map_or(Json::Null, Into::into)
    }
}
