//! Two people edit one body at the same time, one on each side: both edits are there afterwards, on both sides. Where
//! they meet, one of them wins, or a person is asked.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use tandem::body::{How, Input, Outcome, as_meant, reconcile, to_notion};
use tandem::model::{Side, Sides};
use tandem::sim::notion::{BlockKind, PageId, Rendering, outline};

use crate::author::{self, ADDED_ON_GITHUB};
use crate::corpus::{Body, bodies, everything, show};
use crate::judge;
use crate::person::{self, ADDED_IN_NOTION, Deed, Kind, TYPED_IN_NOTION, TYPED_ON_GITHUB};
use crate::tally::Tally;
use crate::workspace::{Workspace, place};

/// A body in step on both sides.
struct Pair {
    workspace: Workspace,
    page: PageId,
    notion: String,
}

fn pair(body: &Body, seed: u64) -> Option<Pair> {
    let workspace = Workspace::new(Rendering::drawn(seed));
    let page = workspace.make(&to_notion(&body.text, &place()).ok()?).ok()?;
    let notion = workspace.read(page);
    Some(Pair { workspace, page, notion })
}

fn decide(base: Option<Sides<&str>>, now: Sides<&str>, winner: Option<Side>) -> Outcome {
    reconcile(&Input { base, now, source: None, winner, place: &place() })
}

#[test]
fn two_people_who_edit_different_blocks_both_keep_their_edit() {
    let tally = Tally::default();
    crate::tally::each(bodies(), |body| {
        for edit in 0..if everything() { 3 } else { 2 } {
            apart(body.seed() + edit, body, &tally);
        }
    });
    tally.report("edits on both sides, in different blocks");
    assert_eq!(tally.complaints(), 0, "see above");
    let (kept, trials) = (tally.count("both kept"), tally.count("trials"));
    let trials = trials - tally.count("the same edit, or none to a reader");
    assert!(kept * 100 > trials * 99, "both edits were kept in {kept} of {trials} trials");
}

fn apart(seed: u64, body: &Body, tally: &Tally) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let Some(Pair { workspace, page, notion }) = pair(body, seed) else { return };
    let Some(edited) = author::edits(&body.text, &mut rng) else { return };
    let Some(deed) = person::edits(&workspace, page, &mut rng) else { return };
    // What the page would show, had the edit on GitHub been made before the other.
    let Some(due) = one_after_the_other(&workspace, &edited.body, &deed) else {
        return tally.add("edits of one block, or none to a reader");
    };
    tally.add("trials");
    let typed = workspace.read(page);
    let what = format!("{} on GitHub, {} in Notion", edited.what, deed.what.name());
    let example = || {
        let diff = judge::diff(&body.text, &edited.body);
        format!("{}, seed {seed}: {what}: {}\n{diff}", body.name, judge::excerpt(&deed.seen))
    };
    for (what, text) in [
        ("on GitHub", &body.text),
        ("edited", &edited.body),
        ("in Notion", &notion),
        ("typed", &typed),
    ] {
        show(what, text);
    }
    let base = Sides { github: body.text.as_str(), notion: notion.as_str() };
    let now = Sides { github: edited.body.as_str(), notion: typed.as_str() };
    let to = match decide(Some(base), now, None) {
        Outcome::Write { to, how: How::Merged } => to,
        Outcome::Agree | Outcome::Write { how: How::OnlyChanged(_), .. } => {
            return tally.note("the same edit, or none to a reader", &example());
        }
        Outcome::Overlap => return tally.note("overlap", &example()),
        Outcome::Write {
            to: Sides { github: None, notion: Some(new) },
            how: How::PutBack(Side::Notion),
        } if deed.content.kind == BlockKind::Image => {
            // An image without a line of its own is a mere stand-in: the edit of it is put back, and only it.
            let anew = to_notion(&edited.body, &place()).ok();
            let anew = anew.and_then(|text| workspace.make(&text).ok());
            let written = workspace.write(page, &typed, &new);
            let outline = |page| outline(&workspace.blocks(page));
            if written.is_err() || anew.is_none_or(|anew| outline(page) != outline(anew)) {
                tally.complain(&format!("more was put back than a stand-in: {}", example()));
            }
            return tally.note("put back", &example());
        }
        Outcome::Hold { reason, .. } => {
            return tally.note("held", &format!("{reason}: {}", example()));
        }
        other => return tally.complain(&format!("{other:?}: {}", example())),
    };
    let github = to.github.as_ref().unwrap_or(&edited.body);
    let shown = match &to.notion {
        None => typed.clone(),
        Some(new) => match workspace.write(page, &typed, new) {
            Ok(shown) => {
                if let Err(why) = as_meant(new, &shown) {
                    tally.complain(&format!("not as meant, {why}: {}", example()));
                }
                shown
            }
            Err(why) => return tally.note("refused by Notion", &format!("{why}: {}", example())),
        },
    };
    show("then on GitHub", github);
    show("then in Notion", &shown);
    let agreed = Sides { github: github.as_str(), notion: shown.as_str() };
    if decide(Some(agreed), agreed, None) != Outcome::Nothing
        || decide(None, agreed, None) != Outcome::Agree
    {
        tally.complain(&format!("afterwards the sides do not agree: {}", example()));
    }
    for (marker, due) in [
        (TYPED_ON_GITHUB, edited.body.contains(TYPED_ON_GITHUB)),
        (TYPED_IN_NOTION, matches!(deed.what, Kind::Word(_) | Kind::Add)),
        (&ADDED_ON_GITHUB[..10], edited.what == "add a paragraph"),
        (&ADDED_IN_NOTION[..10], deed.what == Kind::Add),
    ] {
        if due && !(github.contains(marker) && shown.contains(marker)) {
            tally.complain(&format!("“{marker}” is not on both sides: {}", example()));
        }
    }
    let seen = outline(&workspace.blocks(page));
    if seen == due {
        tally.add("both kept");
    } else if sorted(&seen) == sorted(&due) {
        tally.add("both kept");
        tally.note("two things in one place are in another order", &example());
    } else {
        tally.note(
            "unlike one edit after the other",
            &format!("{}\n{}", example(), judge::diff(&due, &seen)),
        );
    }
}

fn sorted(outline: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = outline.lines().collect();
    lines.sort_unstable();
    lines
}

/// The outline of a page made from the edited body after the same hands did the same there; `None` when the block that
/// was edited in Notion is not there any more, or there twice.
fn one_after_the_other(workspace: &Workspace, edited: &str, deed: &Deed) -> Option<String> {
    let page = workspace.make(&to_notion(edited, &place()).ok()?).ok()?;
    deed.again(workspace, page).then(|| outline(&workspace.blocks(page)))
}

#[test]
fn where_two_people_changed_the_same_word_one_wins_and_the_sides_agree() {
    let tally = Tally::default();
    crate::tally::each(bodies(), |body| together(body, &tally));
    tally.report("edits of one word on both sides");
    assert_eq!(tally.complaints(), 0, "see above");
    assert!(tally.count("won") > 0);
}

fn together(body: &Body, tally: &Tally) {
    let seed = body.seed();
    let Some(Pair { workspace, page, notion }) = pair(body, seed) else { return };
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let word = (0..10).find_map(|_| match person::wish(&workspace.blocks(page), &mut rng) {
        Some((block, Deed { what: Kind::Word(word), .. }))
            if body.text.matches(&word).count() == 1 =>
        {
            Some((block.id, word))
        }
        Some(_) | None => None,
    });
    let Some((block, word)) = word else { return };
    workspace.act(|notion, by, now| {
        notion.change_words(page, block, &word, TYPED_IN_NOTION, by, now).unwrap()
    });
    let typed = workspace.read(page);
    let edited = body.text.replacen(&word, TYPED_ON_GITHUB, 1);
    let sent = |text: &str| to_notion(text, &place()).ok();
    if sent(&edited).map(|sent| sent.replacen(TYPED_ON_GITHUB, &word, 1)) != sent(&body.text) {
        return tally.add("the word has a meaning on GitHub");
    }
    let base = Sides { github: body.text.as_str(), notion: notion.as_str() };
    let now = Sides { github: edited.as_str(), notion: typed.as_str() };
    let example =
        |why: &str| format!("{}: {word}: {why}\n{}", body.name, judge::diff(&body.text, &edited));
    match decide(Some(base), now, None) {
        Outcome::Overlap => tally.add("overlaps"),
        // The word stood in an address, or made one.
        Outcome::Write { how: How::Merged, .. } => return tally.note("no overlap", &example("")),
        other => return tally.complain(&example(&format!("{other:?}"))),
    }
    for winner in Side::BOTH {
        let to = match decide(Some(base), now, Some(winner)) {
            Outcome::Write { to, how: How::Won(side) } if side == winner => to,
            Outcome::Hold { reason, .. } => {
                tally.note("held", &example(&reason));
                continue;
            }
            other => return tally.complain(&example(&format!("{winner:?} was to win: {other:?}"))),
        };
        tally.add("won");
        let after = Sides {
            github: to.github.as_deref().unwrap_or(now.github),
            notion: to.notion.as_deref().unwrap_or(now.notion),
        };
        if decide(None, after, None) != Outcome::Agree {
            tally.complain(&example("afterwards the sides do not agree"));
        }
        let (won, lost) = match winner {
            Side::GitHub => (TYPED_ON_GITHUB, TYPED_IN_NOTION),
            Side::Notion => (TYPED_IN_NOTION, TYPED_ON_GITHUB),
        };
        for side in Side::BOTH {
            if !after[side].contains(won) || after[side].contains(lost) {
                tally.complain(&example(&format!("{winner:?} was to win on {side}")));
            }
        }
        if to[winner].is_some() {
            tally.note("the winner was written to", &example(""));
        }
    }
}

/// The one text that both sides are to have; `Err` when that is not what comes of it.
fn merged(base: &str, now: Sides<&str>) -> Result<String, Outcome> {
    match decide(Some(Sides { github: base, notion: base }), now, None) {
        Outcome::Write { to, how: How::Merged } => {
            let github = to.github.as_deref().unwrap_or(now.github);
            assert_eq!(to.notion.as_deref().unwrap_or(now.notion), github);
            Ok(github.to_owned())
        }
        other => Err(other),
    }
}

#[test]
fn a_block_that_one_side_moves_takes_the_other_sides_edit_along() {
    let base = "One is one.\n\nTwo.\n\nThree.";
    let moved = "Two.\n\nThree.\n\nOne is one.";
    for (typed, due) in [
        ("One is only one.\n\nTwo.\n\nThree.", "Two.\n\nThree.\n\nOne is only one."),
        ("Two.\n\nThree.", "Two.\n\nThree."),
        ("One is one.\n\nTwo and a half.\n\nThree.", "Two and a half.\n\nThree.\n\nOne is one."),
    ] {
        for now in [Sides { github: moved, notion: typed }, Sides { github: typed, notion: moved }]
        {
            assert_eq!(merged(base, now).as_deref(), Ok(due), "{now:?}");
            // Only one of the two writes arrived: the same comes of it, once.
            for half in [Sides { github: due, ..now }, Sides { notion: due, ..now }] {
                let to = match decide(Some(Sides { github: base, notion: base }), half, None) {
                    Outcome::Write { to, .. } => to,
                    Outcome::Agree => Sides { github: None, notion: None },
                    other => panic!("{half:?}: {other:?}"),
                };
                assert_eq!(to.github.as_deref().unwrap_or(half.github), due, "{half:?}");
                assert_eq!(to.notion.as_deref().unwrap_or(half.notion), due, "{half:?}");
            }
        }
    }
}
