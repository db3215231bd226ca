//! Ctrl-C and SIGTERM during a single run: what is in hand is finished, nothing new is begun.

use tokio::time::sleep;

use super::{Exit, Failure};
use crate::daemon::{GRACE, ProcessSignals, Signals};
use crate::engine::Halt;

/// Takes the signals over.
pub(super) fn listen() -> Result<ProcessSignals, Failure> {
    ProcessSignals::listen().map_err(|error| {
        let message = format!("the system lets tandem listen to no signals: {error}");
        Failure::new(Exit::Failed, message)
    })
}

/// Runs `work` to its end. The first signal, whichever it is, asks for a halt; a second one, or the end of the grace
/// period, drops the work: then there is no result. What is dropped is found again by the next run.
pub(super) async fn run<T>(
    work: impl Future<Output = T>,
    halt: &Halt,
    mut signals: impl Signals,
) -> Option<T> {
    let mut work = std::pin::pin!(work);
    tokio::select! {
        biased;
        done = &mut work => return Some(done),
        _ = signals.next() => halt.ask(),
    }
    tracing::warn!("stopping: finishing what is in hand; a second signal stops at once");
    tokio::select! {
        biased;
        done = &mut work => Some(done),
        _ = signals.next() => None,
        () = sleep(GRACE) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::daemon::Signal;

    /// Tells us to stop after so many seconds, again and again.
    struct Every(u64);

    impl Signals for Every {
        async fn next(&mut self) -> Signal {
            sleep(Duration::from_secs(self.0)).await;
            Signal::Stop
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_signal_lets_what_is_in_hand_finish() {
        let halt = Halt::default();
        let work = async {
            while !halt.is_asked() {
                sleep(Duration::from_secs(1)).await;
            }
            "finished"
        };
        assert_eq!(run(work, &halt, Every(3)).await, Some("finished"));
    }

    #[tokio::test(start_paused = true)]
    async fn what_does_not_stop_is_dropped_after_the_grace_period_or_by_a_second_signal() {
        for (every_secs, dropped_after_secs) in [(60, 60 + GRACE.as_secs()), (5, 10)] {
            let begun = crate::clock::monotonic();
            let halt = Halt::default();
            assert_eq!(run(std::future::pending::<()>(), &halt, Every(every_secs)).await, None);
            assert!(halt.is_asked());
            let passed = crate::clock::monotonic() - begun;
            assert_eq!(passed, Duration::from_secs(dropped_after_secs));
        }
    }
}
