//! What a plugin offers, and which part of it a call is for.

use crate::answer::{Answer, Failure, FailureKind};
use crate::host::Host;
use crate::json::{self, Value};
use crate::route::{Auth, Request, Response};
use crate::task_event::TaskEvent;

type ToolHandler = Box<dyn Fn(&Host, &Value) -> Result<Answer, Failure> + Send + Sync>;
type RouteHandler = Box<dyn Fn(&Host, &Request) -> Result<Response, Failure> + Send + Sync>;
type ConfigListener = Box<dyn Fn(&Host, &str, &str) + Send + Sync>;
type TaskListener = Box<dyn Fn(&Host, &TaskEvent) + Send + Sync>;
type ArtifactHandler = Box<dyn Fn(&Host, &Value) -> Result<(), Failure> + Send + Sync>;

/// The key with which the host tries a new plugin out; it means nothing.
const PROBE_KEY: &str = "__osaurus_abi_probe__";

/// A plugin: its name, and handlers for what the host calls it with. Handlers run at the same time on several threads.
pub struct Plugin {
    members: Value,
    tools: Vec<Part<ToolHandler>>,
    routes: Vec<Part<RouteHandler>>,
    on_config_changed: Option<ConfigListener>,
    on_task_event: Option<TaskListener>,
    on_artifact: Option<ArtifactHandler>,
    last: Last,
}

/// Something that the manifest names and a handler does.
struct Part<H> {
    id: String,
    members: Value,
    handler: H,
}

/// What `with` adds to.
enum Last {
    Plugin,
    Tool,
    Route,
}

impl Plugin {
    /// A plugin that offers nothing yet. Its id is the one that it is installed under.
    pub fn new(id: &str, version: &str) -> Plugin {
        Plugin {
            members: json!({"plugin_id": id, "version": version, "capabilities": {}}),
            tools: Vec::new(),
            routes: Vec::new(),
            on_config_changed: None,
            on_task_event: None,
            on_artifact: None,
            last: Last::Plugin,
        }
    }

    /// Adds a tool. `parameters` is a JSON schema; arguments that it does not allow never come here.
    pub fn tool<A: Into<Answer>>(
        mut self,
        id: &str,
        description: &str,
        parameters: Value,
        handler: impl Fn(&Host, &Value) -> Result<A, Failure> + Send + Sync + 'static,
    ) -> Plugin {
        let members = json!({"id": id, "description": description, "parameters": parameters});
        let handler = Box::new(move |host: &Host, args: &Value| handler(host, args).map(Into::into));
        self.tools.push(Part { id: id.to_string(), members, handler });
        self.last = Last::Tool;
        self
    }

    /// Adds a route: these methods, on this path below the plugin's address, for who may call it.
    pub fn route(
        mut self,
        id: &str,
        methods: &[&str],
        path: &str,
        auth: Auth,
        handler: impl Fn(&Host, &Request) -> Result<Response, Failure> + Send + Sync + 'static,
    ) -> Plugin {
        let members = json!({"id": id, "methods": methods.to_vec(), "path": path, "auth": auth.name()});
        self.routes.push(Part { id: id.to_string(), members, handler: Box::new(handler) });
        self.last = Last::Route;
        self
    }

    /// Is told each setting that changes, and its value; an empty one was deleted.
    pub fn on_config_changed(mut self, listener: impl Fn(&Host, &str, &str) + Send + Sync + 'static) -> Plugin {
        self.on_config_changed = Some(Box::new(listener));
        self
    }

    /// Is told what happens in tasks that this plugin started.
    pub fn on_task_event(mut self, listener: impl Fn(&Host, &TaskEvent) + Send + Sync + 'static) -> Plugin {
        self.on_task_event = Some(Box::new(listener));
        self
    }

    /// Is given each file that an agent shares: `filename`, `mime_type`, `size`, `host_path`.
    pub fn on_artifact(
        mut self,
        handler: impl Fn(&Host, &Value) -> Result<(), Failure> + Send + Sync + 'static,
    ) -> Plugin {
        self.on_artifact = Some(Box::new(handler));
        self
    }

    /// Says whether people are asked before the tool that was added last runs: "ask", which it is without this, "auto" or
    /// "deny".
    pub fn policy(self, policy: &str) -> Plugin {
        self.with_tool(json!({ "permission_policy": policy }), "policy")
    }

    /// Names what the tool that was added last needs, such as "network".
    pub fn requires(self, requirements: &[&str]) -> Plugin {
        self.with_tool(json!({ "requirements": requirements.to_vec() }), "requires")
    }

    /// Opens the route that was added last to other computers.
    pub fn tunnel_exposed(self) -> Plugin {
        assert!(matches!(self.last, Last::Route), "tunnel_exposed stands behind a route");
        self.with(json!({"tunnel_exposed": true}))
    }

    fn with_tool(self, members: Value, word: &str) -> Plugin {
        assert!(matches!(self.last, Last::Tool), "{word} stands behind a tool");
        self.with(members)
    }

    /// Adds members to the manifest of what was added last, a tool (`permission_policy`, `requirements`) or a route
    /// (`description`, `tunnel_exposed`); before the first of them to the manifest itself (`name`, `secrets`). Objects
    /// are put together: `json!({"capabilities": {"web": {...}}})`.
    pub fn with(mut self, members: Value) -> Plugin {
        let target = match self.last {
            Last::Tool => self.tools.last_mut().map(|tool| &mut tool.members),
            Last::Route => self.routes.last_mut().map(|route| &mut route.members),
            Last::Plugin => None,
        };
        merge(target.unwrap_or(&mut self.members), members);
        self
    }

    /// The manifest, as the host reads it.
    pub fn manifest(&self) -> Value {
        let mut capabilities = json!({});
        if !self.tools.is_empty() {
            capabilities.set("tools", self.tools.iter().map(|tool| &tool.members).collect::<Value>());
        }
        if !self.routes.is_empty() {
            capabilities.set("routes", self.routes.iter().map(|route| &route.members).collect::<Value>());
        }
        if self.on_artifact.is_some() {
            capabilities.set("artifact_handler", true);
        }
        let mut manifest = self.members.clone();
        merge(&mut manifest, json!({ "capabilities": capabilities }));
        manifest
    }

    /// Calls a tool as the host does, without one: for tests. Gives the envelope.
    pub fn call(&self, tool: &str, args: &Value) -> Value {
        self.invoke(&Host::none(), "tool", tool, &args.to_string())
    }

    /// Sends a request to its route as the host does, without one: for tests. It needs a `route_id`.
    pub fn request(&self, request: &Value) -> Value {
        self.handle(&Host::none(), &request.to_string())
    }

    pub(crate) fn has_routes(&self) -> bool {
        !self.routes.is_empty()
    }

    pub(crate) fn has_config_listener(&self) -> bool {
        self.on_config_changed.is_some()
    }

    pub(crate) fn has_task_listener(&self) -> bool {
        self.on_task_event.is_some()
    }

    pub(crate) fn invoke(&self, host: &Host, kind: &str, id: &str, payload: &str) -> Value {
        let answer = match kind {
            "tool" => self.run_tool(host, id, payload),
            "artifact" => self.take_artifact(host, payload),
            _ => {
                Err(Failure::new(FailureKind::Unavailable, format!("this plugin does not know calls of type {kind:?}")))
            }
        };
        match answer {
            Ok(answer) => answer.envelope(),
            Err(failure) => failure.envelope(),
        }
    }

    fn run_tool(&self, host: &Host, id: &str, payload: &str) -> Result<Answer, Failure> {
        let tool = self.tools.iter().find(|tool| tool.id == id);
        let tool = tool.ok_or_else(|| Failure::new(FailureKind::ToolNotFound, format!("there is no tool {id:?}")))?;
        (tool.handler)(host, &arguments(payload)?)
    }

    fn take_artifact(&self, host: &Host, payload: &str) -> Result<Answer, Failure> {
        if let Some(handler) = &self.on_artifact {
            handler(host, &arguments(payload)?)?;
        }
        Ok(Answer::new(Value::Null))
    }

    pub(crate) fn handle(&self, host: &Host, request: &str) -> Value {
        let request = match json::parse(request) {
            Ok(json) => Request::new(json),
            Err(problem) => {
                host.log_error(&format!("a request that cannot be read: {problem}"));
                return Response::error(500, "the plugin failed").into_json();
            }
        };
        let route = match self.routes.iter().find(|route| route.id == request.route_id()) {
            Some(route) => route,
            None => return Response::error(404, "there is no such route").into_json(),
        };
        let response = (route.handler)(host, &request).unwrap_or_else(|failure| {
            // The words stay in the log: who sent the request may be anybody.
            host.log_error(&format!("route {}: {}", route.id, failure.message()));
            Response::error(500, "the plugin failed")
        });
        response.into_json()
    }

    pub(crate) fn tell_config(&self, host: &Host, key: &str, value: &str) {
        match &self.on_config_changed {
            Some(listener) if key != PROBE_KEY => listener(host, key, value),
            _ => {}
        }
    }

    pub(crate) fn tell_task(&self, host: &Host, event: &TaskEvent) {
        if let Some(listener) = &self.on_task_event {
            listener(host, event);
        }
    }
}

/// No text is no arguments.
fn arguments(payload: &str) -> Result<Value, Failure> {
    let payload = if payload.trim().is_empty() { "{}" } else { payload };
    json::parse(payload)
        .map_err(|problem| Failure::new(FailureKind::InvalidArgs, format!("the arguments are no JSON: {problem}")))
}

/// Puts members into an object; objects that are on both sides are put together.
fn merge(target: &mut Value, more: Value) {
    if let (Value::Object(members), Value::Object(more)) = (target, more) {
        for (name, value) in more {
            match members.iter_mut().find(|(one, _)| *one == name) {
                Some((_, old @ Value::Object(_))) if matches!(value, Value::Object(_)) => merge(old, value),
                Some((_, old)) => *old = value,
                None => members.push((name, value)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plugin() -> Plugin {
        Plugin::new("dev.example.test", "1.0.0")
            .with(json!({"name": "Test", "capabilities": {"web": {"mount": "/ui"}}}))
            .tool("double", "Doubles.", json!({"type": "object"}), |_, args| {
                let number = args["n"].as_i64().ok_or_else(|| Failure::invalid("n", "n is no number"))?;
                Ok(json!({ "n": number * 2 }))
            })
            .policy("auto")
            .requires(&["network"])
            .route("item", &["GET"], "/items/:id", Auth::Owner, |_, request| {
                let id: u32 = request.param("id").unwrap_or("").parse()?;
                Ok(Response::json(&json!({ "id": id })))
            })
            .with(json!({"description": "One item."}))
    }

    #[test]
    fn the_manifest_has_all_that_was_added_and_nothing_else() {
        let text = concat!(
            r#"{"plugin_id":"dev.example.test","version":"1.0.0","capabilities":{"web":{"mount":"/ui"},"#,
            r#""tools":[{"id":"double","description":"Doubles.","parameters":{"type":"object"},"#,
            r#""permission_policy":"auto","requirements":["network"]}],"#,
            r#""routes":[{"id":"item","methods":["GET"],"path":"/items/:id","auth":"owner","description":"One item."}]},"#,
            r#""name":"Test"}"#
        );
        assert_eq!(plugin().manifest().to_string(), text);
        let nothing = Plugin::new("a.b", "1.0.0").manifest().to_string();
        assert_eq!(nothing, r#"{"plugin_id":"a.b","version":"1.0.0","capabilities":{}}"#);
    }

    #[test]
    #[should_panic(expected = "policy stands behind a tool")]
    fn words_of_a_tool_are_not_taken_behind_a_route() {
        let _ = plugin().policy("ask");
    }

    #[test]
    fn a_tool_is_called_and_its_failures_are_envelopes() {
        assert_eq!(plugin().call("double", &json!({"n": 21})), json!({"ok": true, "result": {"n": 42}}));
        let failure = plugin().call("double", &json!({}));
        assert_eq!((&failure["kind"], &failure["field"]), (&json!("invalid_args"), &json!("n")));
        assert_eq!(plugin().call("other", &json!({}))["kind"], json!("tool_not_found"));
        assert_eq!(plugin().invoke(&Host::none(), "tool", "double", "{")["kind"], json!("invalid_args"));
        assert_eq!(plugin().invoke(&Host::none(), "dance", "double", "{}")["kind"], json!("unavailable"));
    }

    #[test]
    fn a_route_answers_and_what_went_wrong_is_not_told_to_strangers() {
        let ask = |id: &str| plugin().request(&json!({"route_id": "item", "path_params": {"id": id}}));
        assert_eq!((&ask("7")["status"], &ask("7")["body"]), (&json!(200), &json!(r#"{"id":7}"#)));
        assert_eq!(
            (&ask("x")["status"], &ask("x")["body"]),
            (&json!(500), &json!(r#"{"error":{"message":"the plugin failed"}}"#))
        );
        assert_eq!(plugin().request(&json!({"route_id": "none"}))["status"], json!(404));
    }
}
