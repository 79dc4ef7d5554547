//! Compact JSON text of a value.

use super::Value;
use std::fmt::{Display, Formatter, Result, Write};

impl Display for Value {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        match self {
            Value::Null => out.write_str("null"),
            Value::Bool(is) => write!(out, "{is}"),
            Value::Integer(number) => write!(out, "{number}"),
            // JSON has no way to write the numbers that are none.
            Value::Number(number) if !number.is_finite() => out.write_str("null"),
            // The shortest text that is read as the same number, with an exponent where there would be many zeros.
            Value::Number(number) if number.abs() >= 1e21 || (*number != 0.0 && number.abs() < 1e-6) => {
                write!(out, "{number:e}")
            }
            Value::Number(number) => write!(out, "{number}"),
            Value::Text(text) => write_text(text, out),
            Value::List(items) => {
                out.write_char('[')?;
                for (index, item) in items.iter().enumerate() {
                    out.write_str(if index > 0 { "," } else { "" })?;
                    item.fmt(out)?;
                }
                out.write_char(']')
            }
            Value::Object(members) => {
                out.write_char('{')?;
                for (index, (name, member)) in members.iter().enumerate() {
                    out.write_str(if index > 0 { "," } else { "" })?;
                    write_text(name, out)?;
                    out.write_char(':')?;
                    member.fmt(out)?;
                }
                out.write_char('}')
            }
        }
    }
}

fn write_text(text: &str, out: &mut Formatter<'_>) -> Result {
    out.write_char('"')?;
    let mut rest = text;
    while let Some(at) = rest.find(|one: char| one == '"' || one == '\\' || one < ' ') {
        out.write_str(&rest[..at])?;
        match rest.as_bytes()[at] {
            b'\n' => out.write_str("\\n")?,
            b'\r' => out.write_str("\\r")?,
            b'\t' => out.write_str("\\t")?,
            sign @ (b'"' | b'\\') => write!(out, "\\{}", sign as char)?,
            control => write!(out, "\\u{control:04x}")?,
        }
        rest = &rest[at + 1..];
    }
    out.write_str(rest)?;
    out.write_char('"')
}
