//! What becomes of a task. The agent talks by its tools; here is only what it cannot say itself: its question, that it
//! failed, and what it wrote when it forgot to send it.

use crate::bridge::{Bridge, Result};
use crate::store::{Place, Work};
use crate::wording;
use osaurus_plugin::TaskEventKind::{self, Cancelled, Clarification, Completed, Failed, Started};
use osaurus_plugin::{TaskEvent, Value};

/// What `on_task_event` does.
pub fn handle(bridge: &Bridge, event: &TaskEvent) {
    if !matches!(event.kind, Started | Clarification | Completed | Failed | Cancelled) {
        return;
    }
    match react(bridge, event) {
        Ok(Some((place, words))) => bridge.say(&place, &words),
        Ok(None) => {}
        Err(problem) => bridge.host.log_error(&format!("an event of task {}: {}", event.task_id, problem)),
    }
}

/// Gives what is to be said, and where.
fn react(bridge: &Bridge, event: &TaskEvent) -> Result<Option<(Place, String)>> {
    bridge.prepare()?;
    let place = match bridge.store.place_of_task(&bridge.agent_id()?, &event.task_id)? {
        Some(place) => place,
        None => return Ok(None),
    };
    let _turn = bridge.shared.places.wait(&place.key());
    // Looked at only now: until it was our turn, another message may have come.
    let work = match bridge.store.work(&place)? {
        Some(work) if work.is_of(&event.task_id) => work,
        _ => return Ok(None),
    };
    let (next, words) = step(work, event.kind, &event.details);
    match next {
        Some(work) => bridge.store.set_work(&place, &work)?,
        None => bridge.store.end_work(&place)?,
    }
    Ok(words.map(|words| (place, words)))
}

/// What is at work after an event (None: nothing any more), and what the person is told of it.
fn step(work: Work, kind: TaskEventKind, event: &Value) -> (Option<Work>, Option<String>) {
    match kind {
        Started => {
            let starts_left = (work.starts_left - 1).max(0);
            let ends_before = if starts_left == 0 { 0 } else { work.ends_before };
            (Some(Work { starts_left, ends_before, ..work }), None)
        }
        // What a round did that was interrupted is not told any more: what came instead is at work.
        Clarification if work.ends_before > 0 => (Some(work), None),
        Clarification => asks(work, event),
        _ if work.ends_before > 0 => (Some(Work { ends_before: work.ends_before - 1, ..work }), None),
        Cancelled => (None, Some(wording::STOPPED.to_string())),
        _ if work.has_replied => (None, None),
        Failed => (None, Some(wording::FAILED.to_string())),
        _ => (None, Some(written(event))),
    }
}

fn asks(work: Work, event: &Value) -> (Option<Work>, Option<String>) {
    let options = event["options"].items();
    let options: Vec<String> = options.iter().filter_map(Value::as_str).map(String::from).collect();
    let allow_multiple = event["allow_multiple"].as_bool() == Some(true);
    let question = wording::question(event["question"].as_str().unwrap_or(""), &options, allow_multiple);
    (Some(Work { waits: true, options, allow_multiple, ..work }), Some(question))
}

/// What the agent wrote instead of sending it.
fn written(event: &Value) -> String {
    let said = |name: &str| event[name].as_str().filter(|words| !words.trim().is_empty());
    said("output").or_else(|| said("summary")).unwrap_or(wording::NOTHING_TO_SAY).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use osaurus_plugin::json;

    fn work(ends_before: i64, starts_left: i64) -> Work {
        Work {
            task_id: Some("T".to_string()),
            wished_id: None,
            reply_token: "rk".to_string(),
            session_key: "0:c".to_string(),
            expires_at: 0,
            ends_before,
            starts_left,
            waits: false,
            options: Vec::new(),
            allow_multiple: false,
            has_replied: false,
        }
    }

    /// What is said of these events, one after the other; whether something is still at work.
    fn told(mut now: Work, events: &[(TaskEventKind, &str)]) -> (Vec<String>, bool) {
        let mut said = Vec::new();
        for (kind, event) in events {
            let (next, words) = step(now, *kind, &json::parse(event).unwrap());
            said.extend(words);
            match next {
                Some(next) => now = next,
                None => return (said, false),
            }
        }
        (said, true)
    }

    const DONE: (TaskEventKind, &str) = (Completed, r#"{"summary":"s","output":"o"}"#);
    const OLD: (TaskEventKind, &str) = (Completed, r#"{"summary":"old","output":"old"}"#);
    const STARTED: (TaskEventKind, &str) = (Started, "{}");

    #[test]
    fn the_end_without_a_reply_tells_what_was_written() {
        assert_eq!(told(work(0, 1), &[STARTED, DONE]), (vec!["o".to_string()], false));
        assert_eq!(told(work(0, 1), &[(Completed, r#"{"summary":"s","output":" "}"#)]).0, ["s"]);
        assert_eq!(told(work(0, 1), &[(Completed, "{}")]).0, [wording::NOTHING_TO_SAY]);
        assert_eq!(told(work(0, 1), &[STARTED, (Failed, "{}")]).0, [wording::FAILED]);
        assert_eq!(told(work(0, 1), &[STARTED, (Cancelled, "{}")]).0, [wording::STOPPED]);
    }

    #[test]
    fn the_end_behind_a_reply_tells_nothing() {
        for kind in [Completed, Failed] {
            let replied = Work { has_replied: true, ..work(0, 0) };
            assert_eq!(told(replied, &[(kind, r#"{"output":"o"}"#)]), (vec![], false));
        }
    }

    #[test]
    fn the_end_of_a_round_before_is_not_this_ones() {
        assert_eq!(told(work(1, 1), &[OLD]), (vec![], true));
        assert_eq!(told(work(1, 1), &[OLD, STARTED, DONE]), (vec!["o".to_string()], false));
        assert_eq!(told(work(2, 2), &[OLD, STARTED, OLD, STARTED, DONE]), (vec!["o".to_string()], false));
        // A third message came before the first round had even begun.
        assert_eq!(told(work(2, 3), &[STARTED, OLD, STARTED, OLD, STARTED, DONE]), (vec!["o".to_string()], false));
    }

    #[test]
    fn one_event_that_was_lost_in_a_crash_does_not_leave_the_person_without_an_answer() {
        assert_eq!(told(work(1, 1), &[STARTED, DONE]).0, ["o"]);
        assert_eq!(told(work(1, 1), &[OLD, DONE]).0, ["o"]);
        assert_eq!(told(work(0, 1), &[DONE]).0, ["o"]);
    }

    #[test]
    fn a_question_is_passed_on_unless_it_was_overtaken() {
        let question = (Clarification, r#"{"question":"Which?","options":["a","b"],"allow_multiple":true}"#);
        let (said, is_open) = told(work(0, 0), &[question]);
        assert!(said[0].starts_with("Which?\n1. a\n2. b\n") && is_open);
        assert_eq!(told(work(1, 1), &[question]), (vec![], true));
        let (asked, _) = step(work(0, 0), question.0, &json::parse(question.1).unwrap());
        let asked = asked.unwrap();
        assert!(asked.waits && asked.allow_multiple && asked.options == ["a", "b"]);
    }
}
