//! Waiting lines, one for each key: whoever came first goes first, and one at a time. A plain lock would let threads
//! overtake each other, and messages of one conversation would arrive in another order than they were sent.

use std::collections::HashMap;
use std::sync::{Condvar, Mutex, MutexGuard};

#[derive(Default)]
pub struct Queues {
    lines: Mutex<HashMap<String, Line>>,
    moved: Condvar,
}

#[derive(Default)]
struct Line {
    /// The number that the next one to come gets.
    next: u64,
    /// The number whose turn it is.
    served: u64,
}

/// Whose turn it is, until this is dropped.
pub struct Turn<'a> {
    queues: &'a Queues,
    key: String,
}

impl Queues {
    /// Waits until it is one's turn.
    pub fn wait(&self, key: &str) -> Turn<'_> {
        let mut lines = self.lines();
        let line = lines.entry(key.to_string()).or_default();
        let number = line.next;
        line.next += 1;
        // The line stays as long as somebody stands in it.
        while lines[key].served != number {
            lines = self.moved.wait(lines).unwrap_or_else(|poisoned| poisoned.into_inner());
        }
        Turn { queues: self, key: key.to_string() }
    }

    /// A thread that panicked left the numbers as they were: each change of them is a single step.
    fn lines(&self) -> MutexGuard<'_, HashMap<String, Line>> {
        self.lines.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut lines = self.queues.lines();
        if let Some(line) = lines.get_mut(&self.key) {
            line.served += 1;
            if line.served == line.next {
                lines.remove(&self.key);
            }
        }
        self.queues.moved.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Barrier};
    use std::thread;

    #[test]
    fn one_goes_at_a_time_in_the_order_of_coming() {
        let queues = Arc::new(Queues::default());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let first = queues.wait("a");
        let threads: Vec<_> = (0..20u64)
            .map(|number| {
                // The next one comes only when this one stands in the line.
                let (queues, seen) = (queues.clone(), seen.clone());
                let ahead = queues.clone();
                let thread = thread::spawn(move || {
                    let _turn = queues.wait("a");
                    seen.lock().unwrap().push(number);
                });
                while ahead.lines()["a"].next < number + 2 {
                    thread::yield_now();
                }
                thread
            })
            .collect();
        assert!(seen.lock().unwrap().is_empty());
        drop(first);
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(*seen.lock().unwrap(), (0..20).collect::<Vec<u64>>());
        assert!(queues.lines().is_empty());
    }

    #[test]
    fn lines_do_not_wait_for_each_other_and_a_panic_ends_a_turn() {
        let queues = Arc::new(Queues::default());
        let _held = queues.wait("a");
        let both = Arc::new(Barrier::new(2));
        let (other, met) = (queues.clone(), both.clone());
        let thread = thread::spawn(move || {
            let _turn = other.wait("b");
            met.wait();
            panic!("on purpose");
        });
        both.wait();
        assert!(thread.join().is_err());
        drop(queues.wait("b"));
    }
}
