//! The chat service: the one file that knows how it speaks. For another service, this is what has to be written anew.
//!
//! It tells of a message with `POST WEBHOOK`, the header `X-Chat-Secret`, and
//! `{"event_id","type":"message","conversation_id","from","text"}`. It takes messages at `POST BASE/messages`, and says
//! "typing" to the person after `POST BASE/typing`, both with the bot's token as bearer.

use osaurus_plugin::{json, Host, Value};

/// Header names arrive in small letters.
pub const SECRET_HEADER: &str = "x-chat-secret";

const ID_CHARS_MAX: usize = 200;
const TEXT_CHARS_MAX: usize = 100_000;
/// Webhooks and events have 30 s, tools 120 s.
const TIMEOUT_MS: i64 = 10_000;

pub struct Event {
    pub id: String,
    pub conversation_id: String,
    pub kind: EventKind,
}

pub enum EventKind {
    Message {
        from: String,
        text: String,
    },
    /// The person lets the bot write again.
    Unblocked,
}

/// What is in a webhook's body. None: something that does not matter here, such as a picture.
pub fn read_event(body: &str) -> Result<Option<Event>, String> {
    let event = json::parse(body)?;
    let id = |name: &str| match event[name].as_str() {
        Some(id) if !id.is_empty() && id.chars().count() <= ID_CHARS_MAX => Ok(id.to_string()),
        _ => Err(format!("{} is missing, or too long", name)),
    };
    let kind = match event["type"].as_str() {
        Some("message") => {
            let said = event["text"].as_str().unwrap_or("").trim();
            if said.is_empty() {
                return Ok(None);
            }
            if said.chars().count() > TEXT_CHARS_MAX {
                return Err("text is too long".to_string());
            }
            EventKind::Message { from: event["from"].as_str().unwrap_or("").to_string(), text: said.to_string() }
        }
        Some("unblocked") => EventKind::Unblocked,
        Some(_) => return Ok(None),
        None => return Err("type is missing".to_string()),
    };
    Ok(Some(Event { id: id("event_id")?, conversation_id: id("conversation_id")?, kind }))
}

/// Why a message did not get there.
#[derive(Debug, PartialEq)]
pub enum SendFailure {
    /// The person does not want to hear from the bot, or is gone: nothing will get there.
    Blocked,
    /// For now; what happened, for the agent.
    Failed(String),
}

/// A setting of the agent that this call works for. An empty one is none.
pub fn setting(host: &Host, key: &str) -> Option<String> {
    host.config_get(key).ok().flatten().filter(|value| !value.is_empty())
}

pub fn send(host: &Host, conversation_id: &str, message: &str) -> Result<(), SendFailure> {
    post(host, "messages", json!({"conversation_id": conversation_id, "text": message}))
}

pub fn show_typing(host: &Host, conversation_id: &str) -> Result<(), SendFailure> {
    post(host, "typing", json!({ "conversation_id": conversation_id }))
}

fn post(host: &Host, path: &str, body: Value) -> Result<(), SendFailure> {
    let (base, token) = match (setting(host, "base_url"), setting(host, "bot_token")) {
        (Some(base), Some(token)) => (base, token),
        _ => return Err(SendFailure::Failed("base_url or bot_token is not set".to_string())),
    };
    let request = json!({
        "method": "POST",
        "url": format!("{}/{}", base.trim_end_matches('/'), path),
        "headers": {"Authorization": format!("Bearer {}", token), "Content-Type": "application/json"},
        "body": body.to_string(),
        "timeout_ms": TIMEOUT_MS,
        // The token goes where it was meant to go, and nowhere else.
        "follow_redirects": false,
    });
    match host.http_request(&request) {
        Err(error) => Err(SendFailure::Failed(format!("the chat service cannot be reached ({})", error.code))),
        Ok(answer) => judge(answer["status"].as_i64().unwrap_or(0), answer["body"].as_str().unwrap_or("")),
    }
}

/// What the service says to a request.
fn judge(status: i64, body: &str) -> Result<(), SendFailure> {
    let reason = json::parse(body).ok().and_then(|body| body["error"].as_str().map(String::from));
    match (status, reason.as_deref()) {
        (200..=299, _) => Ok(()),
        // A refusal for another reason, such as a wrong token, says nothing about the person.
        (403 | 404 | 410, Some("blocked" | "conversation_gone")) => Err(SendFailure::Blocked),
        (429, _) => Err(SendFailure::Failed("the chat service takes no more messages at the moment (429)".to_string())),
        _ => Err(SendFailure::Failed(format!("the chat service refused the message ({})", status))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(members: &str) -> String {
        format!(r#"{{"event_id":"e","conversation_id":"c","type":"message",{}}}"#, members)
    }

    #[test]
    fn a_message_is_read() {
        let event = read_event(&message(r#""from":"Ada","text":" Hello\n""#)).unwrap().unwrap();
        assert!(matches!(event.kind, EventKind::Message { from, text } if from == "Ada" && text == "Hello"));
        assert_eq!((event.id.as_str(), event.conversation_id.as_str()), ("e", "c"));
    }

    #[test]
    fn what_is_no_message_does_not_matter_and_what_is_broken_is_refused() {
        for other in [message(r#""text":"  ""#), message(r#""text":5"#), r#"{"type":"picture"}"#.to_string()] {
            assert!(read_event(&other).unwrap().is_none(), "{}", other);
        }
        let long = |count: usize| format!(r#""text":"{}""#, "é".repeat(count));
        assert!(read_event(&message(&long(TEXT_CHARS_MAX))).unwrap().is_some());
        assert!(read_event(&message(&long(TEXT_CHARS_MAX + 1))).is_err());
        for broken in ["", "[]", "{}", r#"{"type":"message","text":"a","event_id":"e"}"#] {
            assert!(read_event(broken).is_err(), "{}", broken);
        }
    }

    #[test]
    fn an_id_is_taken_up_to_the_limit() {
        let of = |count: usize| {
            let id = "i".repeat(count);
            read_event(&format!(r#"{{"type":"unblocked","event_id":"{}","conversation_id":"c"}}"#, id))
        };
        assert!(of(ID_CHARS_MAX).is_ok());
        assert!(of(ID_CHARS_MAX + 1).is_err());
        assert!(of(0).is_err());
    }

    #[test]
    fn only_what_says_so_is_blocked() {
        assert_eq!(judge(201, ""), Ok(()));
        assert_eq!(judge(403, r#"{"error":"blocked"}"#), Err(SendFailure::Blocked));
        assert_eq!(judge(410, r#"{"error":"conversation_gone"}"#), Err(SendFailure::Blocked));
        for (status, body) in [(403, "blocked"), (403, r#"{"error":"token"}"#), (429, ""), (500, ""), (302, "")] {
            assert!(matches!(judge(status, body), Err(SendFailure::Failed(_))), "{}", status);
        }
    }
}
