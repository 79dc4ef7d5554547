//! A message goes to the agent: as the answer to its question, in place of what it is at work on, or by itself.
//!
//! All messages of a conversation go into one session, where each is a round of one and the same task. The host's events
//! do not say which round they are about, so rounds are counted here, and counted down by `events`.

use crate::bridge::{now_seconds, Bridge, Result};
use crate::store::{Conversation, Place, Work};
use crate::{token, wording};
use osaurus_plugin::{json, Host, Value};

/// All events of a round that is over have been told after this time, but those that were lost.
const EVENTS_TOLD_SECONDS: i64 = 60;

#[derive(Clone, Copy, Debug, PartialEq)]
enum TaskStatus {
    Running,
    /// For an answer.
    Waiting,
    Over,
    /// There is no such task, or none any more.
    Unknown,
}

/// Gives what the plugin itself has to say. In a turn of `places`.
pub fn dispatch(
    bridge: &Bridge,
    place: &Place,
    conversation: &Conversation,
    from: &str,
    said: &str,
) -> Result<Option<&'static str>> {
    let before = bridge.store.work(place)?;
    let status = match before.as_ref().and_then(Work::any_id) {
        Some(task_id) => status_of(bridge.host, task_id)?,
        None => TaskStatus::Unknown,
    };
    let waiting = before.as_ref().filter(|work| work.waits && status == TaskStatus::Waiting);
    let said = waiting.map_or(said.to_string(), |work| wording::meant(said, &work.options, work.allow_multiple));
    let work = next_work(place, conversation, before.as_ref(), status)?;
    // Kept before anybody can use the token, and before the end of what is interrupted can be told.
    bridge.store.set_work(place, &work)?;
    let interrupts = waiting.is_none() && matches!(status, TaskStatus::Running | TaskStatus::Waiting);
    if let Some(task_id) = before.as_ref().and_then(Work::any_id).filter(|_| interrupts) {
        bridge.host.dispatch_interrupt(task_id, &said)?;
    }
    match start(bridge.host, &request(&work, &wording::prompt(&work.reply_token, from, &said, interrupts))) {
        Ok(task_id) => {
            bridge.host.log_info(&format!("a message goes to task {}", task_id));
            bridge.store.set_task(place, &task_id)?;
            bridge.store.set_work(place, &work.given(task_id))?;
            Ok(None)
        }
        Err(code) => {
            // A question stays open; what was interrupted has ended.
            match waiting {
                Some(work) => bridge.store.set_work(place, work)?,
                None => bridge.store.end_work(place)?,
            }
            match code.as_str() {
                "rate_limit_exceeded" | "task_limit_reached" => Ok(Some(wording::TOO_MANY)),
                _ => Err(format!("dispatch: {}", code).into()),
            }
        }
    }
}

fn request(work: &Work, prompt: &str) -> Value {
    json!({
        "prompt": prompt,
        "id": work.wished_id.as_ref(),
        "session_id": &work.session_key,
        "title": "Chat",
        "tools": ["reply", "reply_typing"],
    })
}

/// Gives the task's id; otherwise the host's code for what went wrong.
fn start(host: &Host, request: &Value) -> std::result::Result<String, String> {
    let task = host.dispatch(request).map_err(|error| error.code)?;
    task["id"].as_str().map(String::from).ok_or_else(|| "no task".to_string())
}

fn status_of(host: &Host, task_id: &str) -> Result<TaskStatus> {
    match host.task_status(task_id) {
        Ok(task) => Ok(match task["status"].as_str() {
            Some("running") => TaskStatus::Running,
            Some("awaitingClarification") => TaskStatus::Waiting,
            _ => TaskStatus::Over,
        }),
        Err(error) if error.code == "not_found" => Ok(TaskStatus::Unknown),
        Err(error) => Err(format!("task_status: {}", error).into()),
    }
}

/// What will be at work once the message is dispatched.
fn next_work(place: &Place, conversation: &Conversation, before: Option<&Work>, status: TaskStatus) -> Result<Work> {
    let now = now_seconds();
    let (ends_before, starts_left) = rounds(before, status, now);
    Ok(Work {
        task_id: before.and_then(Work::any_id).cloned().or_else(|| conversation.task_id.clone()),
        wished_id: Some(token::uuid()?),
        reply_token: token::mint()?,
        // The salt comes first: no two conversations have the same key, whatever their ids are.
        session_key: format!("{}:{}", conversation.salt, place.conversation_id),
        expires_at: now + token::TTL_SECONDS,
        ends_before,
        starts_left,
        waits: false,
        options: Vec::new(),
        allow_multiple: false,
        has_replied: false,
    })
}

/// How many rounds are still to end, and to begin.
fn rounds(before: Option<&Work>, status: TaskStatus, now: i64) -> (i64, i64) {
    match (before, status) {
        // An answer goes on with the round that is open.
        (Some(work), TaskStatus::Waiting) if work.waits => (work.ends_before, work.starts_left),
        // The end should have been told long ago: it was lost in a crash, and others may have been.
        (Some(work), TaskStatus::Over) if now - work.dispatched_at() > EVENTS_TOLD_SECONDS => (1, 1),
        (Some(_), TaskStatus::Unknown) | (None, _) => (0, 1),
        // The round ends, since it is interrupted or by itself, and the next begins.
        (Some(work), _) => (work.ends_before + 1, work.starts_left + 1),
    }
}

impl Work {
    fn dispatched_at(&self) -> i64 {
        self.expires_at - token::TTL_SECONDS
    }

    /// The task's id, or what it is called if it was made at all.
    fn any_id(&self) -> Option<&String> {
        self.task_id.as_ref().or(self.wished_id.as_ref())
    }

    /// With the id that the host gave. Of another task than before, no earlier round is told.
    fn given(self, task_id: String) -> Work {
        let is_same = self.task_id.as_deref() == Some(task_id.as_str());
        let (ends_before, starts_left) = if is_same { (self.ends_before, self.starts_left) } else { (0, 1) };
        Work { task_id: Some(task_id), wished_id: None, ends_before, starts_left, ..self }
    }

    /// Whether events of the task are about this.
    pub fn is_of(&self, task_id: &str) -> bool {
        [&self.task_id, &self.wished_id].iter().any(|id| id.as_deref() == Some(task_id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place {
        Place { agent_id: "a".to_string(), conversation_id: "c".to_string() }
    }

    /// What is at work after a dispatch that gave this task.
    fn after(before: Option<&Work>, status: TaskStatus, task_id: &str) -> Work {
        let known = before.map(|_| "T".to_string());
        let conversation = Conversation { salt: 3, is_blocked: false, task_id: known };
        next_work(&place(), &conversation, before, status).unwrap().given(task_id.to_string())
    }

    fn counts(work: &Work) -> (i64, i64) {
        (work.ends_before, work.starts_left)
    }

    #[test]
    fn rounds_of_a_task_are_counted() {
        let first = after(None, TaskStatus::Unknown, "T");
        assert_eq!((counts(&first), first.session_key.as_str()), ((0, 1), "3:c"));
        let second = after(Some(&Work { starts_left: 0, has_replied: true, ..first }), TaskStatus::Running, "T");
        assert_eq!((counts(&second), second.has_replied), ((1, 1), false));
        let third = after(Some(&second), TaskStatus::Running, "T");
        assert_eq!(counts(&third), (2, 2));
        assert_eq!(counts(&after(Some(&third), TaskStatus::Running, "U")), (0, 1));
    }

    #[test]
    fn counts_that_went_wrong_do_not_stay_so() {
        let wrong = Work { ends_before: 3, starts_left: 4, ..after(None, TaskStatus::Unknown, "T") };
        assert_eq!(counts(&after(Some(&wrong), TaskStatus::Unknown, "T")), (0, 1));
        let told_by = wrong.dispatched_at() + EVENTS_TOLD_SECONDS;
        assert_eq!(rounds(Some(&wrong), TaskStatus::Over, told_by), (4, 5));
        assert_eq!(rounds(Some(&wrong), TaskStatus::Over, told_by + 1), (1, 1));
        assert_eq!(rounds(Some(&wrong), TaskStatus::Running, told_by + 1), (4, 5));
    }

    #[test]
    fn an_answer_goes_on_with_the_round_that_asked() {
        let first = after(None, TaskStatus::Unknown, "T");
        let asked = Work { starts_left: 0, waits: true, options: vec!["a".to_string()], ..first };
        let answered = after(Some(&asked), TaskStatus::Waiting, "T");
        assert_eq!((counts(&answered), answered.waits), ((0, 0), false));
        assert!(answered.options.is_empty());
        // Somebody else has answered, or the question is not known here yet: then it is interrupted.
        assert_eq!(counts(&after(Some(&asked), TaskStatus::Running, "T")), (1, 1));
        assert_eq!(counts(&after(Some(&Work { waits: false, ..asked }), TaskStatus::Waiting, "T")), (1, 1));
    }

    #[test]
    fn a_task_is_known_by_its_wish_until_the_host_has_named_it() {
        let work =
            next_work(&place(), &Conversation { salt: 0, is_blocked: false, task_id: None }, None, TaskStatus::Unknown)
                .unwrap();
        let wished = work.wished_id.clone().unwrap();
        assert!(work.is_of(&wished));
        assert_eq!(work.any_id(), Some(&wished));
        let given = work.given("T".to_string());
        assert!(given.is_of("T") && !given.is_of(&wished));
    }
}
