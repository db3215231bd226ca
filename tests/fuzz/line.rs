//! A line to the world on which some answers are spoilt.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{HeaderValue, header};
use serde_json::Value as Json;
use tandem::model::Side;
use tandem::remote::{Request, Response, Transport, TransportError};
use tandem::sim::{World, WorldTransport};

use crate::garbage::{Manner, spoil};
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

/// Answers of a listing that lead to each other in a circle; none where it is no listing.
pub(crate) fn ring(response: &Response, request: &Request, count: usize) -> Vec<Response> {
    let json: Json = serde_json::from_slice(response.body()).unwrap_or_default();
    let path = request.uri().path();
    let round = (0..count).map(|n| {
        let mut one = response.clone();
        let next = (n + 1) % count;
        if json.is_array() {
            let link = format!("<https://api.github.com{path}?zq={next}>; rel=\"next\"");
            one.headers_mut().insert(header::LINK, HeaderValue::from_str(&link).unwrap());
        } else {
            let mut json = json.clone();
            json["has_more"] = Json::Bool(true);
            json["next_cursor"] = Json::from(format!("zq{next}"));
            *one.body_mut() = Bytes::from(json.to_string());
        }
        one
    });
    let is_list = json.is_array() || json.get("results").is_some();
    if is_list { round.collect() } else { Vec::new() }
}

/// What is to happen to which answer, from lines of two numbers; what cannot be read is left out.
pub(crate) fn hits(lines: &str) -> BTreeMap<usize, u64> {
    let line = |line: &str| {
        let (n, seed) = line.split_once(' ')?;
        Some((n.parse().ok()?, seed.parse().ok()?))
    };
    lines.lines().filter_map(line).collect()
}
