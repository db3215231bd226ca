//! Both sides edited.

use super::{mirrored, place};
use crate::body::{How, Input, Outcome, reconcile};
use crate::model::{Side, Sides};

#[test]
fn edits_of_different_blocks_and_of_different_words_both_stay() {
    for (body, github, notion, both) in [
        ("a\n\nb\n\nc", ("a", "A"), ("c", "C"), "A\n\nb\n\nC"),
        ("one two three four", ("one", "ONE"), ("four", "FOUR"), "ONE two three FOUR"),
        ("a\nb\nc", ("a", "A"), ("b", "B"), "A\nB\nc"),
        ("- a\n- b", ("- a", "- a\n- x"), ("- b", "- [x] b"), "- a\n- x\n- [x] b"),
        (
            "a\n\nb",
            ("a", "a\n\nfrom GitHub"),
            ("a", "a\n\nfrom Notion"),
            "a\n\nfrom GitHub\n\nfrom Notion\n\nb",
        ),
    ] {
        let page = mirrored(body);
        let on_github = page.github.replacen(github.0, github.1, 1);
        let in_notion = page.notion.replacen(notion.0, notion.1, 1);
        match page.reconciled(&on_github, &in_notion) {
            Outcome::Write { to, how: How::Merged } => {
                assert_eq!(to.github.as_deref(), Some(both), "{body}");
                let notion = to.notion.unwrap();
                assert_eq!(page.reconciled(both, &notion), Outcome::Agree, "{notion}");
            }
            other => panic!("{body}: {other:?}"),
        }
    }
}

#[test]
fn the_same_edit_on_both_sides_is_agreement() {
    let page = mirrored("a *b*");
    assert_eq!(page.reconciled("A _b_", &page.notion.replace('a', "A")), Outcome::Agree);
}

#[test]
fn edits_of_the_same_words_need_a_winner_and_only_that_block_is_decided() {
    let page = mirrored("top\n\nword\n\nend");
    let (github, notion) =
        ("top\n\nours\n\nend", page.notion.replace("word", "theirs").replace("end", "END"));
    assert_eq!(page.reconciled(github, &notion), Outcome::Overlap);
    let base = Sides { github: page.github.as_str(), notion: page.notion.as_str() };
    for (winner, text) in
        [(Side::GitHub, "top\n\nours\n\nEND"), (Side::Notion, "top\n\ntheirs\n\nEND")]
    {
        let input = Input {
            base: Some(base),
            now: Sides { github, notion: &notion },
            source: None,
            winner: Some(winner),
            place: &place(),
        };
        match reconcile(&input) {
            Outcome::Write { to, how } => {
                assert_eq!(how, How::Won(winner));
                assert_eq!(to.github.as_deref().unwrap_or(github), text);
                assert_eq!(to.notion.as_deref().unwrap_or(&notion), text);
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn what_both_sides_wrote_alike_in_two_places_is_two() {
    let page = mirrored("## Linux\n\n- Build it.\n\n## Windows\n\n- Build it, too.");
    let item = "- Update the docs.";
    let github = format!("{}\n{item}", page.github);
    let notion = page.notion.replacen("- Build it.", &format!("- Build it.\n{item}"), 1);
    let Outcome::Write { to, how } = page.reconciled(&github, &notion) else { panic!() };
    assert_eq!(how, How::Merged);
    assert_eq!(to.github.unwrap().matches(item).count(), 2);
}

#[test]
fn of_a_paragraph_that_stood_twice_and_was_moved_on_both_sides_none_is_lost() {
    let twice = "Dear all, once more.";
    let page = mirrored(&format!("{twice}\n\na\n\n{twice}\n\nb\n\nb2\n\nc"));
    let github = format!("{twice}\n\na\n\nb\n\nb2\n\nc\n\n{twice}");
    let notion = format!("a\n\nDear all, once more, please.\n\nb\n\nb2\n\n{twice}\n\nc");
    let Outcome::Write { to, .. } = page.reconciled(&github, &notion) else { panic!() };
    let merged = to.github.unwrap_or(github);
    assert!(merged.contains(twice) && merged.contains("please."), "{merged}");
}

#[test]
fn a_paragraph_that_only_moved_is_no_edit_of_one_that_it_resembles() {
    let moved = "The first was typed over it.";
    let body = format!("{moved}\n\n- [ ] between\n\nThe second was typed here.\n\n- end");
    let page = mirrored(&body);
    let github = format!("- [ ] between\n\n{moved}\n\nOther words, see there\n\n- end");
    let notion = page.notion.replace("The second was typed here", "Theirs was typed over it");
    assert_eq!(page.reconciled(&github, &notion), Outcome::Overlap);
    let input = Input {
        base: Some(Sides { github: &page.github, notion: &page.notion }),
        now: Sides { github: &github, notion: &notion },
        source: None,
        winner: Some(Side::Notion),
        place: &place(),
    };
    let Outcome::Write { to, how } = reconcile(&input) else { panic!("nothing is written") };
    assert_eq!(how, How::Won(Side::Notion));
    let won = github.replace("Other words, see there", "Theirs was typed over it.");
    assert_eq!(to.github.as_deref(), Some(&*won));
}

#[test]
fn a_removed_block_that_the_other_side_edited_needs_a_winner() {
    let page = mirrored("a\n\nb\n\nc");
    assert_eq!(page.reconciled("a\n\nc", &page.notion.replace('b', "B")), Outcome::Overlap);
}

#[test]
fn without_a_base_an_empty_side_is_filled_and_equal_ones_agree() {
    let at = place();
    let input = |github, notion| Input {
        base: None,
        now: Sides { github, notion },
        source: None,
        winner: None,
        place: &at,
    };
    assert_eq!(reconcile(&input("* a", "- a")), Outcome::Agree);
    assert_eq!(reconcile(&input("a", "b")), Outcome::Overlap);
    let fills = |outcome| match outcome {
        Outcome::Write { to, how: How::OnlyChanged(side) } => (side, to),
        other => panic!("{other:?}"),
    };
    let (side, to) = fills(reconcile(&input("_a_", "")));
    assert_eq!((side, to.notion.as_deref()), (Side::GitHub, Some("*a*")));
    let (side, to) = fills(reconcile(&input("", "*a*")));
    assert_eq!((side, to.github.as_deref()), (Side::Notion, Some("*a*")));
}

#[test]
fn a_one_way_body_follows_its_source_and_what_was_typed_over_it_is_put_right() {
    let page = mirrored("a\n\nb");
    let base = Sides { github: page.github.as_str(), notion: page.notion.as_str() };
    let at = place();
    let outcome = |github, notion| {
        let now = Sides { github, notion };
        reconcile(&Input {
            base: Some(base),
            now,
            source: Some(Side::GitHub),
            winner: None,
            place: &at,
        })
    };
    let written = |outcome| match outcome {
        Outcome::Write { to, how: How::OneWay(Side::GitHub) } => {
            assert_eq!(to.github, None);
            to.notion.unwrap()
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(written(outcome("a\n\nB", &page.notion)), "a\n\nB");
    assert_eq!(written(outcome("a\n\nb", "a\n\ntyped over")), "a\n\nb");
    assert_eq!(written(outcome("A\n\nb", "a\n\ntyped over")), "A\n\nb");
}

/// A run that died after it had carried the first edit over agreed on nothing; then somebody typed over the block below.
#[test]
fn what_one_side_already_got_is_not_put_there_again_beside_a_block_that_was_typed_over() {
    for (base, github, notion, both) in [
        ("a\n\nlast", "a\n\nnew\n\nother", "a\n\nnew\n\nlast", "a\n\nnew\n\nother"),
        (
            "a\n\nlast\n\nb",
            "a\n\nnew\n\nother\n\nb",
            "a\n\nnew\n\nlast\n\nb",
            "a\n\nnew\n\nother\n\nb",
        ),
        ("a\n\nlast", "a\n\nnew", "a\n\nnew\n\nlast", "a\n\nnew"),
        ("a\n\nlast", "a\n\nother\n\nnew", "a\n\nlast\n\nnew", "a\n\nother\n\nnew"),
        ("last", "other", "new\n\nother", "new\n\nother"),
        ("a\n\nb\n\nc", "a\n\nnew\n\nx\n\ny", "a\n\nnew\n\nb\n\nc", "a\n\nnew\n\nx\n\ny"),
        (
            "a\n\nb\n\nc",
            "a\n\none\n\ntwo\n\nx",
            "a\n\none\n\ntwo\n\nb\n\nc",
            "a\n\none\n\ntwo\n\nx",
        ),
    ] {
        let page = mirrored(base);
        for (github, notion) in [(github, notion), (notion, github)] {
            match page.reconciled(github, notion) {
                Outcome::Write { to, .. } => {
                    assert_eq!(
                        to.github.as_deref().unwrap_or(github),
                        both,
                        "{github:?} {notion:?}"
                    );
                    assert_eq!(
                        to.notion.as_deref().unwrap_or(notion),
                        both,
                        "{github:?} {notion:?}"
                    );
                }
                other => panic!("{github:?} {notion:?}: {other:?}"),
            }
        }
    }
}

/// As many as fit into a body: what both sides add is looked up, not searched for.
#[test]
fn what_both_sides_add_in_one_place_comes_once_and_behind_what_either_has_before_it() {
    let added = |block: fn(usize) -> String| -> String { (0..600).map(block).collect() };
    let with = |added: &str| format!("first{added}\n\nlast");
    let page = mirrored(&with(""));
    let github = with(&added(|i| format!("\n\nboth {i}")));
    let notion = with(&added(|i| format!("\n\nonly Notion {i}\n\nboth {i}")));
    match page.reconciled(&github, &notion) {
        Outcome::Write { to, .. } => {
            assert_eq!(to, Sides { github: Some(notion), notion: None });
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn words_typed_beside_or_over_what_became_a_page_of_its_own_are_not_put_back_unheard() {
    let place = place().with_page("https://www.notion.so/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    let page = "```\n```\n<page l=\"\"></page>";
    let beside = Sides { github: "<!l>\n**b**", notion: "```html\n<!l>\n```\n\n**b**" };
    let over = Sides { github: "<!l>\na", notion: "```html\n<!l>\n```\n\na" };
    let cases = [(beside, "<!l>\n**b**typed\n>"), (over, "<!D>\ntyped")];
    let cases = cases.into_iter().flat_map(|case| ["typed", "文字"].map(|typed| (case, typed)));
    for (((base, github), typed), winner) in
        cases.flat_map(|case| [None, Some(Side::GitHub), Some(Side::Notion)].map(|it| (case, it)))
    {
        let github = github.replace("typed", typed);
        let now = Sides { github: github.as_str(), notion: page };
        let input = Input { base: Some(base), now, source: None, winner, place: &place };
        match reconcile(&input) {
            // What both typed over is decided, for Notion.
            Outcome::Write { how: How::Won(Side::Notion), .. } if base == over => {}
            Outcome::Write { to, how: _ } => {
                let github = to.github.as_deref().unwrap_or(now.github);
                let notion = to.notion.as_deref().unwrap_or(now.notion);
                assert!(github.contains(typed) && notion.contains(typed), "{to:?}");
            }
            Outcome::Hold { .. } | Outcome::Overlap => {}
            other @ (Outcome::Nothing | Outcome::Agree) => panic!("{other:?}"),
        }
    }
}
