//! What a command answers: data and how to show it, or a failure.

use crate::json::Json;

/// Data together with how to show it.
pub struct Response {
    data: Json,
    meta: Vec<(String, Json)>,
}

impl Response {
    /// Any data: a list has a row for each item, an object is one row.
    pub fn new(data: impl Into<Json>) -> Self {
        Response { data: data.into(), meta: Vec::new() }
    }

    /// These rows; see the macro `row!`.
    pub fn rows(rows: impl IntoIterator<Item = Json>) -> Self {
        Response::new(Json::List(rows.into_iter().collect()))
    }

    /// These columns come first, in this order.
    pub fn columns<S: Into<String>>(self, names: impl IntoIterator<Item = S>) -> Self {
        self.list("columns", names)
    }

    /// `default`, `left`, `center` or `right`, by position in the columns.
    pub fn column_align<S: Into<String>>(self, words: impl IntoIterator<Item = S>) -> Self {
        self.list("column_align", words)
    }

    /// The heads of the columns: as many as there are columns.
    pub fn column_labels<S: Into<String>>(self, texts: impl IntoIterator<Item = S>) -> Self {
        self.list("column_labels", texts)
    }

    /// The list in this member of the data gives the rows.
    pub fn row_path(self, member: &str) -> Self {
        self.member("row_path", Json::from(member))
    }

    /// JSON output is the data as it is.
    pub fn preserve_json_document(self) -> Self {
        self.member("preserve_json_document", Json::Bool(true))
    }

    /// A format for when the user chose nothing.
    pub fn format_hint(self, word: &str) -> Self {
        self.member("format_hint", Json::from(word))
    }

    fn list<S: Into<String>>(self, name: &str, texts: impl IntoIterator<Item = S>) -> Self {
        let list = texts.into_iter().map(|text| Json::Text(text.into())).collect();
        self.member(name, Json::List(list))
    }

    fn member(mut self, name: &str, value: Json) -> Self {
        self.meta.retain(|(other, _)| other != name);
        self.meta.push((name.to_string(), value));
        self
    }

    /// What the host would refuse.
    fn check(&self) -> Result<(), String> {
        let member = |name: &str| self.meta.iter().find(|(other, _)| other == name).map(|(_, value)| value);
        let count = |name: &str| member(name).map(|value| value.items().len());
        let known = ["default", "left", "center", "right"];
        if let Some(word) = member("column_align").and_then(|value| {
            value.items().iter().find(|word| !known.contains(&word.as_text().unwrap_or_default()))
        }) {
            return Err(format!("column_align: {word} is none of default, left, center, right"));
        }
        if let Some(labels) = member("column_labels") {
            if count("column_labels") != count("columns") {
                return Err("column_labels must be as many as columns".to_string());
            }
            if labels.items().iter().any(|label| label.as_text().unwrap_or_default().trim().is_empty()) {
                return Err("column_labels: none may be blank".to_string());
            }
        }
        match member("row_path").and_then(Json::as_text) {
            Some(path) if !matches!(self.data.get(path), Some(Json::List(_))) => {
                Err(format!("row_path: the data has no list called \"{path}\""))
            }
            _ => Ok(()),
        }
    }
}

impl From<Json> for Response {
    fn from(data: Json) -> Self {
        Response::new(data)
    }
}

/// No rows.
impl From<()> for Response {
    fn from(_: ()) -> Self {
        Response::rows([])
    }
}

/// What was asked for failed in a way that the plugin understands; the answer says `"ok": false`. Any error becomes one
/// with the code `INTERNAL`, so that `?` works; say `map_err` where there is a better code.
pub struct Failure {
    code: String,
    message: String,
    details: Option<Json>,
    data: Json,
}

impl Failure {
    /// The code is for programs, such as `NOT_FOUND`; the message is for people.
    pub fn new(code: &str, message: &str) -> Self {
        let code = if code.trim().is_empty() { "FAILED" } else { code.trim() };
        let message = if message.trim().is_empty() { code } else { message.trim() };
        Failure { code: code.to_string(), message: message.to_string(), details: None, data: Json::Null }
    }

    /// Anything more, for programs.
    pub fn details(mut self, details: Json) -> Self {
        self.details = Some(details);
        self
    }

    /// What there is anyway.
    pub fn data(mut self, data: Json) -> Self {
        self.data = data;
        self
    }
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Failure::new("INTERNAL", &error.to_string())
    }
}

pub(crate) fn document(answer: Result<Response, Failure>, messages: Vec<Json>) -> String {
    let answer = answer.and_then(|response| match response.check() {
        Ok(()) => Ok(response),
        Err(problem) => Err(Failure::new("INTERNAL", &problem)),
    });
    let is_ok = answer.is_ok();
    let (data, error, meta) = match answer {
        Ok(Response { data, meta }) => (data, Json::Null, meta),
        Err(Failure { code, message, details, data }) => {
            let mut error = vec![("code".to_string(), Json::Text(code)), ("message".to_string(), Json::Text(message))];
            error.extend(details.map(|details| ("details".to_string(), details)));
            (data, Json::Object(error), Vec::new())
        }
    };
    let document = Json::object([
        ("protocol_version", Json::from(1)),
        ("ok", Json::Bool(is_ok)),
        ("data", data),
        ("error", error),
        ("messages", Json::List(messages)),
        ("meta", Json::Object(meta)),
    ]);
    format!("{document}\n")
}
