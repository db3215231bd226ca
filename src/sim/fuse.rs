//! Sudden death: a process ends at a chosen one of its effects, as under SIGKILL or in a power cut.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::future::BoxFuture;
use tokio::sync::Notify;

use crate::remote::{Request, Response, Transport, TransportError};

/// Counts the effects of one process: each request before it is sent, each answer before it is read, each commit of the
/// database before it happens. When it has burnt down nothing happens any more, whatever the process tries.
#[derive(Clone)]
pub struct Fuse(Arc<Inner>);

struct Inner {
    length: u64,
    steps: AtomicU64,
    burnt: Notify,
}

impl Fuse {
    /// Lets so many effects happen and none after them.
    #[must_use]
    pub fn after(effects: u64) -> Fuse {
        Fuse(Arc::new(Inner { length: effects, steps: AtomicU64::new(0), burnt: Notify::new() }))
    }

    /// Never ends anything, only counts.
    #[must_use]
    pub fn endless() -> Fuse {
        Fuse::after(u64::MAX)
    }

    /// Asks for the next effect; `false`: the process is dead.
    #[must_use]
    pub fn allows(&self) -> bool {
        let lives = self.0.steps.fetch_add(1, Ordering::SeqCst) < self.0.length;
        if !lives {
            self.0.burnt.notify_one();
        }
        lives
    }

    /// How many effects there were so far.
    #[must_use]
    pub fn effects(&self) -> u64 {
        self.0.steps.load(Ordering::SeqCst).min(self.0.length)
    }

    /// Whether an effect was refused.
    #[must_use]
    pub fn is_burnt(&self) -> bool {
        self.0.steps.load(Ordering::SeqCst) > self.0.length
    }

    /// Comes back when the process is dead. For one waiter.
    pub async fn burnt(&self) {
        self.0.burnt.notified().await;
    }
}

impl fmt::Debug for Fuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fuse").field("effects", &self.effects()).finish_non_exhaustive()
    }
}

/// A transport that ends where its fuse does: before a request is sent, or before its answer is read.
#[derive(Debug)]
pub struct FusedTransport<T> {
    inner: Arc<T>,
    fuse: Fuse,
}

impl<T> FusedTransport<T> {
    /// `inner` with a fuse.
    #[must_use]
    pub fn new(inner: T, fuse: Fuse) -> FusedTransport<T> {
        FusedTransport { inner: Arc::new(inner), fuse }
    }
}

impl<T: Transport + 'static> Transport for FusedTransport<T> {
    fn send(&self, request: Request) -> BoxFuture<'static, Result<Response, TransportError>> {
        let (inner, fuse) = (Arc::clone(&self.inner), self.fuse.clone());
        Box::pin(async move {
            if !fuse.allows() {
                return std::future::pending().await;
            }
            let answer = inner.send(request).await;
            match fuse.allows() {
                true => answer,
                false => std::future::pending().await,
            }
        })
    }
}
