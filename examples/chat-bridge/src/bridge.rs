//! What all calls of the host work with: the host, the database, and who waits for whom.
//!
//! Calls run side by side. `places` keeps those of one conversation apart while they change what is at work for it;
//! nothing is sent meanwhile, so nobody waits for the chat service. `sending` keeps its messages in order. Whoever holds
//! a turn of `sending` may wait for one of `places`, never the other way round.

use crate::chat::{self, SendFailure};
use crate::queues::Queues;
use crate::store::{Place, Store};
use crate::wording;
use osaurus_plugin::Host;
use std::error::Error;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// What went wrong, for the log: never shown to people who chat.
pub type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// What stays from one call to the next.
#[derive(Default)]
pub struct Shared {
    pub places: Queues,
    pub sending: Queues,
    /// Replies by their token: it is known before the conversation is.
    pub replies: Queues,
    has_tables: AtomicBool,
}

/// For one call: the host is lent for no longer.
pub struct Bridge<'a> {
    pub host: &'a Host,
    pub store: Store<'a>,
    pub shared: &'a Shared,
}

impl<'a> Bridge<'a> {
    pub fn new(host: &'a Host, shared: &'a Shared) -> Bridge<'a> {
        Bridge { host, store: Store::new(host), shared }
    }

    /// The agent that this call works for.
    pub fn agent_id(&self) -> Result<String> {
        Ok(self.host.get_active_agent_id()?.ok_or("the call has no agent")?)
    }

    /// Each call begins with this; the database is opened by the first.
    pub fn prepare(&self) -> Result<()> {
        if !self.shared.has_tables.load(Ordering::Acquire) {
            self.store.make_tables()?;
            self.shared.has_tables.store(true, Ordering::Release);
        }
        Ok(())
    }

    /// Sends a text as one or several messages, behind all that is being sent to the conversation.
    pub fn send(&self, place: &Place, text: &str) -> std::result::Result<(), SendFailure> {
        let _turn = self.shared.sending.wait(&place.key());
        for message in wording::messages(text) {
            chat::send(self.host, &place.conversation_id, &message).map_err(|failure| self.noted(place, failure))?;
        }
        Ok(())
    }

    /// A message of the plugin's own. Nobody can be told when it fails.
    pub fn say(&self, place: &Place, text: &str) {
        if let Err(SendFailure::Failed(problem)) = self.send(place, text) {
            self.host.log_warn(&format!("a message of the bridge itself was not sent: {}", problem));
        }
    }

    /// Nothing is sent, and nobody works, for a person who does not want it.
    pub fn noted(&self, place: &Place, failure: SendFailure) -> SendFailure {
        if failure == SendFailure::Blocked {
            let _turn = self.shared.places.wait(&place.key());
            self.log_problem(self.store.set_blocked(place, true));
            self.log_problem(self.stop_work(place));
        }
        failure
    }

    /// Ends what is at work for a conversation. In a turn of `places`.
    pub fn stop_work(&self, place: &Place) -> Result<()> {
        let work = self.store.work(place)?;
        // First, so that the end of the task finds nothing to tell the person.
        self.store.end_work(place)?;
        if let Some(task_id) = work.and_then(|work| work.task_id) {
            self.host.dispatch_cancel(&task_id)?;
        }
        Ok(())
    }

    pub fn log_problem(&self, result: Result<()>) {
        if let Err(problem) = result {
            self.host.log_error(&problem.to_string());
        }
    }
}

pub fn now_seconds() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64)
}
