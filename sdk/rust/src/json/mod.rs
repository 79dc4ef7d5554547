//! JSON as RFC 8259 has it: values, a strict parser, a compact writer, and the macro [`json!`](crate::json!). Whole
//! numbers keep all of their 64 bits.

#[macro_use]
mod macros;
mod parse;
mod write;

pub use parse::{parse, DEPTH_MAX, VALUES_MAX};

use std::ops::Index;

/// One JSON value. `to_string()` writes it.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A whole number that 64 bits hold, with or without a sign.
    Integer(i128),
    /// Any other number.
    Number(f64),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Value>),
    /// Members in the order in which they were written.
    Object(Vec<(String, Value)>),
}

static NULL: Value = Value::Null;

impl Value {
    /// A member of an object; nothing of anything else.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.members().iter().find(|(one, _)| one == name).map(|(_, value)| value)
    }

    /// Puts a member into an object, in the place of one of that name; nothing happens to anything else.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        if let Value::Object(members) = self {
            match members.iter_mut().find(|(one, _)| one == name) {
                Some((_, old)) => *old = value.into(),
                None => members.push((name.to_string(), value.into())),
            }
        }
    }

    /// The members of an object; none of anything else.
    pub fn members(&self) -> &[(String, Value)] {
        match self {
            Value::Object(members) => members,
            _ => &[],
        }
    }

    /// The items of a list; none of anything else.
    pub fn items(&self) -> &[Value] {
        match self {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The text that it is.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The truth value that it is.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Value::Bool(is) => Some(*is),
            _ => None,
        }
    }

    /// The whole number that it is; `3.0` is one too.
    pub fn as_i64(&self) -> Option<i64> {
        self.whole().and_then(|number| i64::try_from(number).ok())
    }

    /// The whole number without a sign that it is.
    pub fn as_u64(&self) -> Option<u64> {
        self.whole().and_then(|number| u64::try_from(number).ok())
    }

    /// The number that it is; whole ones beyond 2^53 lose their last digits.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Value::Integer(number) => Some(*number as f64),
            Value::Number(number) => Some(*number),
            _ => None,
        }
    }

    fn whole(&self) -> Option<i128> {
        const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
        match self {
            Value::Integer(number) => Some(*number),
            Value::Number(number) if number.fract() == 0.0 && number.abs() <= EXACT_MAX => Some(*number as i128),
            _ => None,
        }
    }

    /// Whether it is `null`, which is also what a member that is not there looks like.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }
}

/// A member; `null` where there is none.
impl Index<&str> for Value {
    type Output = Value;
    fn index(&self, name: &str) -> &Value {
        self.get(name).unwrap_or(&NULL)
    }
}

/// An item; `null` where there is none.
impl Index<usize> for Value {
    type Output = Value;
    fn index(&self, index: usize) -> &Value {
        self.items().get(index).unwrap_or(&NULL)
    }
}

macro_rules! from {
    ($($type:ty => |$name:ident| $value:expr;)*) => {$(
        impl From<$type> for Value {
            fn from($name: $type) -> Value {
                $value
            }
        }
    )*};
}
from! {
    bool => |is| Value::Bool(is);
    i32 => |number| Value::Integer(number.into());
    u32 => |number| Value::Integer(number.into());
    i64 => |number| Value::Integer(number.into());
    u64 => |number| Value::Integer(number.into());
    usize => |number| Value::Integer(number as i128);
    f64 => |number| Value::Number(number);
    &str => |text| Value::Text(text.to_string());
    String => |text| Value::Text(text);
    &String => |text| Value::Text(text.clone());
    &Value => |value| value.clone();
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Value {
        value.map_or(Value::Null, Into::into)
    }
}

impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(items: Vec<T>) -> Value {
        Value::List(items.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<Value>> FromIterator<T> for Value {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Value {
        Value::List(items.into_iter().map(Into::into).collect())
    }
}
