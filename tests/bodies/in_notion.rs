//! Locality: an edit in Notion changes the lines of that block on GitHub, and no other byte.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use tandem::body::{How, Input, Outcome, reconcile, to_notion};
use tandem::model::{Side, Sides};
use tandem::sim::notion::Rendering;

use crate::corpus::{Body, bodies, edits_each, show};
use crate::judge;
use crate::person::{self, ADDED_IN_NOTION, Kind};
use crate::tally::Tally;
use crate::workspace::{Workspace, place};

#[test]
fn an_edit_in_notion_changes_the_lines_of_its_block_and_no_other() {
    let tally = Tally::default();
    crate::tally::each(bodies(), |body| {
        for edit in 0..edits_each() {
            trial(body.seed() + edit, body, &tally);
        }
    });
    tally.report("edits in Notion");
    assert_eq!(tally.complaints(), 0, "see above");
    let held = tally.count_all("held") + tally.count_all("put back");
    assert!(held * 50 < tally.count("edits"), "{held} of {} edits were held", tally.count("edits"));
}

fn trial(seed: u64, body: &Body, tally: &Tally) {
    let place = place();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let workspace = Workspace::new(Rendering::drawn(seed));
    let github = body.text.as_str();
    let Ok(sent) = to_notion(github, &place) else { return };
    let Ok(page) = workspace.make(&sent) else { return };
    let before = workspace.read(page);
    let Some(deed) = person::edits(&workspace, page, &mut rng) else { return };
    let after = workspace.read(page);
    let what = deed.what.name();
    for (what, text) in [("on GitHub", github), ("in Notion", &before), (what, &after)] {
        show(what, text);
    }
    tally.add("edits");
    tally.add(what);
    let complain = |why: &str| {
        tally.complain(&format!(
            "{}, seed {seed}: {what}: {why}\n  {:?}\n  {}",
            body.name,
            deed.what,
            judge::excerpt(&deed.seen)
        ));
    };
    let base = Sides { github, notion: before.as_str() };
    let now = Sides { github, notion: after.as_str() };
    let input = Input { base: Some(base), now, source: None, winner: None, place: &place };
    let new = match reconcile(&input) {
        Outcome::Write {
            to: Sides { github: Some(new), notion: None },
            how: How::OnlyChanged(Side::Notion),
        } => new,
        Outcome::Write {
            to: Sides { notion: Some(new), github },
            how: How::PutBack(Side::Notion) | How::OnlyChanged(Side::Notion),
        } => {
            // What is put back is the stand-in, not what was added beside it.
            let has_it = |text: &String| text.contains(&ADDED_IN_NOTION[..10]);
            if deed.what == Kind::Add && !(has_it(&new) && github.as_ref().is_some_and(has_it)) {
                complain("what was added is gone");
            }
            return tally.note(
                &format!("put back: {what}"),
                &format!("{}, seed {seed}: {}", body.name, judge::excerpt(&deed.seen)),
            );
        }
        Outcome::Hold { reason, .. } => {
            return tally.note(
                &format!("held: {what}"),
                &format!("{}, seed {seed}: {reason}: {}", body.name, judge::excerpt(&deed.seen)),
            );
        }
        Outcome::Agree | Outcome::Nothing => {
            return tally.note(
                "no edit to a reader",
                &format!("{}, seed {seed}: {what}: {}", body.name, judge::excerpt(&deed.seen)),
            );
        }
        other => return complain(&format!("{other:?}")),
    };
    show("on GitHub then", &new);
    match judge::is_local(&deed, github, &new) {
        Ok(None) => {}
        Ok(Some(remark)) => tally.note(
            remark,
            &format!("{}, seed {seed}: {:?}\n{}", body.name, deed.what, judge::diff(github, &new)),
        ),
        Err(why) => complain(&format!("{why}\n{}", judge::diff(github, &new))),
    }
    let agreed = Sides { github: new.as_str(), notion: after.as_str() };
    let again =
        |base| reconcile(&Input { base, now: agreed, source: None, winner: None, place: &place });
    if again(Some(agreed)) != Outcome::Nothing || again(None) != Outcome::Agree {
        complain("afterwards the sides do not agree");
    }
}
