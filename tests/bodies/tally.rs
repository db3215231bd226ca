//! What was tried and what came of it, for the report at the end of a law.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::corpus::Body;

/// So many examples of one kind are shown.
const MAX_SHOWN: usize = 12;
/// So many complaints are: each is to be understood.
const MAX_COMPLAINTS: usize = 200;

#[derive(Default)]
struct Counted {
    times: usize,
    examples: Vec<String>,
}

#[derive(Default)]
pub struct Tally {
    counted: Mutex<BTreeMap<String, Counted>>,
}

const COMPLAINTS: &str = "COMPLAINTS";

impl Tally {
    /// Counts one more.
    pub fn add(&self, what: &str) {
        self.counted.lock().unwrap().entry(what.to_owned()).or_default().times += 1;
    }

    /// Counts one more, and keeps it as an example.
    pub fn note(&self, what: &str, example: &str) {
        let mut counted = self.counted.lock().unwrap();
        let counted = counted.entry(what.to_owned()).or_default();
        counted.times += 1;
        let most = if what == COMPLAINTS { MAX_COMPLAINTS } else { MAX_SHOWN };
        if counted.examples.len() < most {
            counted.examples.push(example.to_owned());
        }
    }

    /// A law that does not hold.
    pub fn complain(&self, what: &str) {
        self.note(COMPLAINTS, what);
    }

    pub fn complaints(&self) -> usize {
        self.count(COMPLAINTS)
    }

    pub fn count(&self, what: &str) -> usize {
        self.counted.lock().unwrap().get(what).map_or(0, |counted| counted.times)
    }

    /// How often anything whose name begins so was counted.
    pub fn count_all(&self, start: &str) -> usize {
        let counted = self.counted.lock().unwrap();
        counted.iter().filter(|(what, _)| what.starts_with(start)).map(|(_, n)| n.times).sum()
    }

    /// Says it all past the test runner, which would swallow it.
    pub fn report(&self, title: &str) {
        let mut text = format!("== {title}\n");
        for (what, counted) in &*self.counted.lock().unwrap() {
            text.push_str(&format!("{:>8}  {what}\n", counted.times));
            for example in &counted.examples {
                text.push_str(&format!("            {example}\n"));
            }
        }
        std::io::stderr().write_all(text.as_bytes()).unwrap();
    }
}

/// Every body, on all of the machine's cores.
pub fn each(bodies: &[Body], law: impl Fn(&Body) + Sync) {
    let next = AtomicUsize::new(0);
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let turn = next.fetch_add(1, Ordering::Relaxed)
                    && let Some(body) = bodies.get(turn)
                {
                    law(body);
                }
            });
        }
    });
}
