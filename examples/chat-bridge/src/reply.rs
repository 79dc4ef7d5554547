//! The tools with which the agent talks. What goes wrong is told to the agent, in its result: only it can do something
//! about it.

use crate::bridge::{now_seconds, Bridge, Result};
use crate::chat::{self, SendFailure};
use crate::store::Place;
use osaurus_plugin::FailureKind::{ExecutionError, InvalidArgs, Rejected};
use osaurus_plugin::{Answer, Failure, FailureKind, Value};

/// What the agent is told.
type Told = std::result::Result<Answer, Failure>;

/// What the tool `reply` does.
pub fn reply(bridge: &Bridge, arguments: &Value) -> Told {
    told(bridge, arguments, |place, token| send(bridge, place, token, arguments["text"].as_str().unwrap_or("")))
}

/// What the tool `reply_typing` does.
pub fn show_typing(bridge: &Bridge, arguments: &Value) -> Told {
    told(bridge, arguments, |place, _| {
        Ok(match chat::show_typing(bridge.host, &place.conversation_id) {
            Ok(()) => success("Shown."),
            Err(failure) => not_sent(&bridge.noted(place, failure)),
        })
    })
}

/// What happens in the conversation that the token stands for; what went wrong inside stays in the log.
fn told(bridge: &Bridge, arguments: &Value, act: impl FnOnce(&Place, &str) -> Result<Told>) -> Told {
    in_conversation(bridge, arguments, act).unwrap_or_else(|problem| {
        bridge.host.log_error(&format!("a reply: {}", problem));
        refusal(ExecutionError, "send_failed", "The message was not sent.")
    })
}

fn in_conversation(bridge: &Bridge, arguments: &Value, act: impl FnOnce(&Place, &str) -> Result<Told>) -> Result<Told> {
    let token = match arguments["reply_token"].as_str() {
        Some(token) => token,
        None => return Ok(refusal(InvalidArgs, "invalid_args", "reply_token is missing.")),
    };
    // Before anything else: calls go on in the order in which they came.
    let _turn = bridge.shared.replies.wait(token);
    bridge.prepare()?;
    let place = match bridge.store.place_of_token(&bridge.agent_id()?, token, now_seconds())? {
        Some(place) => place,
        None => return Ok(refusal(Rejected, "stale_token", "The token is not valid any more. Do not reply with it.")),
    };
    if bridge.store.is_blocked(&place)? {
        return Ok(not_sent(&SendFailure::Blocked));
    }
    act(&place, token)
}

fn send(bridge: &Bridge, place: &Place, token: &str, words: &str) -> Result<Told> {
    if words.trim().is_empty() {
        return Ok(refusal(InvalidArgs, "invalid_args", "text is empty."));
    }
    match bridge.send(place, words) {
        Ok(()) => {
            // Events that are told meanwhile write the same row.
            let _turn = bridge.shared.places.wait(&place.key());
            bridge.store.mark_replied(token)?;
            Ok(success("Sent."))
        }
        Err(failure) => Ok(not_sent(&failure)),
    }
}

fn not_sent(failure: &SendFailure) -> Told {
    match failure {
        SendFailure::Blocked => {
            refusal(Rejected, "chat_blocked", "The person has blocked this chat. Stop: nothing will arrive.")
        }
        SendFailure::Failed(problem) => refusal(ExecutionError, "send_failed", problem),
    }
}

fn success(words: &str) -> Told {
    Ok(words.to_string().into())
}

fn refusal(kind: FailureKind, code: &str, message: &str) -> Told {
    Err(Failure::new(kind, message).code(code).retryable(matches!(kind, ExecutionError | InvalidArgs)))
}
