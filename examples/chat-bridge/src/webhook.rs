//! A message comes in: who sends it is checked, and whether it was seen before. The chat service gets its answer at once;
//! what the person gets is up to the agent.

use crate::bridge::{now_seconds, Bridge, Result};
use crate::chat::{self, Event, EventKind};
use crate::store::Place;
use crate::{dispatch, wording};
use osaurus_plugin::{json, Failure, Request, Response};

/// What the route `webhook` does.
pub fn handle(bridge: &Bridge, request: &Request) -> std::result::Result<Response, Failure> {
    let (status, said) = take(bridge, request).unwrap_or_else(|problem| {
        bridge.host.log_error(&format!("a webhook was not served: {}", problem));
        // The chat service sends it again later.
        (503, "not now")
    });
    Ok(Response::json(&json!({"ok": status == 200, "status": said})).with_status(status))
}

fn take(bridge: &Bridge, request: &Request) -> Result<(u16, &'static str)> {
    if !knows_secret(bridge, request) {
        return Ok((401, "unauthorized"));
    }
    // Nothing else than text can be understood.
    match chat::read_event(&String::from_utf8(request.body()).unwrap_or_default()) {
        Err(_) => Ok((400, "not understood")),
        Ok(None) => Ok((200, "ignored")),
        Ok(Some(event)) => {
            bridge.prepare()?;
            serve(bridge, event)
        }
    }
}

/// Without a secret in the settings nobody knows it.
fn knows_secret(bridge: &Bridge, request: &Request) -> bool {
    let given = request.header(chat::SECRET_HEADER).unwrap_or("");
    wording::same_secret(&chat::setting(bridge.host, "webhook_secret").unwrap_or_default(), given)
}

fn serve(bridge: &Bridge, event: Event) -> Result<(u16, &'static str)> {
    let place = Place { agent_id: bridge.agent_id()?, conversation_id: event.conversation_id.clone() };
    let turn = bridge.shared.places.wait(&place.key());
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
