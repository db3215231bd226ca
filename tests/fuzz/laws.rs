//! What holds for every text. An `Err` says which law is broken.

use tandem::body::{
    How, Input, Outcome, Place, as_meant, is_in_issue, is_in_page, reconcile, to_github, to_notion,
    updates,
};
use tandem::model::{Side, Sides};

use crate::harness::tally;

/// Words that only an edit brings (see `texts`): where they are seen before, they are seen afterwards.
pub(crate) const EDITED: [&str; 2] = ["zqedita", "zqeditb"];

/// `Err` names the law that is broken.
pub(crate) type Law = Result<(), String>;

fn place() -> Place {
    let people = vec![("octocat".to_owned(), "11111111-2222-3333-4444-555555555555".to_owned())];
    Place::of_issue("https://github.com/acme/app/issues/12")
        .unwrap()
        .with_page("https://www.notion.so/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")
        .with_people(people, false)
}

pub(crate) fn holds(law: &str, holds: bool) -> Law {
    if holds { Ok(()) } else { Err(law.to_owned()) }
}

/// The Notion text of a body, the same whenever it is asked for, and of a size that can be foreseen.
pub(crate) fn notion_of(github: &str) -> Result<String, String> {
    carried(github, to_notion)
}

fn github_of(notion: &str) -> Result<String, String> {
    carried(notion, to_github)
}

fn carried(
    text: &str,
    carry: fn(&str, &Place) -> Result<String, String>,
) -> Result<String, String> {
    let shown = carry(text, &place());
    assert_eq!(shown, carry(text, &place()), "the same text is carried in two ways");
    let len = shown.as_ref().map_or(0, String::len);
    assert!(len <= 64 * text.len() + 200_000, "{} bytes became {len}", text.len());
    shown
}

fn held() -> Law {
    tally("cannot be shown");
    Ok(())
}

/// Asks the lens, and counts what it says.
fn decide(input: &Input<'_>) -> Outcome {
    let outcome = reconcile(input);
    tally(match &outcome {
        Outcome::Nothing => "nothing",
        Outcome::Agree => "agree",
        Outcome::Overlap => "overlap",
        Outcome::Hold { .. } => "held",
        Outcome::Write { how: How::OneWay(_), .. } => "one way",
        Outcome::Write { how: How::OnlyChanged(_), .. } => "only changed",
        Outcome::Write { how: How::Merged, .. } => "merged",
        Outcome::Write { how: How::Won(_), .. } => "won",
        Outcome::Write { how: How::PutBack(_), .. } => "put back",
    });
    outcome
}

fn input<'a>(now: Sides<&'a str>, place: &'a Place) -> Input<'a> {
    Input { base: None, now, source: None, winner: None, place }
}

/// Both texts mean the same.
fn in_step(github: &str, notion: &str) -> bool {
    let place = place();
    reconcile(&input(Sides { github, notion }, &place)) == Outcome::Agree
}

/// Nobody edited anything: nothing is to be done.
fn untouched(github: &str, notion: &str) -> Law {
    let place = place();
    let now = Sides { github, notion };
    let outcome = reconcile(&Input { base: Some(now), ..input(now, &place) });
    holds("an unedited pair is left alone", outcome == Outcome::Nothing)
}

pub(crate) fn shown_in_notion(github: &str) -> Law {
    let Ok(notion) = notion_of(github) else { return held() };
    holds("Notion shows what GitHub shows", in_step(github, &notion))?;
    untouched(github, &notion)?;
    holds("a text is as it was meant", as_meant(&notion, &notion).is_ok())?;
    let Ok(again) = github_of(&notion) else { return held() };
    holds("GitHub shows what Notion shows of GitHub's text", in_step(&again, &notion))
}

pub(crate) fn shown_on_github(notion: &str) -> Law {
    holds("a text is as it was meant", as_meant(notion, notion).is_ok())?;
    let Ok(github) = github_of(notion) else { return held() };
    holds("GitHub shows what Notion shows", in_step(&github, notion))?;
    untouched(&github, notion)?;
    let Ok(again) = notion_of(&github) else { return held() };
    holds("Notion shows what GitHub shows of Notion's text", in_step(&github, &again))
}

pub(crate) fn edited_on_github(before: &str, after: &str) -> Law {
    let Ok(notion) = notion_of(before) else { return held() };
    let base = Sides { github: before, notion: notion.as_str() };
    edited(Side::GitHub, base, Sides { github: after, ..base })
}

pub(crate) fn edited_in_notion(before: &str, after: &str) -> Law {
    let Ok(github) = github_of(before) else { return held() };
    let base = Sides { github: github.as_str(), notion: before };
    edited(Side::Notion, base, Sides { notion: after, ..base })
}

fn edited(side: Side, base: Sides<&str>, now: Sides<&str>) -> Law {
    let place = place();
    let input = Input { base: Some(base), ..input(now, &place) };
    let outcome = decide(&input);
    holds("the outcome is the same again", outcome == reconcile(&input))?;
    match outcome {
        Outcome::Nothing => holds("nothing to do means nothing edited", base == now),
        Outcome::Agree => holds("what agrees is in step", in_step(now.github, now.notion)),
        Outcome::Overlap => Err("one edit does not overlap".to_owned()),
        Outcome::Hold { reason, .. } => holds("a hold has a reason", !reason.is_empty()),
        Outcome::Write { to, how } => {
            let is_quiet = to[side].is_none()
                || matches!(how, How::PutBack(back) if back == side)
                || to[side.other()].is_some();
            holds("an edited side is written only to put something back", is_quiet)?;
            written(base, now, &to, how)
        }
    }
}

/// After a write both sides mean the same, and every edit that was seen is seen on both.
fn written(base: Sides<&str>, now: Sides<&str>, to: &Sides<Option<String>>, how: How) -> Law {
    let new = Sides {
        github: to.github.as_deref().unwrap_or(now.github),
        notion: to.notion.as_deref().unwrap_or(now.notion),
    };
    holds("a write writes something", new != now)?;
    holds("both sides are in step after a write", in_step(new.github, new.notion))?;
    for (side, shown) in
        [(Side::GitHub, notion_of(now.github)), (Side::Notion, github_of(now.notion))]
    {
        let wins = match how {
            How::Merged => true,
            How::OnlyChanged(other) | How::Won(other) | How::OneWay(other) => side == other,
            How::PutBack(_) => false,
        };
        let Ok(shown) = shown else { continue };
        for word in EDITED {
            // A description is put back where it stands for an image that the other side has in its text; and a language that
            // Notion does not know is none.
            let is_typed = |line: &str| {
                line.contains(word) && !line.contains(['!', '<']) && !line.starts_with("```")
            };
            let is_new = !base.github.contains(word) && !base.notion.contains(word);
            let is_edit = is_new && shown.contains(word) && now[side].lines().any(is_typed);
            holds(
                "an edit that was seen is seen on both sides",
                !(wins && is_edit) || new.github.contains(word) && new.notion.contains(word),
            )?;
        }
    }
    Ok(())
}

pub(crate) fn edited_on_both(before: &str, github: &str, notion: &str) -> Law {
    let Ok(shown) = notion_of(before) else { return held() };
    let place = place();
    let base = Sides { github: before, notion: shown.as_str() };
    let now = Sides { github, notion };
    for winner in [None, Some(Side::GitHub), Some(Side::Notion)] {
        match decide(&Input { base: Some(base), winner, ..input(now, &place) }) {
            Outcome::Nothing => holds("nothing to do means nothing edited", base == now)?,
            Outcome::Agree => holds("what agrees is in step", in_step(github, notion))?,
            Outcome::Overlap => holds("a winner decides what overlaps", winner.is_none())?,
            Outcome::Hold { reason, .. } => holds("a hold has a reason", !reason.is_empty())?,
            Outcome::Write { to, how } => {
                holds("nobody wins undecided", winner.is_some() || !matches!(how, How::Won(_)))?;
                written(base, now, &to, how)?;
            }
        }
    }
    Ok(())
}

pub(crate) fn follows(before: &str, github: &str, notion: &str) -> Law {
    let Ok(shown) = notion_of(before) else { return held() };
    let place = place();
    let base = Sides { github: before, notion: shown.as_str() };
    let now = Sides { github, notion };
    for source in Side::BOTH {
        for base in [None, Some(base)] {
            let input = Input { base, source: Some(source), ..input(now, &place) };
            let Outcome::Write { to, how } = decide(&input) else { continue };
            holds("a source is never written", to[source].is_none())?;
            holds("a write writes something", to[source.other()].is_some())?;
            holds("the rule is told", how == How::OneWay(source))?;
        }
    }
    Ok(())
}

pub(crate) fn met(github: &str, notion: &str) -> Law {
    let place = place();
    let now = Sides { github, notion };
    for winner in [None, Some(Side::GitHub), Some(Side::Notion)] {
        match decide(&Input { winner, ..input(now, &place) }) {
            Outcome::Nothing => Err("without a base something is to be done".to_owned())?,
            Outcome::Agree | Outcome::Hold { .. } => {}
            Outcome::Overlap => holds("a winner decides what overlaps", winner.is_none())?,
            Outcome::Write { to, .. } => {
                let github = to.github.as_deref().unwrap_or(github);
                let notion = to.notion.as_deref().unwrap_or(notion);
                holds("both sides are in step after a write", in_step(github, notion))?;
            }
        }
    }
    Ok(())
}

pub(crate) fn updated(from: &str, to: &str) -> Law {
    let is_in = is_in_page(from, to, from) || is_in_issue(from, to, from);
    holds("an edit that was never made has not arrived", !is_in)?;
    let Some(updates) = updates(from, to) else {
        tally("none");
        return Ok(());
    };
    let mut text = from.to_owned();
    for update in updates {
        holds("what is looked for is there once", text.matches(&update.old).count() == 1)?;
        text = text.replacen(&update.old, &update.new, 1);
    }
    holds("the edits lead there", text == to)
}
