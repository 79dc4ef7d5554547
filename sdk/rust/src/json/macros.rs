//! [`json!`](crate::json!): JSON as it is written in JSON, with expressions of Rust for values.

/// Makes a [`Value`](crate::Value): `json!({"name": name, "sizes": [1, 2], "more": null})`. The names of members are
/// texts; a value is JSON or any expression that a `Value` can be made from.
#[macro_export]
macro_rules! json {
    (null) => { $crate::json::Value::Null };
    ([ $($items:tt)* ]) => {{
        #[allow(unused_mut, clippy::vec_init_then_push)]
        let list = { let mut list = ::std::vec::Vec::new(); $crate::json_items!(list $($items)*); list };
        $crate::json::Value::List(list)
    }};
    ({ $($members:tt)* }) => {{
        #[allow(unused_mut, clippy::vec_init_then_push)]
        let members = {
            let mut members: ::std::vec::Vec<(::std::string::String, $crate::json::Value)> = ::std::vec::Vec::new();
            $crate::json_members!(members $($members)*);
            members
        };
        $crate::json::Value::Object(members)
    }};
    ($value:expr) => { $crate::json::Value::from($value) };
}

/// The items of a list, one after the other: what is JSON is tried before what is Rust.
#[doc(hidden)]
#[macro_export]
macro_rules! json_items {
    ($list:ident) => {};
    ($list:ident null $(, $($rest:tt)*)?) => {
        $list.push($crate::json!(null)); $($crate::json_items!($list $($rest)*);)?
    };
    ($list:ident [ $($inner:tt)* ] $(, $($rest:tt)*)?) => {
        $list.push($crate::json!([ $($inner)* ])); $($crate::json_items!($list $($rest)*);)?
    };
    ($list:ident { $($inner:tt)* } $(, $($rest:tt)*)?) => {
        $list.push($crate::json!({ $($inner)* })); $($crate::json_items!($list $($rest)*);)?
    };
    ($list:ident $value:expr $(, $($rest:tt)*)?) => {
        $list.push($crate::json::Value::from($value)); $($crate::json_items!($list $($rest)*);)?
    };
}

/// The same for the members of an object.
#[doc(hidden)]
#[macro_export]
macro_rules! json_members {
    ($members:ident) => {};
    ($members:ident $name:literal : null $(, $($rest:tt)*)?) => {
        $members.push(($name.into(), $crate::json!(null))); $($crate::json_members!($members $($rest)*);)?
    };
    ($members:ident $name:literal : [ $($inner:tt)* ] $(, $($rest:tt)*)?) => {
        $members.push(($name.into(), $crate::json!([ $($inner)* ]))); $($crate::json_members!($members $($rest)*);)?
    };
    ($members:ident $name:literal : { $($inner:tt)* } $(, $($rest:tt)*)?) => {
        $members.push(($name.into(), $crate::json!({ $($inner)* }))); $($crate::json_members!($members $($rest)*);)?
    };
    ($members:ident $name:literal : $value:expr $(, $($rest:tt)*)?) => {
        $members.push(($name.into(), $crate::json::Value::from($value))); $($crate::json_members!($members $($rest)*);)?
    };
}

#[cfg(test)]
mod tests {
    use crate::json::{parse, Value};

    #[test]
    fn json_stands_in_rust_as_it_stands_in_a_file() {
        let (name, none) = ("Ada", None::<i64>);
        let value = json!({
            "text": format!("Hello, {name}!"), "list": [1, -2, 0.5, "x", null, true, [], {}, {"a": [name]}],
            "sum": 1 + 2, "none": none, "nothing": null, "last": {"empty": [],},
        });
        let text = r#"{"text":"Hello, Ada!","list":[1,-2,0.5,"x",null,true,[],{},{"a":["Ada"]}],"sum":3,"none":null,"nothing":null,"last":{"empty":[]}}"#;
        assert_eq!(value.to_string(), text);
        assert_eq!(parse(text), Ok(value));
        assert_eq!(json!(null), Value::Null);
        assert_eq!(json!(name), Value::Text("Ada".into()));
    }
}
