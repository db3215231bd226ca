//! Whole cycles on lines on which answers are spoilt: a report and never a panic, and with clean answers afterwards both
//! sides agree, nobody's words are lost, and nothing that was garbage stands anywhere (I2, I3, I4, I6, I9).

use std::collections::{BTreeMap, BTreeSet};

use tandem::engine::{Halt, Held, Mode, Order, Report, Scope, Services, Unwatched, run_cycle};
use tandem::model::{Field, Side, Sides};
use tandem::sim::WorldTransport;
use tandem::sim::github::NewIssue;
use tandem::sim::notion::{PageId, Plain};

use crate::adapters::{
    BODY_WORD, Log, badly_connected, connected, drawn, keeps_secrets, played, stage,
};
use crate::garbage::Manner;
use crate::harness::{tally, tell};
use crate::laws::{Law, holds};
use crate::stage::Stage;
use crate::texts::Rng;

const PAIRS: u64 = 4;
/// Cycles on bad lines.
const BAD_CYCLES: usize = 3;
/// More answers than a cycle of this stage takes from one side.
const ANSWERS: usize = 30;
/// Past the longest window of either server, and past every retry.
const LONG_SECS: u64 = 25 * 3_600;

/// What people do, drawn from a seed, and for each side of each bad cycle which answers are spoilt.
pub(crate) fn story(rng: &mut Rng) -> Vec<String> {
    let mut story = vec![(rng.next() >> 20).to_string()];
    for _ in 0..2 * BAD_CYCLES {
        story.push(if rng.one_in(3) { String::new() } else { drawn(rng, ANSWERS) });
    }
    story
}

/// The words somebody typed, and where they have to be in the end.
struct Typed {
    number: u64,
    field: &'static str,
    value: String,
}

struct Play {
    stage: Stage,
    rng: Rng,
    typed: Vec<Typed>,
    words: u64,
    /// Titles of what people made meanwhile.
    made: Vec<String>,
    /// The pages of the first issues: people find a page though garbage was written into its url.
    pages: BTreeMap<u64, PageId>,
}

pub(crate) fn is_safe(story: &[String], manner: Manner) -> Law {
    let log = Log::default();
    log.of(|| played(Play::of(story, manner)))?;
    keeps_secrets(&log.text())
}

impl Play {
    async fn of(story: &[String], manner: Manner) -> Law {
        let seed = story.first().and_then(|seed| seed.parse().ok()).unwrap_or(0);
        let mut play = Play {
            stage: stage(),
            rng: Rng::of(seed),
            typed: Vec::new(),
            words: 0,
            made: Vec::new(),
            pages: BTreeMap::new(),
        };
        play.begin().await;
        for lines in story[1..].chunks(2) {
            let [github, notion] = lines else { continue };
            play.people();
            let config = &play.stage.config;
            let lines = Sides { github: github.as_str(), notion: notion.as_str() };
            let services = badly_connected(&play.stage.world, config, manner, lines);
            let scope = if play.rng.one_in(4) { Scope::Everything } else { Scope::Changes };
            let report = play.cycle(&services, scope).await?;
            tally(report.outcome());
            tell(format!(
                "{scope:?}: {} {:?} {:?}",
                report.outcome(),
                report.problems,
                report.failed
            ));
            let secs = 60 + u64::try_from(play.rng.below(1_500)).unwrap();
            play.stage.wait(secs).await;
        }
        play.ends_well(manner).await
    }

    /// Issues with their pages, at rest; no two values are the same.
    async fn begin(&mut self) {
        for n in 1..=PAIRS {
            self.stage.seed(NewIssue {
                title: format!("zqt{n} title"),
                body: Some(format!("zqb{n} {BODY_WORD}.\n\nSecond {BODY_WORD}.")),
                labels: vec![format!("zql{n}")],
                milestone: Some("zqm".to_owned()),
                ..NewIssue::default()
            });
        }
        self.stage.good_cycle().await;
        self.stage.wait(1_200).await;
        self.stage.good_cycle().await;
        self.stage.wait(1_200).await;
        self.stage.good_cycle().await;
        self.pages = (1..=PAIRS).map(|n| (n, self.stage.page_of(n))).collect();
    }

    /// Somebody makes an item, on either side.
    fn make(&mut self) {
        self.words += 1;
        let title = format!("zqw{}", self.words);
        if self.rng.one_in(2) {
            tell(format!("new issue {title}"));
            self.stage.issue(&title);
        } else {
            tell(format!("new page {title}"));
            self.stage.page(&[("Name", Plain::Text(title.clone()))]);
        }
        self.made.push(title);
    }

    /// Somebody changes a few values, each of them once and on one side only.
    fn people(&mut self) {
        if self.rng.one_in(3) {
            self.make();
        }
        for _ in 0..=self.rng.below(3) {
            let number = 1 + self.rng.next() % PAIRS;
            let field = self.rng.pick(&["title", "labels", "milestone", "body", "state"]);
            if self.typed.iter().any(|typed| typed.number == number && typed.field == field) {
                continue;
            }
            self.words += 1;
            let value =
                if field == "state" { "closed".to_owned() } else { format!("zqw{}", self.words) };
            let side = if self.rng.one_in(2) { Side::GitHub } else { Side::Notion };
            tell(format!("#{number} {field} = {value} on {side}"));
            match side {
                Side::GitHub => self.on_github(number, field, &value),
                Side::Notion => self.in_notion(number, field, &value),
            }
            self.typed.push(Typed { number, field, value });
        }
    }

    fn on_github(&self, number: u64, field: &str, value: &str) {
        let body = format!("{value} {BODY_WORD}.\n\nSecond {BODY_WORD}.");
        self.stage.on_github(|person, repo| match field {
            "title" => person.set_title(repo, number, value),
            "labels" => person.add_label(repo, number, value),
            "milestone" => person.set_milestone(repo, number, Some(value)),
            "body" => person.set_body(repo, number, Some(&body)),
            _ => person.close(repo, number, "completed"),
        });
    }

    fn in_notion(&self, number: u64, field: &str, value: &str) {
        let page = self.pages[&number];
        let labels = self.stage.page_shows(page, |page| page.options("Labels"));
        let body = format!("{value} {BODY_WORD}.");
        self.stage.on_notion(|notion, by, now| match field {
            "title" => notion.set_title(page, value, by, now),
            "labels" => {
                let all = labels.into_iter().chain([value.to_owned()]).collect();
                notion.set(page, "Labels", &Plain::Options(all), by, now)
            }
            "milestone" => notion.set_option(page, "Milestone", value, by, now),
            "body" => {
                let block = notion.blocks(page)[0].id;
                notion.set_words(page, block, &body, by, now)
            }
            _ => notion.set_option(page, "Status", "Done", by, now),
        });
    }

    async fn cycle(&self, services: &Services, scope: Scope) -> Result<Report, String> {
        let halt = Halt::default();
        let order = Order { scope, mode: Mode::Execute, halt: &halt, progress: &Unwatched };
        let config = &self.stage.config.syncs[0];
        let report = run_cycle(services, &self.stage.store, config, &order).await;
        report.map_err(|error| format!("the database is not the worse for it: {error}"))
    }

    /// With clean answers everything comes to rest.
    async fn ends_well(&self, manner: Manner) -> Law {
        let world = &self.stage.world;
        let services = connected(&self.stage.config, |side| {
            std::sync::Arc::new(WorldTransport::new(world, side))
        });
        let mut last = None;
        for round in 0..4 {
            self.stage.wait(if round == 0 { LONG_SECS } else { 1_200 }).await;
            // What a lie kept from a cursor, and what is held for what one answer showed, is found by the daily full scan;
            // garbage keeps nothing else from it (I9).
            let scope = if round == 2 { Scope::Everything } else { Scope::Changes };
            let report = self.cycle(&services, scope).await?;
            tell(format!("clean: {report:?}"));
            if round == 1 && manner == Manner::Visibly {
                self.agrees_but_for(&report)?;
            }
            last = Some(report);
        }
        let Some(report) = last else { return Ok(()) };
        let pairs = PAIRS + self.made.len() as u64;
        let lied_to = manner == Manner::Anyhow && report.counts.pairs < pairs;
        if lied_to {
            // Told that an item is deleted, tandem lets go of it for good.
            tally("unlinked by a lie");
            return self.is_kept();
        }
        // Told that nothing was made, tandem makes it again: the second one is held and reported. A body that was not
        // shown as it was sent is held until somebody edits it (DESIGN §3, PutGet).
        let is_believable = |held: &Held| {
            held.field == Some(Field::Body) || held.reason.contains("which is not its partner")
        };
        let has_holds = manner == Manner::Anyhow && !report.held.is_empty();
        if has_holds && report.held.iter().all(is_believable) {
            tally("held for a lie");
            return self.is_kept();
        }
        holds("clean answers leave no problem", report.problems.is_empty())?;
        holds("nothing fails any more", report.failed.is_empty())?;
        holds("nothing is held any more", report.held.is_empty())?;
        holds("nothing waits any more", report.pending.is_empty())?;
        let counts = (self.stage.count_issues() as u64, self.stage.count_pages() as u64);
        holds("nothing was made twice, and nothing is gone (I3)", counts == (pairs, pairs))?;
        self.agrees(manner)?;
        self.is_kept()?;
        if manner == Manner::Visibly {
            self.is_in_force()?;
        }
        let before = world.counts();
        self.cycle(&services, Scope::Everything).await?;
        let after = world.counts();
        let writes =
            |counts: Sides<tandem::sim::Counts>| counts.github.writes + counts.notion.writes;
        holds("in step, nothing is written (I6)", writes(before) == writes(after))
    }

    fn agrees_but_for(&self, report: &Report) -> Law {
        let is_held = |line: &String| report.held.iter().any(|held| line.starts_with(&held.item));
        let mut found = self.stage.differences(&[self.stage.repo]);
        found.retain(|line| !is_held(line));
        if found.is_empty() { Ok(()) } else { Err(format!("no change is passed over: {found:?}")) }
    }

    /// A page's content is read again when somebody edits it: what a lie showed in its place stays until then, and what
    /// it replaced is in the history.
    fn agrees(&self, manner: Manner) -> Law {
        let mut found = self.stage.differences(&[self.stage.repo]);
        if manner == Manner::Anyhow {
            let count = found.len();
            found.retain(|line| !line.contains(", body: "));
            if found.len() < count {
                tally("a body after a lie");
            }
        }
        if found.is_empty() { Ok(()) } else { Err(format!("both sides agree: {found:?}")) }
    }

    /// What the issue, its page and its content show, field by field.
    fn shown(&self, number: u64) -> Sides<BTreeMap<&'static str, String>> {
        let github = self.stage.shows(number, |issue| {
            BTreeMap::from([
                ("title", issue.title.clone()),
                ("labels", format!("{:?}", issue.labels)),
                ("milestone", format!("{:?}", issue.milestone)),
                ("body", issue.body.clone().unwrap_or_default()),
                ("state", if issue.is_closed { "closed" } else { "open" }.to_owned()),
            ])
        });
        let url = format!("https://github.com/acme/app/issues/{number}");
        let page = self.stage.world.notion(|notion, _| {
            let pages = notion.pages(self.stage.table);
            pages
                .iter()
                .find(|page| page.url("GitHub").as_deref() == Some(&url))
                .map(|page| page.id())
        });
        let Some(page) = page else { return Sides { github, notion: BTreeMap::new() } };
        let blocks = self.stage.world.notion(|notion, _| {
            notion.blocks(page).iter().map(|block| block.content.words()).collect::<Vec<_>>()
        });
        let notion = self.stage.page_shows(page, |page| {
            let is_open = page.option("Status").is_none_or(|status| status != "Done");
            BTreeMap::from([
                ("title", page.title()),
                ("labels", format!("{:?}", page.options("Labels"))),
                ("milestone", format!("{:?}", page.option("Milestone"))),
                ("body", blocks.join("\n")),
                ("state", if is_open { "open" } else { "closed" }.to_owned()),
            ])
        });
        Sides { github, notion }
    }

    /// Everything that was ever typed is shown, or in the history (I2).
    fn is_kept(&self) -> Law {
        let mut known: BTreeSet<String> = BTreeSet::new();
        let mut learn = |text: &str| {
            let words = text.split(|c: char| !c.is_ascii_alphanumeric());
            known.extend(words.filter(|word| word.starts_with("zq")).map(str::to_owned));
        };
        for number in 1..=self.stage.count_issues() as u64 {
            let shown = self.shown(number);
            shown.github.values().chain(shown.notion.values()).for_each(|text| learn(text));
        }
        self.stage.world.notion(|notion, _| {
            notion.pages(self.stage.table).iter().for_each(|page| learn(&page.title()));
        });
        self.stage.history().iter().for_each(|(_, _, lost)| learn(&lost.replace("\\n", " ")));
        let typed = self.typed.iter().filter(|typed| typed.field != "state");
        let typed = typed.map(|typed| typed.value.clone());
        let first =
            (1..=PAIRS).flat_map(|n| [format!("zqt{n}"), format!("zqb{n}"), format!("zql{n}")]);
        let lost: Vec<String> = typed
            .chain(first)
            .chain(self.made.clone())
            .filter(|word| !self.is_known(&known, word))
            .collect();
        if lost.is_empty() {
            Ok(())
        } else {
            Err(format!("typed, and neither shown nor in the history: {lost:?}"))
        }
    }

    /// A person who typed over a value took it away.
    fn is_known(&self, known: &BTreeSet<String>, word: &str) -> bool {
        let field = match word.get(..3) {
            Some("zqt") => "title",
            Some("zqb") => "body",
            Some(_) | None => "",
        };
        let number = word.get(3..).and_then(|rest| rest.parse::<u64>().ok());
        let is_replaced = |typed: &Typed| Some(typed.number) == number && typed.field == field;
        known.contains(word) || self.typed.iter().any(is_replaced)
    }

    /// No garbage was taken for a value: every field shows what somebody typed last, or what it showed at first.
    fn is_in_force(&self) -> Law {
        for number in 1..=PAIRS {
            let shown = self.shown(number);
            let typed = |field: &str| {
                let mut all = self.typed.iter();
                let found = all.find(|typed| typed.number == number && typed.field == field);
                found.map(|typed| typed.value.clone())
            };
            let label = format!("zql{number}");
            let labels: BTreeSet<String> = typed("labels").into_iter().chain([label]).collect();
            let body = typed("body").unwrap_or_else(|| format!("zqb{number}"));
            let expected = [
                ("title", typed("title").unwrap_or_else(|| format!("zqt{number} title"))),
                ("labels", format!("{labels:?}")),
                (
                    "milestone",
                    format!("{:?}", Some(typed("milestone").unwrap_or_else(|| "zqm".to_owned()))),
                ),
                ("state", typed("state").unwrap_or_else(|| "open".to_owned())),
            ];
            for side in Side::BOTH {
                for (field, value) in &expected {
                    let there = shown[side].get(field);
                    if there != Some(value) {
                        return Err(format!(
                            "#{number} {field} on {side}: {there:?} instead of {value:?}"
                        ));
                    }
                }
                let there = shown[side].get("body").cloned().unwrap_or_default();
                let words = [body.as_str(), BODY_WORD, "Second"];
                if !words.iter().all(|word| there.contains(word)) || there.contains("zqjunk") {
                    return Err(format!("#{number} body on {side}: {there:?} without {words:?}"));
                }
            }
        }
        Ok(())
    }
}
