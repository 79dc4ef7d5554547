//! The host's functions as the rest of the plugin uses them: texts that Rust owns, JSON that is parsed, errors that are
//! errors. Each may be called only on a thread that the host itself called, since it is the call that has an agent.

use crate::abi::{HostTable, Text};
use crate::json::{self, Value};
use std::ffi::{CStr, CString};
use std::os::raw::c_int;

/// What went wrong, for the log: never shown to people who chat.
pub type Result<T> = std::result::Result<T, String>;

#[derive(Clone, Copy)]
pub struct Host {
    table: &'static HostTable,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TaskStatus {
    Running,
    /// For an answer.
    Waiting,
    Over,
    /// There is no such task, or none any more.
    Unknown,
}

/// An answer of the chat service.
pub struct HttpAnswer {
    pub status: i64,
    pub body: String,
}

impl Host {
    pub fn new(table: &'static HostTable) -> Host {
        Host { table }
    }

    /// A setting of the agent that this call works for. An empty one is none.
    pub fn setting(&self, key: &str) -> Option<String> {
        let key = c_text(key);
        self.take((self.table.config_get)(key.as_ptr())).filter(|value| !value.is_empty())
    }

    pub fn agent_id(&self) -> Result<String> {
        self.take((self.table.get_active_agent_id)()).ok_or_else(|| "the call has no agent".to_string())
    }

    /// Runs a statement; gives how many rows it changed.
    pub fn execute(&self, sql: &str, parameters: Vec<Value>) -> Result<i64> {
        let answer = self.ask_database(self.table.db_exec, sql, parameters)?;
        Ok(answer.get("changes").and_then(Value::as_integer).unwrap_or(0))
    }

    /// The rows that it gives, each a list of cells.
    pub fn query(&self, sql: &str, parameters: Vec<Value>) -> Result<Vec<Vec<Value>>> {
        let answer = self.ask_database(self.table.db_query, sql, parameters)?;
        let rows = answer.get("rows").and_then(Value::as_list).unwrap_or(&[]);
        Ok(rows.iter().map(|row| row.as_list().unwrap_or(&[]).to_vec()).collect())
    }

    fn ask_database(&self, slot: extern "C" fn(Text, Text) -> Text, sql: &str, values: Vec<Value>) -> Result<Value> {
        let (sql, values) = (c_text(sql), c_text(&json::write(&Value::List(values))));
        self.parsed(slot(sql.as_ptr(), values.as_ptr()))
    }

    /// Starts an agent; gives the task's id. The error is the host's code, such as `rate_limit_exceeded`.
    pub fn dispatch(&self, request: &Value) -> Result<String> {
        let request = c_text(&json::write(request));
        let answer = self.parsed((self.table.dispatch)(request.as_ptr()))?;
        answer.text_of("id").map(str::to_string).ok_or_else(|| "dispatch gave no task".to_string())
    }

    pub fn task_status(&self, task_id: &str) -> Result<TaskStatus> {
        let task_id = c_text(task_id);
        match self.parsed((self.table.task_status)(task_id.as_ptr())) {
            Ok(task) => Ok(match task.text_of("status") {
                Some("running") => TaskStatus::Running,
                Some("awaitingClarification") => TaskStatus::Waiting,
                _ => TaskStatus::Over,
            }),
            Err(code) if code == "not_found" => Ok(TaskStatus::Unknown),
            Err(code) => Err(format!("task_status: {}", code)),
        }
    }

    /// Stops what the task does now; the message is the user's next in its conversation.
    pub fn interrupt(&self, task_id: &str, message: &str) {
        let (task_id, message) = (c_text(task_id), c_text(message));
        (self.table.dispatch_interrupt)(task_id.as_ptr(), message.as_ptr());
    }

    pub fn cancel(&self, task_id: &str) {
        let task_id = c_text(task_id);
        (self.table.dispatch_cancel)(task_id.as_ptr());
    }

    /// The error is the host's code, such as `connection_refused`.
    pub fn http(&self, request: &Value) -> Result<HttpAnswer> {
        let request = c_text(&json::write(request));
        let answer = self.parsed((self.table.http_request)(request.as_ptr()))?;
        let status = answer.get("status").and_then(Value::as_integer).ok_or("http_request gave no status")?;
        Ok(HttpAnswer { status, body: answer.text_of("body").unwrap_or("").to_string() })
    }

    /// Never with a token, a secret or what people wrote.
    pub fn log(&self, level: c_int, message: &str) {
        let message = c_text(message);
        (self.table.log)(level, message.as_ptr());
    }

    /// An answer that is an object; the code of one that is an error.
    fn parsed(&self, answer: Text) -> Result<Value> {
        let answer = self.take(answer).ok_or("the host gave no answer")?;
        let answer = json::parse(&answer).map_err(|problem| format!("the host's answer is no JSON: {}", problem))?;
        match answer.text_of("error") {
            Some(code) => Err(code.to_string()),
            None => Ok(answer),
        }
    }

    /// Copies a text of the host's and gives it back.
    fn take(&self, answer: Text) -> Option<String> {
        if answer.is_null() {
            return None;
        }
        // The host's texts end in NUL and stay until they are given back.
        let copy = unsafe { CStr::from_ptr(answer) }.to_string_lossy().into_owned();
        (self.table.free_string)(answer);
        Some(copy)
    }
}

/// For the other side. A text there ends at the first NUL, so those inside are made visible.
pub fn c_text(text: &str) -> CString {
    CString::new(text.replace('\0', "\u{FFFD}")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::c_text;

    #[test]
    fn a_text_with_nul_inside_is_not_cut() {
        assert_eq!(c_text("a\0b").to_str(), Ok("a\u{FFFD}b"));
    }
}
