//! The world as the network: requests are answered in process, under tokio's clock.

use std::sync::Arc;

use futures::future::BoxFuture;

use super::{Reply, World};
use crate::model::Side;
use crate::remote::{Request, Response, Transport, TransportError};

/// One side of the world behind the seam that production has the network behind.
#[derive(Debug, Clone)]
pub struct WorldTransport {
    world: Arc<World>,
    side: Side,
}

impl WorldTransport {
    /// A line to one service of the world.
    #[must_use]
    pub fn new(world: &Arc<World>, side: Side) -> WorldTransport {
        WorldTransport { world: Arc::clone(world), side }
    }
}

impl Transport for WorldTransport {
    fn send(&self, request: Request) -> BoxFuture<'static, Result<Response, TransportError>> {
        let WorldTransport { world, side } = self.clone();
        Box::pin(async move {
            let unclear = |what: &str| Err(TransportError::Unclear(what.to_owned()));
            match world.handle(side, &request) {
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
