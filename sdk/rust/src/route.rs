//! HTTP requests that reach a plugin, and its answers ("Osaurus: Routes and Web").

use crate::base64;
use crate::json::Value;

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Auth {
    /// Anybody, a limited number of times.
    None,
    /// Anybody; the plugin checks a signature or a token itself.
    Verify,
    /// Who has a key of this host.
    Owner,
}

impl Auth {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Auth::None => "none",
            Auth::Verify => "verify",
            Auth::Owner => "owner",
        }
    }
}

/// A request as the host hands it over.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    json: Value,
}

impl Request {
    /// For tests: `Request::from(json!({"method": "GET", "query": {"page": "2"}}))`.
    pub(crate) fn new(json: Value) -> Request {
        Request { json }
    }

    /// All that the host said, with members that have no function here.
    pub fn json(&self) -> &Value {
        &self.json
    }

    /// Of the route, as the plugin named it.
    pub fn route_id(&self) -> &str {
        self.text("route_id")
    }

    /// In capital letters. `HEAD` comes to the routes for `GET`; its body is left out by the host.
    pub fn method(&self) -> &str {
        self.text("method")
    }

    /// Below the plugin's own address, with the query.
    pub fn path(&self) -> &str {
        self.text("path")
    }

    /// What stands in the place of `:name` in the route's path.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.json["path_params"][name].as_str()
    }

    /// A value of the query.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.json["query"][name].as_str()
    }

    /// A header; its name in small letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.json["headers"][name].as_str()
    }

    /// The bytes that were sent.
    pub fn body(&self) -> Vec<u8> {
        let text = self.text("body");
        match self.text("body_encoding") {
            "base64" => base64::decode(text).unwrap_or_default(),
            _ => text.as_bytes().to_vec(),
        }
    }

    fn text(&self, name: &str) -> &str {
        self.json[name].as_str().unwrap_or_default()
    }
}

/// For tests of handlers.
impl From<Value> for Request {
    fn from(json: Value) -> Request {
        Request::new(json)
    }
}

/// An answer to a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    json: Value,
}

impl Response {
    /// A status without a body.
    pub fn status(status: u16) -> Response {
        Response { json: json!({"status": u32::from(status)}) }
    }

    /// JSON, with status 200.
    pub fn json(value: &Value) -> Response {
        Response::text(value.to_string()).header("content-type", "application/json")
    }

    /// Plain text, with status 200.
    pub fn text(text: impl Into<String>) -> Response {
        let mut response = Response::status(200);
        response.json.set("body", text.into());
        response.header("content-type", "text/plain; charset=utf-8")
    }

    /// Bytes of this content type, with status 200.
    pub fn bytes(bytes: &[u8], content_type: &str) -> Response {
        let mut response = Response::status(200);
        response.json.set("body", base64::encode(bytes));
        response.json.set("body_encoding", "base64");
        response.header("content-type", content_type)
    }

    /// The same with another status.
    pub fn with_status(mut self, status: u16) -> Response {
        self.json.set("status", u32::from(status));
        self
    }

    /// The same with this header, in the place of one of that name.
    pub fn header(mut self, name: &str, value: &str) -> Response {
        let mut headers = match self.json.get("headers") {
            Some(headers) => headers.clone(),
            None => json!({}),
        };
        headers.set(name, value);
        self.json.set("headers", headers);
        self
    }

    /// A status with the reason, in the shape in which the host reports errors.
    pub fn error(status: u16, message: &str) -> Response {
        Response::json(&json!({"error": {"message": message}})).with_status(status)
    }

    pub(crate) fn into_json(self) -> Value {
        self.json
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_gives_what_it_has_and_nothing_for_what_it_has_not() {
        let request = Request::from(json!({
            "route_id": "item", "method": "POST", "path": "/items/4?x=1", "path_params": {"id": "4"},
            "query": {"x": "1"}, "headers": {"accept": "*/*"}, "body": "AP8=", "body_encoding": "base64",
        }));
        assert_eq!((request.route_id(), request.method(), request.path()), ("item", "POST", "/items/4?x=1"));
        assert_eq!(
            (request.param("id"), request.query("x"), request.header("accept")),
            (Some("4"), Some("1"), Some("*/*"))
        );
        assert_eq!(request.body(), [0, 255]);
        let empty = Request::from(json!({}));
        assert_eq!((empty.method(), empty.param("id"), empty.body()), ("", None, vec![]));
    }

    #[test]
    fn an_answer_has_a_status_and_its_headers_once() {
        let answer = Response::text("a").with_status(201).header("content-type", "text/html").into_json();
        assert_eq!(answer.to_string(), r#"{"status":201,"body":"a","headers":{"content-type":"text/html"}}"#);
        let bytes = Response::bytes(&[0, 255], "image/png").into_json();
        assert_eq!(bytes["body"], json!("AP8="));
        assert_eq!(Response::status(204).into_json().to_string(), r#"{"status":204}"#);
    }
}
