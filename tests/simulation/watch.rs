//! The line between tandem and the world, with the oracle listening, and people who meddle between two requests.

use std::sync::{Arc, Mutex};

use futures::future::BoxFuture;
use http::Method;
use tandem::model::Side;
use tandem::remote::{Request, Response, Transport, TransportError};
use tandem::sim::{Reply, World};

use crate::oracle::Oracle;
use crate::people;
use crate::script::{Act, What};
use crate::snapshot::Scene;

/// The world, who lives in it, and who watches.
#[derive(Clone)]
pub struct Stage {
    pub world: Arc<World>,
    pub scene: Scene,
    pub oracle: Arc<Mutex<Oracle>>,
    pub crowd: Arc<Mutex<Crowd>>,
}

/// What people will do while a cycle runs, and all that they did.
#[derive(Debug, Default)]
pub struct Crowd {
    /// The next one last, each after so many more requests.
    waiting: Vec<Act>,
    pub story: Vec<String>,
    pub acts: u64,
    /// What was done on GitHub while a cycle ran.
    pub meddled: Vec<String>,
}

impl Stage {
    /// Somebody does something; the oracle sees what.
    pub fn act(&self, act: &Act) -> String {
        let mut oracle = self.oracle.lock().unwrap();
        // A name that tandem never saw is a mistake in its config.
        if act.what == What::RenameProperty && !oracle.knows_anything() {
            return String::new();
        }
        oracle.before_a_person();
        let said = people::act(&self.world, self.scene, act);
        oracle.after_a_person(&said);
        let mut crowd = self.crowd.lock().unwrap();
        crowd.acts += 1;
        crowd.story.push(said.clone());
        said
    }

    pub fn say(&self, line: String) {
        let at = self.world.now(Side::GitHub).format("%d %H:%M:%S");
        self.crowd.lock().unwrap().story.push(format!("{at} {line}"));
    }

    /// These people act while the next cycle runs.
    pub fn gather(&self, acts: &[Act]) {
        self.crowd.lock().unwrap().waiting = acts.iter().rev().copied().collect();
    }

    fn meddle(&self) {
        loop {
            let mut crowd = self.crowd.lock().unwrap();
            let Some(next) = crowd.waiting.last_mut() else { return };
            if next.wait_requests > 0 {
                next.wait_requests -= 1;
                return;
            }
            let Some(act) = crowd.waiting.pop() else { return };
            drop(crowd);
            let said = self.act(&act);
            if act.side == Side::GitHub {
                self.crowd.lock().unwrap().meddled.push(said);
            }
        }
    }

    /// The world answers at once; what it did is seen before anything else can happen.
    fn exchange(&self, side: Side, request: &Request) -> Reply {
        self.meddle();
        let mut oracle = self.oracle.lock().unwrap();
        oracle.before_a_request(request.method() != Method::GET);
        let reply = self.world.handle(side, request);
        oracle.after_a_request(request.body());
        reply
    }
}

/// One side of the world; every request passes the oracle.
pub struct WatchedTransport {
    stage: Stage,
    side: Side,
}

impl WatchedTransport {
    pub fn new(stage: &Stage, side: Side) -> WatchedTransport {
        WatchedTransport { stage: stage.clone(), side }
    }
}

impl Transport for WatchedTransport {
    fn send(&self, request: Request) -> BoxFuture<'static, Result<Response, TransportError>> {
        let (stage, side) = (self.stage.clone(), self.side);
        Box::pin(async move {
            let unclear = |what: &str| Err(TransportError::Unclear(what.to_owned()));
            match stage.exchange(side, &request) {
                Reply::Answer(response) => Ok(response),
                Reply::Delayed(delay, response) => {
                    tokio::time::sleep(delay).await;
                    Ok(response)
                }
                Reply::Truncated(_) => unclear("the body was cut"),
                Reply::Reset => unclear("the connection was reset"),
                Reply::Hang => std::future::pending().await,
            }
        })
    }
}
