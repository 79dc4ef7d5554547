//! The tools with which the agent talks. What goes wrong is told to the agent, in its result: only it can do something
//! about it.

use crate::abi::LOG_ERROR;
use crate::bridge::{now_seconds, Bridge};
use crate::chat::{self, SendFailure};
use crate::host::Result;
use crate::json::{self, object, text, Value};
use crate::store::Place;

/// What `invoke` returns.
pub fn invoke(bridge: &Bridge, tool: &str, arguments_json: &str) -> String {
    let answer = call(bridge, tool, arguments_json).unwrap_or_else(|problem| {
        bridge.host.log(LOG_ERROR, &format!("{}: {}", tool, problem));
        refusal("execution_error", "send_failed", "The message was not sent.")
    });
    json::write(&answer)
}

fn call(bridge: &Bridge, tool: &str, arguments_json: &str) -> Result<Value> {
    let arguments = json::parse(arguments_json)?;
    let token = match arguments.text_of("reply_token") {
        Some(token) => token,
        None => return Ok(refusal("invalid_args", "invalid_args", "reply_token is missing.")),
    };
    // Before anything else: calls go on in the order in which they came.
    let _turn = bridge.replies.wait(token);
    bridge.prepare()?;
    let place = match bridge.store.place_of_token(&bridge.host.agent_id()?, token, now_seconds())? {
        Some(place) => place,
        None => {
            return Ok(refusal("rejected", "stale_token", "The token is not valid any more. Do not reply with it."))
        }
    };
    if bridge.store.is_blocked(&place)? {
        return Ok(told(&SendFailure::Blocked));
    }
    match tool {
        "reply" => reply(bridge, &place, token, arguments.text_of("text").unwrap_or("")),
        "reply_typing" => Ok(match chat::show_typing(bridge.host, &place.conversation_id) {
            Ok(()) => success("Shown."),
            Err(failure) => told(&bridge.noted(&place, failure)),
        }),
        _ => Ok(refusal("tool_not_found", "tool_not_found", "There is no such tool.")),
    }
}

fn reply(bridge: &Bridge, place: &Place, token: &str, words: &str) -> Result<Value> {
    if words.trim().is_empty() {
        return Ok(refusal("invalid_args", "invalid_args", "text is empty."));
    }
    match bridge.send(place, words) {
        Ok(()) => {
            // Events that are told meanwhile write the same row.
            let _turn = bridge.places.wait(&place.key());
            bridge.store.mark_replied(token)?;
            Ok(success("Sent."))
        }
        Err(failure) => Ok(told(&failure)),
    }
}

fn told(failure: &SendFailure) -> Value {
    match failure {
        SendFailure::Blocked => {
            refusal("rejected", "chat_blocked", "The person has blocked this chat. Stop: nothing will arrive.")
        }
        SendFailure::Failed(problem) => refusal("execution_error", "send_failed", problem),
    }
}

fn success(words: &str) -> Value {
    object(vec![("ok", Value::Bool(true)), ("result", object(vec![("text", text(words))]))])
}

fn refusal(kind: &str, code: &str, message: &str) -> Value {
    object(vec![
        ("ok", Value::Bool(false)),
        ("kind", text(kind)),
        ("error", text(code)),
        ("message", text(message)),
        ("retryable", Value::Bool(matches!(kind, "execution_error" | "invalid_args"))),
    ])
}
