//! What is configured for the plugin.

use crate::json::Json;
use crate::parse::is_number;
use crate::response::Failure;
use std::collections::HashMap;

/// What is configured for the plugin: the keys `extensions.plugins.ID.env.NAME`. A value that cannot be read becomes a
/// failure that names the key, never the value, which may be a secret.
pub struct Config<'a> {
    plugin_id: &'a str,
    env: &'a HashMap<String, String>,
}

impl<'a> Config<'a> {
    pub(crate) fn new(plugin_id: &'a str, env: &'a HashMap<String, String>) -> Self {
        Config { plugin_id, env }
    }

    /// The text, when it is configured.
    pub fn text(&self, name: &str) -> Option<&'a str> {
        self.env.get(&variable(name)).map(String::as_str)
    }

    /// The text; a failure when it is not configured.
    pub fn need(&self, name: &str) -> Result<&'a str, Failure> {
        let text = self.text(name).filter(|text| !text.trim().is_empty());
        text.ok_or_else(|| self.failure(name, "is not configured"))
    }

    /// A whole number.
    pub fn integer(&self, name: &str) -> Result<Option<i64>, Failure> {
        self.read(name, "must be a whole number", |text| text.parse().ok())
    }

    /// A number.
    pub fn number(&self, name: &str) -> Result<Option<f64>, Failure> {
        self.read(name, "must be a number", |text| text.parse().ok().filter(|_| is_number(text)))
    }

    /// `true` or `false`.
    pub fn boolean(&self, name: &str) -> Result<Option<bool>, Failure> {
        self.read(name, "must be true or false", |text| text.parse().ok())
    }

    /// A list, which the host hands over as JSON.
    pub fn list(&self, name: &str) -> Result<Option<Vec<Json>>, Failure> {
        self.read(name, "must be a list, in JSON", |text| match Json::parse(text) {
            Ok(Json::List(list)) => Some(list),
            _ => None,
        })
    }

    fn read<T>(&self, name: &str, what: &str, read: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Failure> {
        self.text(name).map(|text| read(text.trim()).ok_or_else(|| self.failure(name, what))).transpose()
    }

    fn failure(&self, name: &str, what: &str) -> Failure {
        let key = format!("extensions.plugins.{}.env.{name}", self.plugin_id);
        let message = format!("the setting \"{name}\" {what}: osp config set {key} VALUE");
        Failure::new("CONFIG", &message).details(Json::object([("key", Json::from(key))]))
    }
}

/// The variable in which the host hands over a setting.
fn variable(name: &str) -> String {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    format!("OSP_PLUGIN_CFG_{}", words.map(str::to_ascii_uppercase).collect::<Vec<_>>().join("_"))
}
