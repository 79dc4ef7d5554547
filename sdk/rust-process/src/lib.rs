//! Helper for process plugins: declare commands, write functions, run.
//!
//! ```no_run
//! use osp_plugin::{row, Arg, Call, Command, Failure, Plugin, Response};
//!
//! fn main() {
//!     Plugin::new("hello", "0.1.0")
//!         .command(Command::new("hello").about("Greet somebody").arg(Arg::new("name")).run(greet))
//!         .run()
//! }
//!
//! fn greet(call: &mut Call) -> Result<Response, Failure> {
//!     let name = call.text("name").unwrap_or("world");
//!     Ok(Response::rows([row! { "greeting" => format!("Hello, {name}!") }]))
//! }
//! ```
//!
//! It answers `--describe` and `--help`, reads the command line, and prints exactly one answer: what the function
//! returns, a failure when it returns an error or panics. While a function runs, what is printed (`println!`, and what
//! programs print that it starts) goes to stderr. No dependencies; Rust 1.63 or newer.

#![deny(unsafe_code)]
#![warn(missing_docs)]

mod call;
mod config;
mod declare;
mod help;
mod json;
mod parse;
mod read_json;
mod response;
mod stdout;

pub use call::{Call, Hints, Level};
pub use config::Config;
pub use declare::{Arg, Auth, Command, Credential, Flag, Session, Suggestion};
pub use json::{Json, Number};
pub use response::{Failure, Response};

use std::collections::HashMap;
use std::panic::{catch_unwind, AssertUnwindSafe};

/// A plugin: its id, its version, its commands.
pub struct Plugin {
    id: String,
    version: String,
    min_osp_version: Option<String>,
    commands: Vec<Command>,
}

impl Plugin {
    /// A plugin without commands yet. The version is a semantic one by custom.
    pub fn new(id: &str, version: &str) -> Self {
        Plugin { id: id.trim().to_string(), version: version.to_string(), min_osp_version: None, commands: Vec::new() }
    }

    /// Hosts below this version refuse the plugin.
    pub fn min_osp_version(mut self, version: &str) -> Self {
        self.min_osp_version = Some(version.to_string());
        self
    }

    /// Adds a command.
    pub fn command(mut self, command: Command) -> Self {
        self.commands.push(command);
        self
    }

    /// Answers the call that this process was started for, and ends it. A declaration that breaks a rule is told on
    /// stderr and ends it with status 40: it is a mistake that shows on every call.
    pub fn run(self) -> ! {
        if let Err(problem) = self.check() {
            eprintln!("{}: {problem}", self.id);
            std::process::exit(40);
        }
        let mut out = stdout::take();
        let words: Vec<String> = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
        let env = std::env::vars_os()
            .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
            .collect();
        let text = self.answer(&words, &env);
        std::process::exit(stdout::write(&mut out, &text))
    }

    /// What the plugin prints for these words, the first of which is the command. For tests; `run` prints it.
    pub fn answer(&self, words: &[String], env: &HashMap<String, String>) -> String {
        if words.len() == 1 && words[0] == "--describe" {
            return format!("{}\n", self.describe());
        }
        if let Some(path) = help::wanted(&self.commands, words) {
            return help::text(&self.commands, &path);
        }
        let mut messages = Vec::new();
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let (path, values) = parse::parse(&self.commands, words)?;
            let mut call = Call::new(&self.id, &path, values, env, &mut messages);
            match path.last().and_then(|command| command.handler.as_ref()) {
                Some(handler) => handler(&mut call),
                None => Err(Failure::new("INTERNAL", "the command has no function")),
            }
        }));
        let answer = outcome.unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<&str>().copied().or(panic.downcast_ref::<String>().map(String::as_str));
            Err(Failure::new("INTERNAL", &format!("panic: {}", text.unwrap_or("without a text"))))
        });
        response::document(answer, messages)
    }

    /// What `--describe` prints.
    pub fn describe(&self) -> Json {
        let mut members = vec![
            ("protocol_version", Json::from(1)),
            ("plugin_id", Json::from(self.id.as_str())),
            ("plugin_version", Json::from(self.version.as_str())),
        ];
        if let Some(version) = &self.min_osp_version {
            members.push(("min_osp_version", Json::from(version.as_str())));
        }
        members.push(("commands", Json::List(self.commands.iter().map(Command::describe).collect())));
        Json::object(members)
    }

    /// What the host would refuse, or words that could not be told apart.
    fn check(&self) -> Result<(), String> {
        if self.id.is_empty() {
            return Err("the id of a plugin must not be blank".to_string());
        }
        if self.commands.is_empty() {
            return Err("a plugin needs a command".to_string());
        }
        declare::check(&self.commands)
    }
}
