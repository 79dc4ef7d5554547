//! A native plugin that connects a chat service with an agent. Each conversation of the service is one conversation with
//! the agent ("Osaurus: Messaging Plugin Pattern"):
//!
//!   the service tells of a message → `webhook` → a task of the agent → the tool `reply` → the service
//!
//! Here is what it offers. Texts, who frees them, and panics are the business of the crate `osaurus-plugin`.

mod bridge;
mod chat;
mod dispatch;
mod events;
mod queues;
mod reply;
mod store;
mod token;
mod webhook;
mod wording;

use bridge::{Bridge, Shared};
use osaurus_plugin::{json, Auth, Host, Plugin, Value};
use std::sync::Arc;

/// What people read of it, what agents are told of it, and its settings.
const ABOUT: &str = include_str!("../manifest.json");

osaurus_plugin::export!(plugin);

fn plugin() -> Plugin {
    let shared = Arc::new(Shared::default());
    Plugin::new("org.example.chat-bridge", env!("CARGO_PKG_VERSION"))
        .with(json::parse(ABOUT).expect("manifest.json is JSON"))
        .tool(
            "reply",
            "Sends a message to the person who wrote to you. Long texts are sent as several messages.",
            parameters(json!({
                "reply_token": reply_token(),
                "text": {"type": "string", "description": "What the person gets to read."},
            })),
            called(&shared, reply::reply),
        )
        .policy("auto")
        .requires(&["network"])
        .tool(
            "reply_typing",
            "Shows the person for a few seconds that you are at work.",
            parameters(json!({ "reply_token": reply_token() })),
            called(&shared, reply::show_typing),
        )
        .policy("auto")
        .requires(&["network"])
        .route("webhook", &["POST"], "/webhook", Auth::None, called(&shared, webhook::handle))
        .with(json!({"description": "Where the chat service tells what people wrote."}))
        .tunnel_exposed()
        .on_task_event(called(&shared, events::handle))
    // Settings are read when they are needed, so nobody has to tell of their changes.
}

/// All of them are required.
fn parameters(properties: Value) -> Value {
    let required: Value = properties.members().iter().map(|(name, _)| name).collect();
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

fn reply_token() -> Value {
    json!({"type": "string", "description": "From the newest line [reply_token TOKEN from NAME]."})
}

/// A handler that gets what all calls share beside the host, which is lent for the one call.
fn called<I: 'static, O: 'static>(
    shared: &Arc<Shared>,
    handler: fn(&Bridge, &I) -> O,
) -> impl Fn(&Host, &I) -> O + Send + Sync + 'static {
    let shared = shared.clone();
    move |host, input| handler(&Bridge::new(host, &shared), input)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_the_file_and_what_is_added_here_are_one_manifest() {
        let manifest = plugin().manifest();
        let offered = &manifest["capabilities"];
        assert_eq!(manifest["plugin_id"], json!("org.example.chat-bridge"));
        assert!(manifest["instructions"].as_str().unwrap().contains("reply_token"));
        assert_eq!(offered["tools"][0]["parameters"]["required"], json!(["reply_token", "text"]));
        assert_eq!(offered["tools"][1]["id"], json!("reply_typing"));
        assert_eq!(offered["routes"][0]["tunnel_exposed"], json!(true));
        assert_eq!(offered["config"]["title"], json!("Chat service"));
    }

    #[test]
    fn a_reply_that_cannot_be_sent_is_told_to_the_agent_without_what_went_wrong_inside() {
        let answer = plugin().call("reply", &json!({"reply_token": "rk_a", "text": "Hi."}));
        let told = r#"{"ok":false,"kind":"execution_error","message":"The message was not sent.","error":"send_failed","retryable":true}"#;
        assert_eq!(answer.to_string(), told);
    }
}
