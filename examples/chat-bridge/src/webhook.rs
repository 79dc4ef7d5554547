//! A message comes in: who sends it is checked, and whether it was seen before. The chat service gets its answer at once;
//! what the person gets is up to the agent.

use crate::abi::LOG_ERROR;
use crate::bridge::{now_seconds, Bridge};
use crate::chat::{self, Event, EventKind};
use crate::host::Result;
use crate::json::{self, object, text, Value};
use crate::store::Place;
use crate::{dispatch, wording};

/// What `handle_route` returns.
pub fn handle(bridge: &Bridge, request_json: &str) -> String {
    let (status, said) = take(bridge, request_json).unwrap_or_else(|problem| {
        bridge.host.log(LOG_ERROR, &format!("a webhook was not served: {}", problem));
        // The chat service sends it again later.
        (503, "not now")
    });
    let body = object(vec![("ok", Value::Bool(status == 200)), ("status", text(said))]);
    json::write(&object(vec![
        ("status", status.into()),
        ("headers", object(vec![("Content-Type", text("application/json"))])),
        ("body", text(json::write(&body))),
    ]))
}

fn take(bridge: &Bridge, request_json: &str) -> Result<(i64, &'static str)> {
    let request = json::parse(request_json)?;
    if !knows_secret(bridge, &request) {
        return Ok((401, "unauthorized"));
    }
    let body = request.text_of("body").unwrap_or("");
    match chat::read_event(body) {
        Err(_) => Ok((400, "not understood")),
        Ok(None) => Ok((200, "ignored")),
        Ok(Some(event)) => {
            bridge.prepare()?;
            serve(bridge, event)
        }
    }
}

/// Without a secret in the settings nobody knows it.
fn knows_secret(bridge: &Bridge, request: &Value) -> bool {
    let given = request.get("headers").and_then(|headers| headers.text_of(chat::SECRET_HEADER)).unwrap_or("");
    wording::same_secret(&bridge.host.setting("webhook_secret").unwrap_or_default(), given)
}

fn serve(bridge: &Bridge, event: Event) -> Result<(i64, &'static str)> {
    let place = Place { agent_id: bridge.host.agent_id()?, conversation_id: event.conversation_id.clone() };
    let turn = bridge.places.wait(&place.key());
    if bridge.store.was_seen(&place.agent_id, &event.id)? {
        return Ok((200, "seen before"));
    }
    let to_say = react(bridge, &place, &event)?;
    // Only now: when something failed, or all of this was killed, the chat service sends the event again.
    bridge.store.mark_seen(&place.agent_id, &event.id, now_seconds())?;
    drop(turn);
    if let Some(words) = to_say {
        bridge.say(&place, words);
    }
    Ok((200, "taken"))
}

/// Gives what the plugin itself has to say.
fn react(bridge: &Bridge, place: &Place, event: &Event) -> Result<Option<&'static str>> {
    let conversation = bridge.store.conversation(place, now_seconds())?;
    match &event.kind {
        EventKind::Unblocked => bridge.store.set_blocked(place, false).map(|()| None),
        EventKind::Message { .. } if conversation.is_blocked => Ok(None),
        EventKind::Message { text, .. } if text == "/reset" => {
            bridge.stop_work(place)?;
            bridge.store.add_salt(place)?;
            Ok(Some(wording::RESET_DONE))
        }
        EventKind::Message { from, text } => dispatch::dispatch(bridge, place, &conversation, from, text),
    }
}
