//! The same the other way round: after an edit on GitHub, blocks whose content did not change keep their ids, and with
//! them what people said about them.

use std::collections::{BTreeMap, BTreeSet};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tandem::body::{How, Input, Outcome, as_meant, reconcile, to_notion};
use tandem::model::{Side, Sides};
use tandem::sim::notion::{Block, BlockId, BlockKind, Content, Look, Rendering, Run, outline};

use crate::author;
use crate::corpus::{Body, bodies, everything, show};
use crate::judge;
use crate::tally::Tally;
use crate::workspace::{Workspace, flat, place};

#[test]
fn after_an_edit_on_github_other_blocks_keep_their_ids() {
    let tally = Tally::default();
    crate::tally::each(bodies(), |body| {
        for edit in 0..if everything() { 3 } else { 2 } {
            trial(body.seed() + edit, body, &tally);
        }
    });
    tally.report("edits on GitHub");
    assert_eq!(tally.complaints(), 0, "see above");
    let held = tally.count_all("held");
    assert!(held * 50 < tally.count("edits"), "{held} of {} edits were held", tally.count("edits"));
}

fn trial(seed: u64, body: &Body, tally: &Tally) {
    let place = place();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let workspace = Workspace::new(Rendering::drawn(seed));
    let Ok(sent) = to_notion(&body.text, &place) else { return };
    let Ok(page) = workspace.make(&sent) else { return };
    let mut github = body.text.clone();
    let sub_page = rng.random_bool(0.2).then(|| {
        workspace.act(|notion, by, now| notion.add_sub_page(page, "Below", by, now).unwrap())
    });
    let shown = workspace.read(page);
    if sub_page.is_some() {
        let base = Sides { github: body.text.as_str(), notion: sent.as_str() };
        let now = Sides { github: body.text.as_str(), notion: shown.as_str() };
        let input = Input { base: Some(base), now, source: None, winner: None, place: &place };
        match reconcile(&input) {
            Outcome::Write { to: Sides { github: Some(new), notion: None }, .. } => github = new,
            other => {
                return tally.note(
                    "no place for the link to a page below",
                    &format!("{}: {other:?}", body.name),
                );
            }
        }
    }
    let Some(edited) = author::edits(&github, &mut rng) else { return };
    let what = edited.what;
    for (what, text) in [("on GitHub", &github), ("in Notion", &shown), (what, &edited.body)] {
        show(what, text);
    }
    tally.add("edits");
    tally.add(what);
    let complain = |why: &str| {
        let diff = judge::diff(&github, &edited.body);
        tally.complain(&format!("{}, seed {seed}: {what}: {why}\n{diff}", body.name));
    };
    let base = Sides { github: github.as_str(), notion: shown.as_str() };
    let now = Sides { github: edited.body.as_str(), notion: shown.as_str() };
    let input = Input { base: Some(base), now, source: None, winner: None, place: &place };
    let new = match reconcile(&input) {
        Outcome::Write {
            to: Sides { github: None, notion: Some(new) },
            how: How::OnlyChanged(Side::GitHub),
        } => new,
        Outcome::Write {
            how: How::PutBack(Side::GitHub) | How::OnlyChanged(Side::GitHub),
            to: Sides { github: Some(new), .. },
        } if sub_page.is_some() => {
            show("on GitHub then", &new);
            return tally.note(
                "the link to a page below was put back",
                &format!("{}, seed {seed}: {what}\n{}", body.name, judge::diff(&edited.body, &new)),
            );
        }
        Outcome::Hold { reason, .. } => {
            return tally.note(
                &format!("held: {what}"),
                &format!(
                    "{}, seed {seed}: {reason}\n{}",
                    body.name,
                    judge::diff(&github, &edited.body)
                ),
            );
        }
        Outcome::Agree => {
            return tally.note(
                "no edit to a reader",
                &format!(
                    "{}, seed {seed}: {what}\n{}",
                    body.name,
                    judge::diff(&github, &edited.body)
                ),
            );
        }
        other => return complain(&format!("{other:?}")),
    };
    show("in Notion then", &new);
    let before = workspace.blocks(page);
    for block in flat(&before) {
        workspace.act(|notion, _, _| notion.comment_on(page, block.id, "Look here!").unwrap());
    }
    let after = match workspace.write(page, &shown, &new) {
        Ok(after) => after,
        Err(why) => {
            return tally
                .note("refused by Notion", &format!("{}, seed {seed}: {what}: {why}", body.name));
        }
    };
    if let Err(why) = as_meant(&new, &after) {
        complain(&format!("not as meant: {why}"));
    }
    let agreed = Sides { github: edited.body.as_str(), notion: after.as_str() };
    let again =
        |base| reconcile(&Input { base, now: agreed, source: None, winner: None, place: &place });
    if again(Some(agreed)) != Outcome::Nothing || again(None) != Outcome::Agree {
        complain("afterwards the sides do not agree");
    }
    let now = workspace.blocks(page);
    if let Some(sub_page) = sub_page {
        if !workspace.look(|notion| notion.has_sub_page(sub_page)) {
            complain("the page below is gone");
        }
    } else if let Ok(Ok(anew)) = to_notion(&edited.body, &place).map(|text| workspace.make(&text)) {
        let anew = workspace.blocks(anew);
        if looks(&now) != looks(&anew) {
            complain(&format!(
                "unlike a page made anew:\n{}",
                judge::diff(&outline(&anew), &outline(&now))
            ));
        }
    }
    let lost = lost(&before, &now);
    let due = match what {
        "change a word" | "tick a task" => 1,
        "add a paragraph" => 0,
        _ => usize::MAX,
    };
    let gone = unchanged_but_new(&before, &now);
    if lost > due || gone > 0 {
        // A word or a paragraph may change the structure around it; what has other words then is not the same block.
        tally.note(
            &format!("ids lost: {what}"),
            &format!(
                "{}, seed {seed}: {lost} of {} gone, {gone} of them say what a new one says\n{}",
                body.name,
                flat(&before).len(),
                judge::diff(&github, &edited.body)
            ),
        );
    }
    if workspace.look(|notion| notion.comments_on(page).len()) != flat(&before).len() - lost {
        complain("a comment was lost with no block");
    }
}

/// Every block's kind and what it says, each character with its look; blanks and line breaks have none.
fn looks(blocks: &[Block]) -> Vec<(BlockKind, Vec<(char, Look)>)> {
    let characters = |block: &Block| {
        let look =
            |run: &Run| run.words().chars().map(|c| (c, run.look.clone())).collect::<Vec<_>>();
        let seen = block.content.text.iter().flat_map(look);
        seen.filter(|(c, _)| !c.is_whitespace()).collect()
    };
    flat(blocks).into_iter().map(|block| (block.content.kind.clone(), characters(block))).collect()
}

fn ids(blocks: &[Block]) -> BTreeSet<BlockId> {
    flat(blocks).into_iter().map(|block| block.id).collect()
}

fn lost(before: &[Block], after: &[Block]) -> usize {
    ids(before).difference(&ids(after)).count()
}

/// Blocks that lost their ids though a block that says the same came.
fn unchanged_but_new(before: &[Block], after: &[Block]) -> usize {
    let (old, new) = (ids(before), ids(after));
    let count = |blocks: &[Block], others: &BTreeSet<BlockId>| {
        let mut counts = BTreeMap::<Content, usize>::new();
        for block in flat(blocks).into_iter().filter(|block| !others.contains(&block.id)) {
            *counts.entry(block.content.clone()).or_default() += 1;
        }
        counts
    };
    let (gone, come) = (count(before, &new), count(after, &old));
    gone.iter().map(|(content, times)| come.get(content).map_or(0, |n| *n.min(times))).sum()
}
