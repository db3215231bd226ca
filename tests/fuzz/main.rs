//! Fuzzing of the body lens through its public functions (DESIGN §3, Body): nasty texts, and the laws that hold for every text.
//!
//! By default each target runs a fixed number of cases from a fixed seed. `TANDEM_FUZZ_SECS=600` runs it for so long,
//! `TANDEM_FUZZ_SEED=7` from another seed. A failure prints its input, made as small as it goes, and the line that runs
//! that case again. What overflows the stack ends the process at once: the case that was running is then found in
//! `target/tmp/fuzz-TARGET.case`.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

mod harness;
mod laws;
mod regressions;
mod texts;

use harness::Target;
use texts::{Rng, Texts};

/// Two texts: one, and what somebody made of it.
fn edited(text: String, texts: &Texts, rng: &mut Rng) -> Vec<String> {
    let edited = texts.edited(&text, rng);
    vec![text, edited]
}

#[test]
fn whatever_stands_in_an_issue_is_shown_in_notion() {
    Target {
        name: "whatever_stands_in_an_issue_is_shown_in_notion",
        cases: 300,
        draw: |texts, rng| vec![texts.github(rng)],
        law: |case| laws::shown_in_notion(&case[0]),
    }
    .run();
}

#[test]
fn whatever_stands_on_a_page_is_shown_on_github() {
    Target {
        name: "whatever_stands_on_a_page_is_shown_on_github",
        cases: 300,
        draw: |texts, rng| vec![texts.notion(rng)],
        law: |case| laws::shown_on_github(&case[0]),
    }
    .run();
}

#[test]
fn an_edit_in_an_issue_is_carried_or_held() {
    Target {
        name: "an_edit_in_an_issue_is_carried_or_held",
        cases: 150,
        draw: |texts, rng| edited(texts.github(rng), texts, rng),
        law: |case| laws::edited_on_github(&case[0], &case[1]),
    }
    .run();
}

#[test]
fn an_edit_on_a_page_is_carried_or_held() {
    Target {
        name: "an_edit_on_a_page_is_carried_or_held",
        cases: 150,
        draw: |texts, rng| edited(texts.notion(rng), texts, rng),
        law: |case| laws::edited_in_notion(&case[0], &case[1]),
    }
    .run();
}

#[test]
fn two_edits_are_merged_decided_or_held() {
    Target {
        name: "two_edits_are_merged_decided_or_held",
        cases: 100,
        draw: |texts, rng| {
            let github = texts.github(rng);
            let notion = laws::notion_of(&github).unwrap_or_default();
            let now = [texts.edited(&github, rng), texts.edited(&notion, rng)];
            [vec![github], now.to_vec()].concat()
        },
        law: |case| laws::edited_on_both(&case[0], &case[1], &case[2]),
    }
    .run();
}

#[test]
fn a_side_that_only_follows_is_led() {
    Target {
        name: "a_side_that_only_follows_is_led",
        cases: 100,
        draw: |texts, rng| {
            let github = texts.github(rng);
            let notion = laws::notion_of(&github).unwrap_or_default();
            let now = [texts.edited(&github, rng), texts.edited(&notion, rng)];
            [vec![github], now.to_vec()].concat()
        },
        law: |case| laws::follows(&case[0], &case[1], &case[2]),
    }
    .run();
}

#[test]
fn two_texts_that_never_met_are_brought_together() {
    Target {
        name: "two_texts_that_never_met_are_brought_together",
        cases: 100,
        draw: |texts, rng| vec![texts.github(rng), texts.notion(rng)],
        law: |case| laws::met(&case[0], &case[1]),
    }
    .run();
}

#[test]
fn targeted_edits_lead_from_one_text_to_another() {
    Target {
        name: "targeted_edits_lead_from_one_text_to_another",
        cases: 600,
        draw: |texts, rng| edited(texts.notion(rng), texts, rng),
        law: |case| laws::updated(&case[0], &case[1]),
    }
    .run();
}
