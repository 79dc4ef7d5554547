//! Runs the plugin as a host does: a process for each call, one JSON document on its standard output.

use osp_plugin::{row, Json};
use std::process::{Command, Stdio};

fn run(words: &[&str]) -> Json {
    let mut plugin = Command::new(env!("CARGO_BIN_EXE_osp-{{name}}"));
    let output = plugin.args(words).stdin(Stdio::null()).output().expect("the plugin starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Json::parse(&String::from_utf8(output.stdout).expect("UTF-8")).expect("one JSON document")
}

fn greeting(name: &str) -> Json {
    Json::List(vec![row! { "greeting" => format!("Hello, {name}!") }])
}

#[test]
fn it_describes_its_command() {
    let description = run(&["--describe"]);
    assert_eq!(description.get("plugin_id"), Some(&Json::from("{{plugin_id}}")));
    let commands = description.get("commands").expect("commands").items();
    assert_eq!(commands[0].get("name"), Some(&Json::from("{{name}}")));
}

#[test]
fn it_greets_the_world() {
    assert_eq!(run(&["{{name}}"]).get("data"), Some(&greeting("world")));
}

#[test]
fn it_greets_a_name_given_as_argument_or_flag() {
    for words in [&["{{name}}", "Ada"][..], &["{{name}}", "--name", "Ada"], &["{{name}}", "--name=Ada"]] {
        assert_eq!(run(words).get("data"), Some(&greeting("Ada")), "{words:?}");
    }
}

#[test]
fn it_refuses_a_name_that_is_too_long() {
    let answer = run(&["{{name}}", &"a".repeat(101)]);
    assert_eq!(answer.get("ok"), Some(&Json::Bool(false)));
    assert_eq!(answer.get("error").and_then(|error| error.get("code")), Some(&Json::from("USAGE")));
}
