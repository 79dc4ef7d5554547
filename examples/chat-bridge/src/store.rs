//! What the plugin keeps, in its own database: conversations, what is at work for each, and which events it has seen.
//! The database is one for all agents, and two agents may be in conversations of the same id, so each row has its agent.

use crate::bridge::Result;
use crate::token;
use osaurus_plugin::{json, Host, Value};

const SEEN_KEPT_SECONDS: i64 = 86_400;

const TABLES: [&str; 4] = [
    "CREATE TABLE IF NOT EXISTS conversations (
        agent_id TEXT NOT NULL,
        conversation_id TEXT NOT NULL,
        -- One more for each /reset: another session with the agent.
        salt INTEGER NOT NULL DEFAULT 0,
        blocked INTEGER NOT NULL DEFAULT 0,
        -- Of the session; the host gives each message in it to this task.
        task_id TEXT,
        last_message_at INTEGER NOT NULL,
        PRIMARY KEY (agent_id, conversation_id)
    )",
    // One for each conversation at most.
    "CREATE TABLE IF NOT EXISTS active_dispatches (
        agent_id TEXT NOT NULL,
        conversation_id TEXT NOT NULL,
        task_id TEXT,
        wished_id TEXT,
        reply_token TEXT NOT NULL UNIQUE,
        session_key TEXT NOT NULL,
        expires_at INTEGER NOT NULL,
        ends_before INTEGER NOT NULL,
        starts_left INTEGER NOT NULL,
        waits INTEGER NOT NULL DEFAULT 0,
        options TEXT NOT NULL DEFAULT '[]',
        allow_multiple INTEGER NOT NULL DEFAULT 0,
        has_replied INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (agent_id, conversation_id)
    )",
    "CREATE TABLE IF NOT EXISTS seen_events (
        agent_id TEXT NOT NULL,
        event_id TEXT NOT NULL,
        seen_at INTEGER NOT NULL,
        PRIMARY KEY (agent_id, event_id)
    )",
    "CREATE INDEX IF NOT EXISTS seen_events_by_time ON seen_events (seen_at)",
];

/// Where a message belongs: nothing that an agent ever gets to see.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    pub agent_id: String,
    pub conversation_id: String,
}

impl Place {
    /// For waiting lines.
    pub fn key(&self) -> String {
        format!("{} {}", self.agent_id, self.conversation_id)
    }

    fn parameters(&self) -> Vec<Value> {
        vec![Value::from(&self.agent_id), Value::from(&self.conversation_id)]
    }
}

pub struct Conversation {
    pub salt: i64,
    pub is_blocked: bool,
    pub task_id: Option<String>,
}

/// One message of the person, and the round of the agent's task that works on it.
#[derive(Clone, Debug, PartialEq)]
pub struct Work {
    /// None: the session has none yet.
    pub task_id: Option<String>,
    /// What a new task was to be called. Its first events may be here before the host's answer is.
    pub wished_id: Option<String>,
    pub reply_token: String,
    pub session_key: String,
    pub expires_at: i64,
    /// All rounds of a conversation are one task, and its events do not say which round they are of. So they are counted:
    /// ends of earlier rounds that are still to be told,
    pub ends_before: i64,
    /// and beginnings up to that of this round. Either is enough where one was lost in a crash.
    pub starts_left: i64,
    /// The agent has asked something, and the next message is the answer.
    pub waits: bool,
    pub options: Vec<String>,
    pub allow_multiple: bool,
    pub has_replied: bool,
}

const WORK_COLUMNS: &str =
    "task_id, wished_id, reply_token, session_key, expires_at, ends_before, starts_left, waits, options, \
                            allow_multiple, has_replied";

pub struct Store<'a> {
    host: &'a Host,
}

impl<'a> Store<'a> {
    pub fn new(host: &'a Host) -> Store<'a> {
        Store { host }
    }

    /// May be done any number of times.
    pub fn make_tables(&self) -> Result<()> {
        for table in TABLES {
            self.execute(table, vec![])?;
        }
        Ok(())
    }

    pub fn was_seen(&self, agent_id: &str, event_id: &str) -> Result<bool> {
        let sql = "SELECT 1 FROM seen_events WHERE agent_id = ? AND event_id = ?";
        Ok(!self.query(sql, vec![agent_id.into(), event_id.into()])?.is_empty())
    }

    /// Forgets old ones by the way.
    pub fn mark_seen(&self, agent_id: &str, event_id: &str, now: i64) -> Result<()> {
        let sql = "INSERT OR REPLACE INTO seen_events (agent_id, event_id, seen_at) VALUES (?, ?, ?)";
        self.execute(sql, vec![agent_id.into(), event_id.into(), now.into()])?;
        self.execute("DELETE FROM seen_events WHERE seen_at < ?", vec![(now - SEEN_KEPT_SECONDS).into()])?;
        Ok(())
    }

    /// Makes the conversation where it is new.
    pub fn conversation(&self, place: &Place, now: i64) -> Result<Conversation> {
        let insert = "INSERT INTO conversations (agent_id, conversation_id, last_message_at) VALUES (?1, ?2, ?3)
                      ON CONFLICT DO UPDATE SET last_message_at = ?3";
        self.execute(insert, with(place, vec![now.into()]))?;
        let sql = "SELECT salt, blocked, task_id FROM conversations WHERE agent_id = ? AND conversation_id = ?";
        let rows = self.query(sql, place.parameters())?;
        let row = rows.first().ok_or("a conversation that was made is not there")?;
        Ok(Conversation { salt: integer(row, 0), is_blocked: integer(row, 1) != 0, task_id: maybe(row, 2) })
    }

    pub fn is_blocked(&self, place: &Place) -> Result<bool> {
        let sql = "SELECT 1 FROM conversations WHERE agent_id = ? AND conversation_id = ? AND blocked <> 0";
        Ok(!self.query(sql, place.parameters())?.is_empty())
    }

    pub fn set_blocked(&self, place: &Place, is_blocked: bool) -> Result<()> {
        let sql = "UPDATE conversations SET blocked = ?3 WHERE agent_id = ?1 AND conversation_id = ?2";
        self.execute(sql, with(place, vec![i64::from(is_blocked).into()]))
    }

    /// From now on messages go into another session.
    pub fn add_salt(&self, place: &Place) -> Result<()> {
        let sql = "UPDATE conversations SET salt = salt + 1, task_id = NULL WHERE agent_id = ? AND conversation_id = ?";
        self.execute(sql, place.parameters())
    }

    pub fn set_task(&self, place: &Place, task_id: &str) -> Result<()> {
        let sql = "UPDATE conversations SET task_id = ?3 WHERE agent_id = ?1 AND conversation_id = ?2";
        self.execute(sql, with(place, vec![task_id.into()]))
    }

    pub fn work(&self, place: &Place) -> Result<Option<Work>> {
        let sql = format!("SELECT {} FROM active_dispatches WHERE agent_id = ? AND conversation_id = ?", WORK_COLUMNS);
        Ok(self.query(&sql, place.parameters())?.first().map(|row| work_of(row)))
    }

    /// In place of what was at work there.
    pub fn set_work(&self, place: &Place, work: &Work) -> Result<()> {
        let sql = format!(
            "INSERT OR REPLACE INTO active_dispatches (agent_id, conversation_id, {}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
            WORK_COLUMNS
        );
        let options: Value = work.options.iter().collect();
        let columns = vec![
            work.task_id.as_ref().into(),
            work.wished_id.as_ref().into(),
            Value::from(&work.reply_token),
            Value::from(&work.session_key),
            work.expires_at.into(),
            work.ends_before.into(),
            work.starts_left.into(),
            work.waits.into(),
            options.to_string().into(),
            work.allow_multiple.into(),
            work.has_replied.into(),
        ];
        self.execute(&sql, with(place, columns))
    }

    pub fn end_work(&self, place: &Place) -> Result<()> {
        let sql = "DELETE FROM active_dispatches WHERE agent_id = ? AND conversation_id = ?";
        self.execute(sql, place.parameters())
    }

    /// Which conversation a task is at work for.
    pub fn place_of_task(&self, agent_id: &str, task_id: &str) -> Result<Option<Place>> {
        let sql = "SELECT conversation_id FROM active_dispatches
                   WHERE agent_id = ?1 AND (task_id = ?2 OR wished_id = ?2)";
        let rows = self.query(sql, vec![agent_id.into(), task_id.into()])?;
        Ok(rows.first().map(|row| Place { agent_id: agent_id.to_string(), conversation_id: words(row, 0) }))
    }

    /// Which conversation an agent may reply to with a token, if it still may.
    pub fn place_of_token(&self, agent_id: &str, reply_token: &str, now: i64) -> Result<Option<Place>> {
        let sql = "SELECT conversation_id, expires_at FROM active_dispatches WHERE agent_id = ? AND reply_token = ?";
        let rows = self.query(sql, vec![agent_id.into(), reply_token.into()])?;
        let row = rows.first().filter(|row| token::is_fresh(integer(row, 1), now));
        Ok(row.map(|row| Place { agent_id: agent_id.to_string(), conversation_id: words(row, 0) }))
    }

    /// Nothing happens to the message that came meanwhile: it has another token.
    pub fn mark_replied(&self, reply_token: &str) -> Result<()> {
        let sql = "UPDATE active_dispatches SET has_replied = 1 WHERE reply_token = ?";
        self.execute(sql, vec![reply_token.into()])
    }

    fn execute(&self, sql: &str, parameters: Vec<Value>) -> Result<()> {
        self.host.db_exec(sql, &parameters.into())?;
        Ok(())
    }

    /// The rows that it gives, each a list of cells.
    fn query(&self, sql: &str, parameters: Vec<Value>) -> Result<Vec<Vec<Value>>> {
        let answer = self.host.db_query(sql, &parameters.into())?;
        Ok(answer["rows"].items().iter().map(|row| row.items().to_vec()).collect())
    }
}

fn with(place: &Place, more: Vec<Value>) -> Vec<Value> {
    let mut all = place.parameters();
    all.extend(more);
    all
}

fn work_of(row: &[Value]) -> Work {
    let options = json::parse(&words(row, 8)).unwrap_or(Value::Null);
    let options = options.items().iter().filter_map(Value::as_str).map(String::from).collect();
    Work {
        task_id: maybe(row, 0),
        wished_id: maybe(row, 1),
        reply_token: words(row, 2),
        session_key: words(row, 3),
        expires_at: integer(row, 4),
        ends_before: integer(row, 5),
        starts_left: integer(row, 6),
        waits: integer(row, 7) != 0,
        options,
        allow_multiple: integer(row, 9) != 0,
        has_replied: integer(row, 10) != 0,
    }
}

fn integer(row: &[Value], column: usize) -> i64 {
    row.get(column).and_then(Value::as_i64).unwrap_or(0)
}

fn words(row: &[Value], column: usize) -> String {
    maybe(row, column).unwrap_or_default()
}

fn maybe(row: &[Value], column: usize) -> Option<String> {
    row.get(column).and_then(Value::as_str).map(String::from)
}
