//! The whole at work, and the power goes between any two requests, or while the answer to one is on its way: with what the
//! disk then holds the next run doubles nothing and loses nothing (I2, I3, I4).

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use futures::future::BoxFuture;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use secrecy::SecretString;
use tandem::engine::{Halt, Mode, Order, Scope, Services, Unwatched, run_cycle};
use tandem::github::{self, Auth, GithubDialect};
use tandem::model::{Side, Sides};
use tandem::notion::{self, NotionDialect};
use tandem::remote::{Channel, Pace, Patience, Request, Response, Transport, TransportError};
use tandem::sim::WorldTransport;
use tandem::sim::github::NewIssue;
use tandem::sim::notion::Plain;
use tandem::store::Store;
use tokio::sync::Notify;

use super::image::{Image, in_memory};
use crate::stage::{LONG_SECS, Stage, TOKEN};

/// When the power goes.
#[derive(Debug, Clone, Copy)]
enum Cut {
    /// After so many requests were answered, before the next one arrives.
    Before(usize),
    /// That request has its effect, and nobody hears of it.
    InTheAnswerOf(usize),
    Never,
}

/// The disk while a run lives, seen whenever a request is about to arrive.
struct Watch {
    file: PathBuf,
    cut: Cut,
    seen: Mutex<Vec<Image>>,
    power_is_gone: Notify,
}

/// The world behind the transport, until the power goes.
struct Watched {
    world: WorldTransport,
    watch: Arc<Watch>,
}

impl Transport for Watched {
    fn send(&self, request: Request) -> BoxFuture<'static, Result<Response, TransportError>> {
        let nth = {
            let mut seen = self.watch.seen.lock().unwrap();
            seen.push(Image::of(&self.watch.file));
            seen.len()
        };
        let (watch, answer) = (Arc::clone(&self.watch), self.world.send(request));
        Box::pin(async move {
            match watch.cut {
                Cut::Before(count) if nth > count => {}
                Cut::InTheAnswerOf(count) if nth > count => {}
                Cut::InTheAnswerOf(count) if nth == count => drop(answer.await),
                Cut::Before(_) | Cut::InTheAnswerOf(_) | Cut::Never => return answer.await,
            }
            watch.power_is_gone.notify_one();
            std::future::pending().await
        })
    }
}

/// Issues in step with their pages, then an issue without a page, a page without an issue, edits on both sides, in bodies
/// too, and two titles of one pair that exclude each other: a cycle does all that a cycle can do.
async fn busy() -> (Stage, tempfile::TempDir) {
    let mut stage = Stage::configured(|text| {
        *text = text.replace("title = \"Name\"\n", "title = \"Name\"\nbody = true\n");
    });
    let dir = in_memory();
    stage.store = Store::open(&dir.path().join("tandem.db")).unwrap();
    for n in 1..=5 {
        stage.seed(NewIssue {
            title: format!("Issue {n}"),
            body: Some(format!("Above {n}.\n\nBelow {n}.")),
            labels: vec!["bug".to_owned()],
            ..NewIssue::default()
        });
    }
    stage.good_cycle().await;
    stage.wait(LONG_SECS).await;
    stage.good_cycle().await;
    stage.issue("NewOnGitHub");
    let _ = stage.page(&[("Name", Plain::Text("NewInNotion".to_owned()))]);
    stage.wait(300).await;
    let [one, three, five] = [1, 3, 5].map(|n| stage.page_of(n));
    stage.on_notion(|notion, ann, now| notion.set_title(one, "TypedInNotion", ann, now));
    stage.on_notion(|notion, ann, now| notion.set_options(one, "Labels", &["other"], ann, now));
    stage.on_notion(|notion, ann, now| notion.append_content(three, "Paragraph3", ann, now));
    stage.on_notion(|notion, ann, now| notion.set_title(five, "ConflictInNotion", ann, now));
    stage.on_github(|octocat, repo| octocat.set_title(repo, 2, "TypedOnGitHub"));
    stage.on_github(|octocat, repo| {
        octocat.set_body(repo, 4, Some("Above 4.\n\nParagraph4.\n\nBelow 4."))
    });
    stage.on_github(|octocat, repo| octocat.set_title(repo, 5, "ConflictOnGitHub"));
    (stage, dir)
}

const TYPED: [&str; 8] = [
    "NewOnGitHub",
    "NewInNotion",
    "TypedInNotion",
    "Paragraph3",
    "ConflictInNotion",
    "TypedOnGitHub",
    "Paragraph4",
    "ConflictOnGitHub",
];

/// One cycle until the power goes; the disk at each request.
async fn cycle_until(stage: &Stage, cut: Cut) -> Vec<Image> {
    let watch = Arc::new(Watch {
        file: stage.store.path().to_owned(),
        cut,
        seen: Mutex::default(),
        power_is_gone: Notify::new(),
    });
    let services = connect(stage, &watch);
    let halt = Halt::default();
    let order =
        Order { scope: Scope::Changes, mode: Mode::Execute, halt: &halt, progress: &Unwatched };
    tokio::select! {
        biased;
        () = watch.power_is_gone.notified() => {}
        report = run_cycle(&services, &stage.store, &stage.config.syncs[0], &order) => {
            assert_eq!(report.unwrap().problems, []);
        }
    }
    std::mem::take(&mut *watch.seen.lock().unwrap())
}

fn connect(stage: &Stage, watch: &Arc<Watch>) -> Services {
    let line = |side| {
        let world = WorldTransport::new(&stage.world, side);
        Arc::new(Watched { world, watch: Arc::clone(watch) })
    };
    let lines = Sides { github: line(Side::GitHub), notion: line(Side::Notion) };
    let patience = Patience::endless();
    let github =
        Channel::new(lines.github, Arc::new(GithubDialect), Pace::github(), patience.clone());
    let pace = Pace::notion(stage.config.notion.requests_per_minute);
    let notion = Channel::new(lines.notion, Arc::new(NotionDialect), pace, patience);
    let token = SecretString::from(TOKEN);
    let api_url = &stage.config.github.api_url;
    Services {
        github: github::Reader::new(api_url, Auth::Token(token.clone()), github).unwrap(),
        notion: notion::Reader::new(&stage.config.notion.api_url, token, notion),
        users: stage.config.users.clone(),
        safety: stage.config.safety,
    }
}

/// The next runs, with that disk: they come to rest, every item has one partner, and every word is somewhere.
async fn goes_on_with(mut stage: Stage, disk: &Image, what: &str) {
    let dir = in_memory();
    let file = dir.path().join("tandem.db");
    disk.put(&file);
    stage.store = Store::open(&file).unwrap_or_else(|error| panic!("{what}: {error}"));
    stage.store.check_integrity().unwrap_or_else(|error| panic!("{what}: {error}"));
    stage.restart();
    stage.comes_to_rest(what).await;
    assert_eq!((stage.count_issues(), stage.count_pages()), (7, 7), "{what}");
    let mut somewhere: String =
        stage.history().into_iter().map(|(_, _, lost)| lost + "\n").collect();
    for number in 1..=7 {
        somewhere += &stage.shows(number, |issue| format!("{} {:?}\n", issue.title, issue.body));
    }
    for word in TYPED {
        assert!(somewhere.contains(word), "{what}: {word} is nowhere");
    }
}

#[tokio::test(start_paused = true)]
async fn a_power_cut_at_any_request_doubles_nothing_and_loses_nothing() {
    let (stage, _dir) = busy().await;
    let requests = cycle_until(&stage, Cut::Never).await.len();
    assert!(requests > 20, "only {requests}");
    let mut dice = ChaCha8Rng::seed_from_u64(9);
    let mut torn_logs = 0;
    for nth in 1..=requests {
        for cut in [Cut::Before(nth - 1), Cut::InTheAnswerOf(nth)] {
            let what = format!("{cut:?} of {requests}");
            let (stage, _dir) = busy().await;
            let seen = cycle_until(&stage, cut).await;
            let disk = match cut {
                // What was synced when the request before went out is there; of what came since, a part.
                Cut::Before(1..) if nth <= seen.len() => {
                    let (before, after) = (&seen[nth - 2], &seen[nth - 1]);
                    torn_logs += usize::from(before != after);
                    before.torn(after, &mut dice).0
                }
                // What a request needs is synced before it goes out.
                Cut::Before(_) | Cut::InTheAnswerOf(_) | Cut::Never => {
                    seen[nth.min(seen.len()) - 1].clone()
                }
            };
            goes_on_with(stage, &disk, &what).await;
        }
    }
    assert!(torn_logs > 5, "only {torn_logs} cuts tore a log");
}
