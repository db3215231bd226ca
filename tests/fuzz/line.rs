//! A line to the world on which some answers are spoilt.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use futures::future::BoxFuture;
use tandem::model::Side;
use tandem::remote::{Request, Response, Transport, TransportError};
use tandem::sim::{World, WorldTransport};

use crate::garbage::{Manner, ring, spoil};
use crate::harness::{tally, tell};
use crate::texts::Rng;

/// More requests than this are a loop.
const MAX_REQUESTS: usize = 3_000;

/// One side of the world, badly connected.
pub(crate) struct BadLine {
    behind: WorldTransport,
    side: Side,
    manner: Manner,
    hits: BTreeMap<usize, u64>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    count: usize,
    /// By path: answers that are given over and over, whatever is asked there.
    stuck: BTreeMap<String, Vec<Response>>,
}

impl BadLine {
    /// The answers with these numbers are spoilt, each by its seed.
    pub(crate) fn new(
        world: &Arc<World>,
        side: Side,
        manner: Manner,
        hits: BTreeMap<usize, u64>,
    ) -> BadLine {
        let behind = WorldTransport::new(world, side);
        BadLine { behind, side, manner, hits, state: Arc::default() }
    }
}

impl Transport for BadLine {
    fn send(&self, request: Request) -> BoxFuture<'static, Result<Response, TransportError>> {
        let path = request.uri().path().to_owned();
        let count = {
            let mut state = self.state.lock().unwrap();
            state.count += 1;
            let count = state.count;
            assert!(count <= MAX_REQUESTS, "{count} requests, the last one for {path}: a loop");
            if let Some(stuck) = state.stuck.get(&path) {
                let answer = stuck[count % stuck.len()].clone();
                return Box::pin(async move { Ok(answer) });
            }
            count
        };
        let (seed, side, manner) = (self.hits.get(&count).copied(), self.side, self.manner);
        let (state, answer) = (Arc::clone(&self.state), self.behind.send(request.clone()));
        Box::pin(async move {
            let mut response = answer.await?;
            let Some(seed) = seed else { return Ok(response) };
            let mut rng = Rng::of(seed);
            let stuck = match manner {
                Manner::Anyhow if rng.one_in(4) => ring(&response, &request, 1 + rng.below(3)),
                Manner::Anyhow | Manner::Visibly => Vec::new(),
            };
            let what = if stuck.is_empty() {
                spoil(&mut response, &request, manner, &mut rng)
            } else {
                let what = format!("for ever, {} answers in a circle", stuck.len());
                state.lock().unwrap().stuck.insert(path.clone(), stuck);
                what
            };
            tally("spoilt");
            tell(format!("{side} {} {path}: {what}", request.method()));
            Ok(response)
        })
    }
}

/// What is done to every answer on its way.
pub(crate) type Alteration = Arc<dyn Fn(&Request, &mut Response) + Send + Sync>;

/// One side of the world, whose answers are altered on their way as a story needs it.
pub(crate) struct AlteredLine {
    behind: WorldTransport,
    alter: Alteration,
}

impl AlteredLine {
    pub(crate) fn new(world: &Arc<World>, side: Side, alter: Alteration) -> AlteredLine {
        AlteredLine { behind: WorldTransport::new(world, side), alter }
    }
}

impl Transport for AlteredLine {
    fn send(&self, request: Request) -> BoxFuture<'static, Result<Response, TransportError>> {
        let (answer, alter) = (self.behind.send(request.clone()), Arc::clone(&self.alter));
        Box::pin(async move {
            let mut response = answer.await?;
            alter(&request, &mut response);
            Ok(response)
        })
    }
}
