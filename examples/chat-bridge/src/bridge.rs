//! What all entries share: the host, the database, and who waits for whom.
//!
//! Entries run side by side. `places` keeps those of one conversation apart while they change what is at work for it;
//! nothing is sent meanwhile, so nobody waits for the chat service. `sending` keeps its messages in order. Whoever holds
//! a turn of `sending` may wait for one of `places`, never the other way round.

use crate::abi::{LOG_ERROR, LOG_WARN};
use crate::chat::{self, SendFailure};
use crate::host::{Host, Result};
use crate::queues::Queues;
use crate::store::{Place, Store};
use crate::wording;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

pub struct Bridge {
    pub host: Host,
    pub store: Store,
    pub places: Queues,
    pub sending: Queues,
    /// Replies by their token: it is known before the conversation is.
    pub replies: Queues,
    has_tables: AtomicBool,
}

impl Bridge {
    pub fn new(host: Host) -> Bridge {
        Bridge {
            host,
            store: Store::new(host),
            places: Queues::default(),
            sending: Queues::default(),
            replies: Queues::default(),
            has_tables: AtomicBool::new(false),
        }
    }

    /// Each entry begins with this; the database is opened by the first.
    pub fn prepare(&self) -> Result<()> {
        if !self.has_tables.load(Ordering::Acquire) {
            self.store.make_tables()?;
            self.has_tables.store(true, Ordering::Release);
        }
        Ok(())
    }

    /// Sends a text as one or several messages, behind all that is being sent to the conversation.
    pub fn send(&self, place: &Place, text: &str) -> std::result::Result<(), SendFailure> {
        let _turn = self.sending.wait(&place.key());
        for message in wording::messages(text) {
            chat::send(self.host, &place.conversation_id, &message).map_err(|failure| self.noted(place, failure))?;
        }
        Ok(())
    }

    /// A message of the plugin's own. Nobody can be told when it fails.
    pub fn say(&self, place: &Place, text: &str) {
        if let Err(SendFailure::Failed(problem)) = self.send(place, text) {
            self.host.log(LOG_WARN, &format!("a message of the bridge itself was not sent: {}", problem));
        }
    }

    /// Nothing is sent, and nobody works, for a person who does not want it.
    pub fn noted(&self, place: &Place, failure: SendFailure) -> SendFailure {
        if failure == SendFailure::Blocked {
            let _turn = self.places.wait(&place.key());
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
            self.host.cancel(&task_id);
        }
        Ok(())
    }

    pub fn log_problem(&self, result: Result<()>) {
        if let Err(problem) = result {
            self.host.log(LOG_ERROR, &problem);
        }
    }
}

pub fn now_seconds() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64)
}
