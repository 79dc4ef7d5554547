//! What a tool gives back: a result or a failure. The envelope is written here, so none is without `ok`
//! ("Osaurus: Tool Contract").

use crate::json::Value;

/// A result with what may stand beside it. A [`Value`] or a text becomes one by itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    result: Value,
    summary: Option<String>,
    warnings: Vec<Value>,
}

impl Answer {
    /// An answer that is only a result.
    pub fn new(result: impl Into<Value>) -> Answer {
        Answer { result: result.into(), summary: None, warnings: Vec::new() }
    }

    /// One sentence for people and models.
    pub fn summary(mut self, sentence: impl Into<String>) -> Answer {
        self.summary = Some(sentence.into());
        self
    }

    /// Something that did not go as it should, although there is a result.
    pub fn warning(mut self, warning: impl Into<Value>) -> Answer {
        self.warnings.push(warning.into());
        self
    }

    pub(crate) fn envelope(self) -> Value {
        let mut envelope = json!({"ok": true, "result": self.result});
        if let Some(sentence) = self.summary {
            envelope.set("summary", sentence);
        }
        if !self.warnings.is_empty() {
            envelope.set("warnings", self.warnings);
        }
        envelope
    }
}

impl From<Value> for Answer {
    fn from(result: Value) -> Answer {
        Answer::new(result)
    }
}

/// Text that people read, as Markdown.
impl From<String> for Answer {
    fn from(text: String) -> Answer {
        Answer::new(json!({"text": text}))
    }
}

/// What kind of failure it is: models and hosts act on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// The arguments cannot be used.
    InvalidArgs,
    /// It took too long.
    Timeout,
    /// Anything that went wrong while it ran.
    ExecutionError,
    /// Something that it needs is not there now.
    Unavailable,
    /// It refuses to do this.
    Rejected,
    /// The user said no.
    UserDenied,
    /// There is no such tool.
    ToolNotFound,
}

impl FailureKind {
    /// As it stands in the envelope.
    pub fn name(self) -> &'static str {
        match self {
            FailureKind::InvalidArgs => "invalid_args",
            FailureKind::Timeout => "timeout",
            FailureKind::ExecutionError => "execution_error",
            FailureKind::Unavailable => "unavailable",
            FailureKind::Rejected => "rejected",
            FailureKind::UserDenied => "user_denied",
            FailureKind::ToolNotFound => "tool_not_found",
        }
    }
}

/// Why there is no result. Every error becomes one with `?`; the model reads its message.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    kind: FailureKind,
    message: String,
    code: Option<String>,
    field: Option<String>,
    retryable: Option<bool>,
}

impl Failure {
    /// A failure of this kind. Its message says what happened, and what would help.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Failure {
        Failure { kind, message: message.into(), code: None, field: None, retryable: None }
    }

    /// An argument that cannot be used.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Failure {
        Failure { field: Some(field.into()), ..Failure::new(FailureKind::InvalidArgs, message) }
    }

    /// A word of your own for it, for programs.
    pub fn code(mut self, code: impl Into<String>) -> Failure {
        self.code = Some(code.into());
        self
    }

    /// Whether the same call may work later; each kind has a default.
    pub fn retryable(mut self, is: bool) -> Failure {
        self.retryable = Some(is);
        self
    }

    /// What it says.
    pub fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn envelope(self) -> Value {
        let mut envelope = json!({"ok": false, "kind": self.kind.name(), "message": self.message});
        if let Some(code) = self.code {
            envelope.set("error", code);
        }
        if let Some(field) = self.field {
            envelope.set("field", field);
        }
        if let Some(is) = self.retryable {
            envelope.set("retryable", is);
        }
        envelope
    }
}

/// This is what `?` does with an error.
impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Failure {
        Failure::new(FailureKind::ExecutionError, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_says_ok_and_only_what_there_is() {
        let answer = Answer::from(json!([1])).envelope();
        assert_eq!(answer.to_string(), r#"{"ok":true,"result":[1]}"#);
        let answer = Answer::from("hi".to_string()).summary("Said hi.").warning("late").envelope();
        let text = r#"{"ok":true,"result":{"text":"hi"},"summary":"Said hi.","warnings":["late"]}"#;
        assert_eq!(answer.to_string(), text);
    }

    #[test]
    fn a_failure_has_its_kind_and_any_error_becomes_one() {
        let failure = Failure::invalid("name", "no name").code("nameless").retryable(false).envelope();
        let text = r#"{"ok":false,"kind":"invalid_args","message":"no name","error":"nameless","field":"name","retryable":false}"#;
        assert_eq!(failure.to_string(), text);
        let fails = || -> Result<i32, Failure> { Ok("x".parse::<i32>()?) };
        let envelope = fails().unwrap_err().envelope();
        assert_eq!(
            envelope.to_string(),
            r#"{"ok":false,"kind":"execution_error","message":"invalid digit found in string"}"#
        );
    }
}
