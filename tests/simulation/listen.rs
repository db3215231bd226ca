//! Listens to what is logged: no token, and nothing of a body (I17).

use std::io;
use std::sync::{Arc, Mutex};

use crate::people::BODY_WORDS;
use crate::place::TOKEN;

/// So much around a leak is told.
const AROUND: usize = 200;

/// What was logged that must not be.
#[derive(Clone, Default)]
pub struct Listener(Arc<Mutex<Vec<String>>>);

impl Listener {
    /// Does something and listens.
    pub fn listen<T>(&self, act: impl FnOnce() -> T) -> T {
        let listener = self.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::DEBUG)
            .with_ansi(false)
            .with_writer(move || listener.clone())
            .finish();
        tracing::subscriber::with_default(subscriber, act)
    }

    /// What was heard, as complaints.
    pub fn leaks(&self) -> Vec<String> {
        self.0.lock().unwrap().iter().map(|line| format!("I17: it was logged: {line}")).collect()
    }
}

/// One write is one message.
impl io::Write for Listener {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let said = String::from_utf8_lossy(bytes);
        if said.contains(TOKEN) || BODY_WORDS.iter().any(|words| said.contains(words)) {
            self.0.lock().unwrap().push(said.chars().take(AROUND).collect());
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
