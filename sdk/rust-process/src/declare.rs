//! What a plugin declares: commands with arguments and flags, as the host is told of them.

use crate::call::Call;
use crate::json::Json;
use crate::response::{Failure, Response};

pub(crate) type Handler = Box<dyn Fn(&mut Call) -> Result<Response, Failure>>;

/// A command of the plugin, or one below another command.
pub struct Command {
    pub(crate) name: String,
    pub(crate) about: String,
    pub(crate) args: Vec<Arg>,
    pub(crate) flags: Vec<Flag>,
    pub(crate) commands: Vec<Command>,
    pub(crate) handler: Option<Handler>,
    auth: Option<Auth>,
}

impl Command {
    /// A command that does nothing yet. Its name is made of a-z, 0-9, `-` and `_`.
    pub fn new(name: &str) -> Self {
        let (args, flags, commands) = (Vec::new(), Vec::new(), Vec::new());
        Command { name: name.to_string(), about: String::new(), args, flags, commands, handler: None, auth: None }
    }

    /// One line of help.
    pub fn about(mut self, text: &str) -> Self {
        self.about = text.to_string();
        self
    }

    /// The next argument.
    pub fn arg(mut self, arg: Arg) -> Self {
        self.args.push(arg);
        self
    }

    /// A flag; known below this command, too.
    pub fn flag(mut self, flag: Flag) -> Self {
        self.flags.push(flag);
        self
    }

    /// A command below this one.
    pub fn command(mut self, command: Command) -> Self {
        self.commands.push(command);
        self
    }

    /// Who may see and run it.
    pub fn auth(mut self, auth: Auth) -> Self {
        self.auth = Some(auth);
        self
    }

    /// The function that runs it. It returns a `Response`, `Json`, or `()` for no rows; `?` takes any error.
    pub fn run<R: Into<Response>>(mut self, handler: impl Fn(&mut Call) -> Result<R, Failure> + 'static) -> Self {
        self.handler = Some(Box::new(move |call| handler(call).map(Into::into)));
        self
    }

    pub(crate) fn describe(&self) -> Json {
        let mut members = vec![("name".to_string(), Json::from(self.name.as_str()))];
        if !self.about.is_empty() {
            members.push(("about".to_string(), Json::from(self.about.as_str())));
        }
        if let Some(auth) = &self.auth {
            members.push(("auth".to_string(), auth.describe()));
        }
        let args = self.args.iter().map(|arg| {
            let mut members = vec![("name".to_string(), Json::from(arg.name.as_str()))];
            members.extend(arg.value.describe());
            Json::Object(members)
        });
        let subcommands = self.commands.iter().map(Command::describe);
        push_list(&mut members, "args", args.collect());
        if !self.flags.is_empty() {
            members.push(("flags".to_string(), Json::Object(self.describe_flags())));
        }
        push_list(&mut members, "subcommands", subcommands.collect());
        Json::Object(members)
    }

    /// Entries that are equal count as one flag for the host: a flag that says the same as another gets its name into
    /// its help.
    fn describe_flags(&self) -> Vec<(String, Json)> {
        let mut told: Vec<Json> = Vec::new();
        let mut entries = Vec::new();
        for flag in &self.flags {
            let mut described = flag.describe(flag.value.about.as_deref());
            if told.contains(&described) {
                let words = flag.name().trim_start_matches('-').replace('-', " ");
                let about = format!("{} ({})", flag.value.about.as_deref().unwrap_or(&words), flag.name());
                described = flag.describe(Some(&about));
            }
            told.push(described.clone());
            entries.extend(flag.names.iter().map(|name| (name.clone(), described.clone())));
        }
        entries
    }
}

/// What arguments and flags have in common.
#[derive(Default)]
pub(crate) struct Value {
    pub(crate) about: Option<String>,
    pub(crate) required: bool,
    pub(crate) multi: bool,
    value_type: Option<String>,
    suggestions: Vec<Suggestion>,
}

impl Value {
    fn describe(&self) -> Vec<(String, Json)> {
        let mut members = Vec::new();
        push_text(&mut members, "about", &self.about);
        push_true(&mut members, "required", self.required);
        push_true(&mut members, "multi", self.multi);
        push_text(&mut members, "value_type", &self.value_type);
        push_list(&mut members, "suggestions", self.suggestions.iter().map(Suggestion::describe).collect());
        members
    }
}

macro_rules! value_methods {
    () => {
        /// Help.
        pub fn about(mut self, text: &str) -> Self {
            self.value.about = Some(text.to_string());
            self
        }

        /// It has to be given.
        pub fn required(mut self) -> Self {
            self.value.required = true;
            self
        }

        /// An argument takes all words that are left; a flag may be given several times.
        pub fn multi(mut self) -> Self {
            self.value.multi = true;
            self
        }

        /// The host completes files and folders.
        pub fn path(self) -> Self {
            self.value_type("Path")
        }

        /// The kind of value, for hosts that know more of them than paths.
        pub fn value_type(mut self, name: &str) -> Self {
            self.value.value_type = Some(name.to_string());
            self
        }

        /// A value to offer.
        pub fn suggest(mut self, suggestion: impl Into<Suggestion>) -> Self {
            self.value.suggestions.push(suggestion.into());
            self
        }
    };
}

/// An argument: a word that is found by its place.
pub struct Arg {
    pub(crate) name: String,
    pub(crate) value: Value,
}

impl Arg {
    /// An argument of this name.
    pub fn new(name: &str) -> Self {
        Arg { name: name.to_string(), value: Value::default() }
    }

    value_methods!();
}

/// A flag, under all its spellings.
pub struct Flag {
    pub(crate) names: Vec<String>,
    pub(crate) flag_only: bool,
    pub(crate) value: Value,
}

impl Flag {
    /// A flag such as `--limit`; a value follows it.
    pub fn new(name: &str) -> Self {
        Flag { names: vec![name.to_string()], flag_only: false, value: Value::default() }
    }

    /// Another spelling, such as `-n`.
    pub fn or(mut self, name: &str) -> Self {
        self.names.push(name.to_string());
        self
    }

    /// It stands alone, without a value.
    pub fn flag_only(mut self) -> Self {
        self.flag_only = true;
        self
    }

    value_methods!();

    pub(crate) fn name(&self) -> &str {
        &self.names[0]
    }

    fn describe(&self, about: Option<&str>) -> Json {
        let mut members: Vec<(String, Json)> = Vec::new();
        push_text(&mut members, "about", &about.map(str::to_string));
        members.extend(self.value.describe().into_iter().filter(|(name, _)| name != "about"));
        push_true(&mut members, "flag_only", self.flag_only);
        Json::Object(members)
    }
}

/// A value to offer.
pub struct Suggestion {
    value: String,
    meta: Option<String>,
    display: Option<String>,
    sort: Option<String>,
}

impl Suggestion {
    /// What is typed.
    pub fn new(value: &str) -> Self {
        Suggestion { value: value.to_string(), meta: None, display: None, sort: None }
    }

    /// What it means.
    pub fn meta(mut self, text: &str) -> Self {
        self.meta = Some(text.to_string());
        self
    }

    /// What a menu shows in its place.
    pub fn display(mut self, text: &str) -> Self {
        self.display = Some(text.to_string());
        self
    }

    /// What a menu sorts by.
    pub fn sort(mut self, text: &str) -> Self {
        self.sort = Some(text.to_string());
        self
    }

    fn describe(&self) -> Json {
        let mut members = vec![("value".to_string(), Json::from(self.value.as_str()))];
        push_text(&mut members, "meta", &self.meta);
        push_text(&mut members, "display", &self.display);
        push_text(&mut members, "sort", &self.sort);
        Json::Object(members)
    }
}

impl From<&str> for Suggestion {
    fn from(value: &str) -> Self {
        Suggestion::new(value)
    }
}

/// Who may see and run a command.
#[derive(Default)]
pub struct Auth {
    visibility: Option<String>,
    required_capabilities: Vec<String>,
    feature_flags: Vec<String>,
    visible_session: Option<Session>,
    run_session: Option<Session>,
}

impl Auth {
    /// For everybody.
    pub fn new() -> Self {
        Auth::default()
    }

    /// `public`, `authenticated`, `capability_gated` or `hidden`.
    pub fn visibility(mut self, word: &str) -> Self {
        self.visibility = Some(word.to_string());
        self
    }

    /// A capability that the user needs.
    pub fn required_capability(mut self, name: &str) -> Self {
        self.required_capabilities.push(name.to_string());
        self
    }

    /// A feature that has to be on.
    pub fn feature_flag(mut self, name: &str) -> Self {
        self.feature_flags.push(name.to_string());
        self
    }

    /// The session that sees it.
    pub fn visible_session(mut self, session: Session) -> Self {
        self.visible_session = Some(session);
        self
    }

    /// The session that runs it.
    pub fn run_session(mut self, session: Session) -> Self {
        self.run_session = Some(session);
        self
    }

    fn describe(&self) -> Json {
        let mut members = Vec::new();
        push_text(&mut members, "visibility", &self.visibility);
        push_list(&mut members, "required_capabilities", texts(&self.required_capabilities));
        push_list(&mut members, "feature_flags", texts(&self.feature_flags));
        for (name, session) in [("visible_session", &self.visible_session), ("run_session", &self.run_session)] {
            members.extend(session.iter().map(|session| (name.to_string(), session.describe())));
        }
        Json::Object(members)
    }
}

/// What a user has to be signed in with.
#[derive(Default)]
pub struct Session {
    auth_strength: Option<String>,
    credentials: Vec<Credential>,
}

impl Session {
    /// Any session.
    pub fn new() -> Self {
        Session::default()
    }

    /// `basic` or `strong`.
    pub fn auth_strength(mut self, word: &str) -> Self {
        self.auth_strength = Some(word.to_string());
        self
    }

    /// A credential that it must have.
    pub fn credential(mut self, credential: Credential) -> Self {
        self.credentials.push(credential);
        self
    }

    fn describe(&self) -> Json {
        let mut members = Vec::new();
        push_text(&mut members, "auth_strength", &self.auth_strength);
        push_list(&mut members, "credentials", self.credentials.iter().map(Credential::describe).collect());
        Json::Object(members)
    }
}

/// A credential of a session.
pub struct Credential {
    state: String,
    service: String,
    min_ttl_seconds: Option<u64>,
}

impl Credential {
    /// The state is `present`, `valid` or `fresh`.
    pub fn new(state: &str, service: &str) -> Self {
        Credential { state: state.to_string(), service: service.to_string(), min_ttl_seconds: None }
    }

    /// How long it has to hold on, for `fresh`.
    pub fn min_ttl_seconds(mut self, seconds: u64) -> Self {
        self.min_ttl_seconds = Some(seconds);
        self
    }

    fn describe(&self) -> Json {
        let mut members = Vec::new();
        push_text(&mut members, "state", &Some(self.state.clone()));
        push_text(&mut members, "service", &Some(self.service.clone()));
        members.extend(self.min_ttl_seconds.map(|seconds| ("min_ttl_seconds".to_string(), Json::from(seconds))));
        Json::Object(members)
    }
}

pub(crate) fn check(commands: &[Command]) -> Result<(), String> {
    for (at, command) in commands.iter().enumerate() {
        let name = &command.name;
        let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
        if name.is_empty() || !name.chars().all(is_word) {
            return Err(format!("\"{name}\" cannot be a command: its name is made of a-z, 0-9, - and _"));
        }
        if commands[..at].iter().any(|other| other.name == *name) {
            return Err(format!("two commands are called \"{name}\""));
        }
        if command.handler.is_none() && command.commands.is_empty() {
            return Err(format!("the command \"{name}\" has no function"));
        }
        check_values(command)?;
        check(&command.commands)?;
    }
    Ok(())
}

fn check_values(command: &Command) -> Result<(), String> {
    let mut seen: Vec<&str> = Vec::new();
    let args = command.args.iter().map(|arg| arg.name.as_str());
    for name in args.chain(command.flags.iter().flat_map(|flag| flag.names.iter().map(String::as_str))) {
        if seen.contains(&name) {
            return Err(format!("the command \"{}\" declares \"{name}\" twice", command.name));
        }
        seen.push(name);
    }
    for name in command.flags.iter().flat_map(|flag| &flag.names) {
        let word = name.strip_prefix("--").or_else(|| name.strip_prefix('-')).unwrap_or_default();
        if word.is_empty() || word.starts_with('-') || word.contains(|c: char| c == '=' || c.is_whitespace()) {
            return Err(format!("\"{name}\" cannot be a flag: it has to be like \"--limit\" or \"-n\""));
        }
        if name == "--help" || name == "--describe" {
            return Err(format!("\"{name}\" is answered by the helper"));
        }
    }
    for (at, arg) in command.args.iter().enumerate() {
        if arg.name.trim().is_empty() || arg.name.starts_with('-') {
            return Err(format!("\"{}\" cannot be the name of an argument", arg.name));
        }
        let before = at.checked_sub(1).map(|at| &command.args[at]);
        if let Some(before) = before.filter(|before| before.value.multi) {
            return Err(format!("the argument \"{}\" takes all words: none can come after it", before.name));
        }
        if arg.value.required && before.map_or(false, |before| !before.value.required) {
            return Err(format!("the argument \"{}\" is required and comes after one that is not", arg.name));
        }
    }
    let values = command.args.iter().map(|arg| &arg.value).chain(command.flags.iter().map(|flag| &flag.value));
    if values.flat_map(|value| &value.suggestions).any(|suggestion| suggestion.value.trim().is_empty()) {
        return Err(format!("the command \"{}\" has a suggestion that is blank", command.name));
    }
    Ok(())
}

fn texts(list: &[String]) -> Vec<Json> {
    list.iter().map(|text| Json::from(text.as_str())).collect()
}

fn push_text(members: &mut Vec<(String, Json)>, name: &str, text: &Option<String>) {
    members.extend(text.iter().map(|text| (name.to_string(), Json::from(text.as_str()))));
}

fn push_true(members: &mut Vec<(String, Json)>, name: &str, is_true: bool) {
    if is_true {
        members.push((name.to_string(), Json::Bool(true)));
    }
}

fn push_list(members: &mut Vec<(String, Json)>, name: &str, list: Vec<Json>) {
    if !list.is_empty() {
        members.push((name.to_string(), Json::List(list)));
    }
}
