//! The host's functions: JSON in, JSON out. They may be called while the host calls the plugin, on the same thread,
//! since it is that call which has an agent.

use crate::abi::{LOG_DEBUG, LOG_ERROR, LOG_INFO, LOG_TRACE, LOG_WARN};
use crate::border::{Table, Unsupported};
use crate::json::{self, Value};
use std::fmt::{Display, Formatter};

/// The host, for the time of one call. It is lent to handlers, and stays on the thread that they run on:
///
/// ```compile_fail,E0277
/// fn handler(host: &osaurus_plugin::Host) {
///     std::thread::scope(|scope| {
///         scope.spawn(|| host.log_info("from elsewhere"));
///     });
/// }
/// ```
///
/// ```compile_fail
/// fn handler(host: &osaurus_plugin::Host) {
///     let later: Box<dyn Fn() + 'static> = Box::new(|| host.log_info("later"));
/// }
/// ```
pub struct Host {
    table: Table,
}

/// Why the host gave no answer: its code, such as `rate_limit_exceeded`, and what it says.
#[derive(Clone, Debug, PartialEq)]
pub struct HostError {
    /// For programs. `not_supported` is a host that does not have the function yet.
    pub code: String,
    /// For people.
    pub message: String,
    /// All of the answer, when there was one.
    pub answer: Value,
}

impl HostError {
    fn new(code: &str, message: impl Into<String>) -> HostError {
        HostError { code: code.to_string(), message: message.into(), answer: Value::Null }
    }
}

impl Display for HostError {
    fn fmt(&self, out: &mut Formatter<'_>) -> std::fmt::Result {
        match self.message == self.code {
            true => out.write_str(&self.code),
            false => write!(out, "{}: {}", self.code, self.message),
        }
    }
}

impl std::error::Error for HostError {}

impl From<Unsupported> for HostError {
    fn from(Unsupported { function, since }: Unsupported) -> HostError {
        HostError::new("not_supported", format!("{function} needs a host of version {since} or later"))
    }
}

type Result<T> = std::result::Result<T, HostError>;

impl Host {
    pub(crate) fn new(table: Table) -> Host {
        Host { table }
    }

    /// A host of version 1, which has no functions: for tests.
    pub fn none() -> Host {
        Host::new(Table::none())
    }

    /// The version of its table, 1 to 6.
    pub fn version(&self) -> u32 {
        self.table.version()
    }

    /// A setting or secret of the agent that this call works for. An empty text is a value.
    pub fn config_get(&self, key: &str) -> Result<Option<String>> {
        Ok(self.table.config_get(key)?)
    }

    /// Keeps a setting for the agent that this call works for. The plugin is not told of its own change.
    pub fn config_set(&self, key: &str, value: &str) -> Result<()> {
        Ok(self.table.config_set(key, value)?)
    }

    /// Forgets a setting of the agent that this call works for.
    pub fn config_delete(&self, key: &str) -> Result<()> {
        Ok(self.table.config_delete(key)?)
    }

    /// Runs one statement in the plugin's own SQLite database: `changes` and `last_insert_rowid`. Parameters are a list
    /// for `?` or an object for `:name`.
    pub fn db_exec(&self, sql: &str, params: &Value) -> Result<Value> {
        answer(self.table.db_exec(sql, &params.to_string())?)
    }

    /// Runs one statement and gives `columns` and `rows`, each row a list of cells.
    pub fn db_query(&self, sql: &str, params: &Value) -> Result<Value> {
        answer(self.table.db_query(sql, &params.to_string())?)
    }

    /// A line for the log, never with a secret. The levels are in [`abi`](crate::abi). A host of version 1 has no log.
    pub fn log(&self, level: i32, message: &str) {
        let _ = self.table.log(level, message);
    }

    /// A line for who looks for every step.
    pub fn log_trace(&self, message: &str) {
        self.log(LOG_TRACE, message);
    }

    /// A line for who looks for a mistake.
    pub fn log_debug(&self, message: &str) {
        self.log(LOG_DEBUG, message);
    }

    /// A line about something that happened.
    pub fn log_info(&self, message: &str) {
        self.log(LOG_INFO, message);
    }

    /// A line about something that should not be.
    pub fn log_warn(&self, message: &str) {
        self.log(LOG_WARN, message);
    }

    /// A line about something that went wrong.
    pub fn log_error(&self, message: &str) {
        self.log(LOG_ERROR, message);
    }

    /// A line with an object beside it. A host before version 5 gets the line alone.
    pub fn log_structured(&self, level: i32, message: &str, payload: &Value) {
        if self.table.log_structured(level, message, &payload.to_string()).is_err() {
            self.log(level, message);
        }
    }

    /// Starts a task: an agent that goes on by itself. Gives its `id`; `on_task_event` is told the rest.
    pub fn dispatch(&self, request: &Value) -> Result<Value> {
        answer(self.table.dispatch(&request.to_string())?)
    }

    /// What a task of this plugin does, or how it ended.
    pub fn task_status(&self, task_id: &str) -> Result<Value> {
        answer(self.table.task_status(task_id)?)
    }

    /// Ends a task.
    pub fn dispatch_cancel(&self, task_id: &str) -> Result<()> {
        Ok(self.table.dispatch_cancel(task_id)?)
    }

    /// Reserved: nothing happens. An answer to a question is a `dispatch` with the same `session_id`.
    pub fn dispatch_clarify(&self, task_id: &str, response: &str) -> Result<()> {
        Ok(self.table.dispatch_clarify(task_id, response)?)
    }

    /// Asks a model and waits for its answer; tools that it calls are run by the host.
    pub fn complete(&self, request: &Value) -> Result<Value> {
        answer(self.table.complete(&request.to_string())?)
    }

    /// The same, and gives each piece to `on_chunk` as it comes, on this thread.
    pub fn complete_stream(&self, request: &Value, mut on_chunk: impl FnMut(&Value)) -> Result<Value> {
        let mut on_text = |text: &str| {
            // What is no JSON would be a mistake of the host's: the whole answer says it again.
            if let Ok(chunk) = json::parse(text) {
                on_chunk(&chunk);
            }
        };
        answer(self.table.complete_stream(&request.to_string(), &mut on_text)?)
    }

    /// Turns texts into vectors.
    pub fn embed(&self, request: &Value) -> Result<Value> {
        answer(self.table.embed(&request.to_string())?)
    }

    /// The models that the host can ask.
    pub fn list_models(&self) -> Result<Value> {
        answer(self.table.list_models()?)
    }

    /// Sends an HTTP request to the public internet: `status`, `headers`, `body`, `body_encoding`.
    pub fn http_request(&self, request: &Value) -> Result<Value> {
        answer(self.table.http_request(&request.to_string())?)
    }

    /// A file that was shared with agents: `data` in base64, `size`, `mime_type`.
    pub fn file_read(&self, request: &Value) -> Result<Value> {
        answer(self.table.file_read(&request.to_string())?)
    }

    /// The tasks of this plugin that are not over.
    pub fn list_active_tasks(&self) -> Result<Value> {
        answer(self.table.list_active_tasks()?)
    }

    /// Shows an object to who watches a task.
    pub fn send_draft(&self, task_id: &str, draft: &Value) -> Result<()> {
        Ok(self.table.send_draft(task_id, &draft.to_string())?)
    }

    /// Stops what the agent does now. A message is the user's next in its conversation; an empty one is none.
    pub fn dispatch_interrupt(&self, task_id: &str, message: &str) -> Result<()> {
        Ok(self.table.dispatch_interrupt(task_id, message)?)
    }

    /// Reserved: it answers the error `not_supported`.
    pub fn dispatch_add_issue(&self, task_id: &str, issue: &Value) -> Result<Value> {
        answer(self.table.dispatch_add_issue(task_id, &issue.to_string())?)
    }

    /// Ends the `complete_stream` that was given this `stream_id`; also from its `on_chunk`.
    pub fn complete_cancel(&self, stream_id: &str) -> Result<()> {
        Ok(self.table.complete_cancel(stream_id)?)
    }

    /// The agent that this call works for; none while the plugin is loaded and let go.
    pub fn get_active_agent_id(&self) -> Result<Option<String>> {
        Ok(self.table.get_active_agent_id()?)
    }
}

/// What the host said, read; an object with an `error` that is a text is one.
fn answer(text: Option<String>) -> Result<Value> {
    let text = text.ok_or_else(|| HostError::new("no_answer", "the host gave no answer"))?;
    let answer = json::parse(&text)
        .map_err(|problem| HostError::new("no_answer", format!("the host's answer is no JSON: {problem}")))?;
    let error = match answer["error"].as_str() {
        Some(error) => error,
        None => return Ok(answer),
    };
    // SQL mistakes stand in `error` as words, with their code beside them.
    let code = answer["code"].as_str().unwrap_or(error).to_string();
    let message = answer["message"].as_str().unwrap_or(error).to_string();
    Err(HostError { code, message, answer })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_an_object_or_the_error_that_it_names() {
        let read = |text: &str| answer(Some(text.to_string()));
        assert_eq!(read(r#"{"status":200}"#).unwrap()["status"], json!(200));
        let busy = read(r#"{"error":"plugin_busy","message":"two run","max_inflight":2}"#).unwrap_err();
        assert_eq!(
            (busy.to_string().as_str(), busy.answer["max_inflight"].as_i64()),
            ("plugin_busy: two run", Some(2))
        );
        let sql = read(r#"{"error":"no such table: a","code":"sql_error","message":"no such table: a"}"#).unwrap_err();
        assert_eq!(sql.to_string(), "sql_error: no such table: a");
        assert_eq!(read(r#"{"error":"x"}"#).unwrap_err().to_string(), "x");
        assert_eq!(read("{").unwrap_err().code, "no_answer");
        assert_eq!(answer(None).unwrap_err().code, "no_answer");
    }

    #[test]
    fn without_a_host_every_function_says_that_it_is_unsupported() {
        let host = Host::none();
        assert_eq!(host.version(), 1);
        let error = host.config_get("a").unwrap_err();
        assert_eq!(error.to_string(), "not_supported: config_get needs a host of version 2 or later");
        assert_eq!(
            host.complete_cancel("a").unwrap_err().message,
            "complete_cancel needs a host of version 3 or later"
        );
        assert_eq!(host.complete_stream(&json!({}), |_| ()).unwrap_err().code, "not_supported");
        host.log_structured(LOG_INFO, "heard by nobody", &json!({}));
    }
}
