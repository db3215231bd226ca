//! The story: an import, a quiet cycle, edits on both sides, agreement, and quiet again.

use super::acts::{self, Act};
use super::cycles::{Cycle, Runner};
use super::differently;
use super::outcome::{Agreement, Edit, Outcome, SHOWN};
use super::stage::Stage;
use super::tell::{Tell, number, requests};
use crate::cli::{Exit, Failure, Screen};
use crate::engine::{Report, Scope};
use crate::sim::agreement;

/// In at most so many cycles everything people did has arrived (I5).
const MOST_CYCLES: usize = 3;
/// How long nobody touches anything: longer than `settle`, after which a new page counts as written.
const QUIET_MINUTES: u64 = 5;

/// Plays it to its end, also when something is not as it must be: then that is its outcome.
pub(super) async fn play(stage: &Stage, tell: &Tell, screen: &Screen) -> Result<Outcome, Failure> {
    let runner = Runner::new(stage, screen)?;
    let mut outcome = Outcome::default();
    introduce(stage, tell);

    tell.chapter("Cycle 1, the import: every issue gets a page, no pull request does");
    let cycle = runner.cycle(stage, "import", Scope::Changes).await?;
    told(tell, &cycle);
    outcome.add(tell, cycle);
    judge(stage, tell, &mut outcome);
    for example in differently::examples(stage) {
        tell.line(&format!("        {example}"));
    }

    tell.chapter("Cycle 2: nobody did anything, so nothing may be written");
    quiet(&runner, stage, tell, &mut outcome, "nothing happened", Scope::Changes).await?;

    stage.wait(20);
    tell.chapter("People go on working, on both sides");
    let acts =
        acts::perform(stage).map_err(|error| Failure::new(Exit::Failed, error.to_string()))?;
    for act in &acts {
        tell.line(&format!("  {}  {}", act.at, act.said));
    }
    stage.wait(QUIET_MINUTES);

    catch_up(&runner, stage, tell, &mut outcome, &acts).await?;
    for act in acts {
        let holds = act.holds(stage, runner.store());
        outcome.check(tell, holds, &act.expected);
        outcome.edits.push(Edit { said: act.said, expected: act.expected, holds });
    }

    tell.chapter("Do both sides agree? Each issue against its page, as the stand-ins hold them");
    judge(stage, tell, &mut outcome);

    let last = outcome.cycles.len() + 1;
    tell.chapter(&format!("Cycles {last} to {}: quiet again", last + 2));
    quiet(&runner, stage, tell, &mut outcome, "nothing happened", Scope::Changes).await?;
    quiet(&runner, stage, tell, &mut outcome, "still nothing", Scope::Changes).await?;
    quiet(&runner, stage, tell, &mut outcome, "compare everything", Scope::Everything).await?;
    no_strays(stage, tell, &mut outcome);
    Ok(outcome)
}

fn introduce(stage: &Stage, tell: &Tell) {
    let repository = stage.repository();
    tell.line("tandem demo: GitHub and Notion are stand-ins that run inside this process and answer as strictly as");
    tell.line("the real ones, over HTTP on this machine. No account, no token, no network.");
    tell.chapter("The stage");
    tell.line(&format!(
        "  GitHub  {repository}: {} and {}   {}",
        number(stage.issues, "issue", "issues"),
        number(stage.pull_requests, "pull request", "pull requests"),
        stage.served.github_url(),
    ));
    tell.line(&format!(
        "  Notion  the database \"Work\": empty, with a property for each of {} fields, and a page's content for the body   {}",
        stage.terms.places.len() + 1,
        stage.served.notion_url(),
    ));
    if !stage.place.is_temporary() {
        tell.line(&format!("  Config  {}", stage.config.path.display()));
    }
}

/// What a cycle cost, as the stand-ins counted it.
fn told(tell: &Tell, cycle: &Cycle) {
    tell.line(&format!("        GitHub: {}", requests(&cycle.counts.github)));
    tell.line(&format!("        Notion: {}", requests(&cycle.counts.notion)));
}

/// A cycle that must write nothing.
async fn quiet(
    runner: &Runner,
    stage: &Stage,
    tell: &Tell,
    outcome: &mut Outcome,
    purpose: &'static str,
    scope: Scope,
) -> Result<(), Failure> {
    let cycle = runner.cycle(stage, purpose, scope).await?;
    told(tell, &cycle);
    let what = match scope {
        Scope::Changes => "asked for changes",
        Scope::Everything => "compared everything",
    };
    let text = format!("{what}: {}, on either side", number(cycle.writes(), "write", "writes"));
    outcome.check(tell, cycle.writes() == 0, &text);
    outcome.add(tell, cycle);
    Ok(())
}

/// Runs cycles until everything people did has arrived, but not too many.
async fn catch_up(
    runner: &Runner,
    stage: &Stage,
    tell: &Tell,
    outcome: &mut Outcome,
    acts: &[Act],
) -> Result<(), Failure> {
    for _ in 0..MOST_CYCLES {
        tell.chapter(&format!(
            "Cycle {}: what people did is carried over",
            outcome.cycles.len() + 1
        ));
        let cycle = runner.cycle(stage, "catch up", Scope::Changes).await?;
        told(tell, &cycle);
        outcome.add(tell, cycle);
        let is_done = acts.iter().all(|act| act.holds(stage, runner.store()));
        let verdict = agreement::judge(&stage.world, stage.source, &stage.terms);
        if is_done && Agreement::new(verdict, outcome.last_report()).unexcused.is_empty() {
            break;
        }
    }
    Ok(())
}

fn judge(stage: &Stage, tell: &Tell, outcome: &mut Outcome) {
    let verdict = agreement::judge(&stage.world, stage.source, &stage.terms);
    let agreement = Agreement::new(verdict, outcome.last_report());
    outcome.check(
        tell,
        agreement.unexcused.is_empty(),
        &format!(
            "{} and {}: {} compared, {}",
            number(agreement.issues, "issue", "issues"),
            number(agreement.pages, "page", "pages"),
            number(agreement.values, "value", "values"),
            match agreement.unexcused.len() {
                0 => "no difference".to_owned(),
                some => number(some, "difference", "differences"),
            },
        ),
    );
    for difference in agreement.unexcused.iter().take(SHOWN) {
        tell.line(&format!("        {difference}"));
    }
    for held in &agreement.held {
        tell.line(&format!("  held  {held}"));
    }
    outcome.agreement = Some(agreement);
}

/// Every request was one the services know.
fn no_strays(stage: &Stage, tell: &Tell, outcome: &mut Outcome) {
    let mut strays = stage.world.github(|github, _| github.strays.clone());
    strays.extend(stage.world.notion(|notion, _| notion.strays().to_vec()));
    let text = match strays.first() {
        None => "every request was one that the services know".to_owned(),
        Some(first) => {
            format!(
                "{}, such as {first}",
                number(strays.len(), "unknown request", "unknown requests")
            )
        }
    };
    outcome.check(tell, strays.is_empty(), &text);
}

/// What keeps a cycle from being as it must be here, where nothing is ever out of reach.
pub(super) fn troubles(report: &Report) -> Vec<String> {
    let problems = report.problems.iter().map(|problem| problem.message.clone());
    let brake = report.brake.iter().flat_map(|brake| brake.reasons.clone());
    let failed = report.failed.iter().map(|failed| format!("{}: {}", failed.item, failed.reason));
    problems.chain(brake).chain(failed).collect()
}
