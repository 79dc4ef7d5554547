//! One call of a command: what was typed, and what the host said.

use crate::config::Config;
use crate::declare::Command;
use crate::json::Json;
use crate::parse::{is_number, short, usage, Values};
use crate::response::Failure;
use std::collections::HashMap;

/// How much a message matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Something failed.
    Error,
    /// Unexpected, not fatal.
    Warning,
    /// It worked.
    Success,
    /// Neutral.
    Info,
    /// Detail, shown with `-v`.
    Trace,
}

impl Level {
    const ALL: [(&'static str, Level); 5] = [
        ("error", Level::Error),
        ("warning", Level::Warning),
        ("success", Level::Success),
        ("info", Level::Info),
        ("trace", Level::Trace),
    ];

    fn word(self) -> &'static str {
        Level::ALL.iter().find(|(_, level)| *level == self).map_or("info", |(word, _)| word)
    }
}

/// What the host says of the call. Outside of a host, and for words that are not known, these are the defaults.
#[derive(Clone, Debug)]
pub struct Hints {
    /// The command that was called.
    pub command: Option<String>,
    /// The last level of messages that is shown.
    pub verbosity: Level,
    /// 0 to 3, one for each `-d`.
    pub debug_level: u8,
    /// `auto`, `json`, `table`, `md`, `mreg`, `value` or `guide`.
    pub format: String,
    /// `auto`, `always` or `never`.
    pub color: String,
    /// `auto`, `always` or `never`.
    pub unicode: String,
    /// `cli`, `repl` or `unknown`.
    pub terminal_kind: String,
    /// The active profile.
    pub profile: Option<String>,
    /// The user's `TERM`.
    pub terminal: Option<String>,
}

impl Hints {
    fn new(env: &HashMap<String, String>) -> Self {
        let text = |name: &str| env.get(name).filter(|text| !text.is_empty()).cloned();
        let word = |name: &str, known: &[&str], otherwise: &str| {
            let value = env.get(name).map(|text| text.trim().to_ascii_lowercase()).unwrap_or_default();
            if known.contains(&value.as_str()) { value } else { otherwise.to_string() }
        };
        let modes = ["auto", "always", "never"];
        let verbosity = env.get("OSP_UI_VERBOSITY").map(|text| text.trim().to_ascii_lowercase());
        let level = Level::ALL.iter().find(|(word, _)| Some(*word) == verbosity.as_deref());
        Hints {
            command: text("OSP_COMMAND"),
            verbosity: level.map_or(Level::Info, |(_, level)| *level),
            debug_level: word("OSP_DEBUG_LEVEL", &["0", "1", "2", "3"], "0").parse().unwrap_or(0),
            format: word("OSP_FORMAT", &["auto", "json", "table", "md", "mreg", "value", "guide"], "auto"),
            color: word("OSP_COLOR", &modes, "auto"),
            unicode: word("OSP_UNICODE", &modes, "auto"),
            terminal_kind: word("OSP_TERMINAL_KIND", &["cli", "repl", "unknown"], "unknown"),
            profile: text("OSP_PROFILE"),
            terminal: text("OSP_TERMINAL"),
        }
    }
}

/// One call of a command. Names are those of arguments (`name`) and of flags in any spelling (`--limit`); asking for
/// one that the command does not declare is a mistake of the plugin and panics, which becomes a failure.
pub struct Call<'a> {
    command: Vec<String>,
    hints: Hints,
    config: Config<'a>,
    values: Values,
    messages: &'a mut Vec<Json>,
}

impl<'a> Call<'a> {
    pub(crate) fn new(
        plugin_id: &'a str,
        path: &[&Command],
        values: Values,
        env: &'a HashMap<String, String>,
        messages: &'a mut Vec<Json>,
    ) -> Self {
        let command = path.iter().map(|command| command.name.clone()).collect();
        Call { command, hints: Hints::new(env), config: Config::new(plugin_id, env), values, messages }
    }

    /// The command and those below it.
    pub fn command(&self) -> &[String] {
        &self.command
    }

    /// What the host says of the call.
    pub fn hints(&self) -> &Hints {
        &self.hints
    }

    /// What is configured for the plugin.
    pub fn config(&self) -> &Config<'a> {
        &self.config
    }

    /// All values, in order; none when it was not given.
    pub fn texts(&self, name: &str) -> &[String] {
        let found = self.values.iter().find(|(names, _)| names.iter().any(|one| one == name));
        match found {
            Some((_, values)) => values,
            None => panic!("the command \"{}\" declares no \"{name}\"", self.command.join(" ")),
        }
    }

    /// The value, the last one where there are several.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.texts(name).last().map(String::as_str)
    }

    /// Whether it was given.
    pub fn is_set(&self, name: &str) -> bool {
        !self.texts(name).is_empty()
    }

    /// How often a flag was given.
    pub fn count(&self, name: &str) -> usize {
        self.texts(name).len()
    }

    /// A whole number; anything else is wrong usage.
    pub fn integer(&self, name: &str) -> Result<Option<i64>, Failure> {
        self.read(name, "must be a whole number", |text| text.parse().ok())
    }

    /// A number; anything else is wrong usage.
    pub fn number(&self, name: &str) -> Result<Option<f64>, Failure> {
        self.read(name, "must be a number", |text| text.parse().ok().filter(|_| is_number(text)))
    }

    fn read<T>(&self, name: &str, what: &str, read: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Failure> {
        let wrong = |text| usage(format!("{name} {what}, not \"{}\"", short(text)));
        self.text(name).map(|text| read(text).ok_or_else(|| wrong(text))).transpose()
    }

    /// Something for people, shown beside the data. Blank text is no message.
    pub fn message(&mut self, level: Level, text: &str) {
        if !text.trim().is_empty() {
            self.messages.push(Json::object([("level", Json::from(level.word())), ("text", Json::from(text))]));
        }
    }

    /// Something failed.
    pub fn error(&mut self, text: &str) {
        self.message(Level::Error, text);
    }

    /// Something is unexpected, but not fatal.
    pub fn warning(&mut self, text: &str) {
        self.message(Level::Warning, text);
    }

    /// Something worked.
    pub fn success(&mut self, text: &str) {
        self.message(Level::Success, text);
    }

    /// Something to know.
    pub fn info(&mut self, text: &str) {
        self.message(Level::Info, text);
    }

    /// A detail, shown with `-v`.
    pub fn trace(&mut self, text: &str) {
        self.message(Level::Trace, text);
    }
}
