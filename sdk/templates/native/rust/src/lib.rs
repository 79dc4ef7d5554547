//! {{title}}: a plugin with one tool and one route.

use osaurus_plugin::{json, Auth, Failure, Host, Plugin, Request, Response, Value};

// Makes the two functions that the host looks for.
osaurus_plugin::export!(plugin);

/// What the plugin is and offers; the manifest is made of this.
fn plugin() -> Plugin {
    let parameters = json!({
        "type": "object",
        "properties": {
            "name": {"type": "string", "description": "Whom to greet", "default": "world"},
        },
    });
    Plugin::new("{{plugin_id}}", "0.1.0")
        .with(json!({
            "name": "{{title}}",
            "description": "Greets people.",
            "min_osaurus": "0.5.0",
            "capabilities": {"web": {"static_dir": "web", "entry": "index.html", "mount": "/ui", "auth": "owner"}},
        }))
        .tool("hello", "Greets somebody by name.", parameters, hello)
        .policy("ask")
        .route("health", &["GET"], "/health", Auth::None, health)
}

/// What the tool does. The host has held `args` against the parameters above. An `Err` becomes a failure that the model
/// can read; so does every error that `?` meets, and every panic.
fn hello(host: &Host, args: &Value) -> Result<Value, Failure> {
    let name = args["name"].as_str().unwrap_or("world");
    host.log_info(&format!("greeted {name}"));
    Ok(json!({"text": format!("Hello, {name}!")}))
}

/// What GET /plugins/{{plugin_id}}/health answers.
fn health(_host: &Host, _request: &Request) -> Result<Response, Failure> {
    Ok(Response::json(&json!({"ok": true})))
}

/// These run without a host. Those in test/ run in a real one.
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_greets_whom_it_is_told_to() {
        let answer = plugin().call("hello", &json!({"name": "Ada"}));
        assert_eq!(answer, json!({"ok": true, "result": {"text": "Hello, Ada!"}}));
    }

    #[test]
    fn it_greets_the_world_when_nobody_is_named() {
        assert_eq!(plugin().call("hello", &json!({}))["result"]["text"], json!("Hello, world!"));
    }

    #[test]
    fn it_says_that_it_is_well() {
        assert_eq!(plugin().request(&json!({"route_id": "health"}))["status"], json!(200));
    }
}
