//! What a plugin is told of the tasks that it started.

use crate::abi;
use crate::json::Value;
use std::os::raw::c_int;

/// One thing that happened in a task.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskEvent {
    /// As `dispatch` gave it.
    pub task_id: String,
    /// What happened.
    pub kind: TaskEventKind,
    /// What belongs to it, such as `summary` and `output`.
    pub details: Value,
}

/// What can happen in a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskEventKind {
    /// It runs.
    Started,
    /// The agent does something; or goes on, after a question was answered.
    Activity,
    /// How far it is.
    Progress,
    /// The agent asks something, and waits.
    Clarification,
    /// It ended well.
    Completed,
    /// It ended badly.
    Failed,
    /// It was ended.
    Cancelled,
    /// All text of the agent so far.
    Output,
    /// An object that somebody sent with `send_draft`.
    Draft,
    /// Something that a newer host tells.
    Other(i32),
}

impl TaskEventKind {
    /// Whether nothing comes behind it.
    pub fn is_last(self) -> bool {
        matches!(self, TaskEventKind::Completed | TaskEventKind::Failed | TaskEventKind::Cancelled)
    }
}

impl From<c_int> for TaskEventKind {
    fn from(number: c_int) -> TaskEventKind {
        match number {
            abi::TASK_EVENT_STARTED => TaskEventKind::Started,
            abi::TASK_EVENT_ACTIVITY => TaskEventKind::Activity,
            abi::TASK_EVENT_PROGRESS => TaskEventKind::Progress,
            abi::TASK_EVENT_CLARIFICATION => TaskEventKind::Clarification,
            abi::TASK_EVENT_COMPLETED => TaskEventKind::Completed,
            abi::TASK_EVENT_FAILED => TaskEventKind::Failed,
            abi::TASK_EVENT_CANCELLED => TaskEventKind::Cancelled,
            abi::TASK_EVENT_OUTPUT => TaskEventKind::Output,
            abi::TASK_EVENT_DRAFT => TaskEventKind::Draft,
            other => TaskEventKind::Other(other),
        }
    }
}
