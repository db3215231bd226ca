//! Fuzzing: nasty texts for the body lens (DESIGN §3, Body), nasty config files and names, and the laws that hold for each.
//!
//! By default each target runs a fixed number of cases from a fixed seed. `TANDEM_FUZZ_SECS=600` runs it for so long,
//! `TANDEM_FUZZ_SEED=7` from another seed. A failure prints its input, made as small as it goes, and the line that runs
//! that case again. What overflows the stack ends the process at once: the case that was running is then found in
//! `target/tmp/fuzz-TARGET.case`.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

mod adapters;
#[path = "../stories/agreement.rs"]
#[allow(dead_code, unreachable_pub, reason = "the stage of the stories needs it")]
mod agreement;
mod config;
mod cycles;
mod garbage;
mod harness;
mod laws;
mod line;
mod reading;
mod regressions;
#[path = "../stories/stage.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    reason = "the stage of the stories, of which little is needed here"
)]
mod stage;
mod texts;

use garbage::Manner;
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

#[test]
fn a_config_is_read_or_refused_with_its_places_and_without_its_secrets() {
    Target {
        name: "a_config_is_read_or_refused_with_its_places_and_without_its_secrets",
        cases: 400,
        draw: |_, rng| config::file(rng),
        law: |case| reading::is_read(&case[0]),
    }
    .run();
}

#[test]
fn a_schedule_is_refused_or_runs_ahead_and_in_order() {
    Target {
        name: "a_schedule_is_refused_or_runs_ahead_and_in_order",
        cases: 1_000,
        draw: |_, rng| config::schedule(rng),
        law: |case| reading::runs(&case[0], &case[1], &case[2]),
    }
    .run();
}

#[test]
fn a_name_is_refused_or_told_as_it_was_read() {
    Target {
        name: "a_name_is_refused_or_told_as_it_was_read",
        cases: 2_000,
        draw: |_, rng| config::name(rng),
        law: |case| reading::is_named(&case[0]),
    }
    .run();
}

#[test]
fn whatever_github_answers_is_a_value_or_a_typed_error() {
    Target {
        name: "whatever_github_answers_is_a_value_or_a_typed_error",
        cases: 60,
        draw: |_, rng| vec![adapters::drawn(rng, 40)],
        law: |case| adapters::github(&case[0]),
    }
    .run();
}

#[test]
fn whatever_notion_answers_is_a_value_or_a_typed_error() {
    Target {
        name: "whatever_notion_answers_is_a_value_or_a_typed_error",
        cases: 60,
        draw: |_, rng| vec![adapters::drawn(rng, 40)],
        law: |case| adapters::notion(&case[0]),
    }
    .run();
}

#[test]
fn garbage_never_becomes_a_value_that_is_written() {
    Target {
        name: "garbage_never_becomes_a_value_that_is_written",
        cases: 40,
        draw: |_, rng| cycles::story(rng),
        law: |case| cycles::is_safe(case, Manner::Visibly),
    }
    .run();
}

#[test]
fn whatever_both_sides_answer_nothing_typed_is_lost() {
    Target {
        name: "whatever_both_sides_answer_nothing_typed_is_lost",
        cases: 40,
        draw: |_, rng| cycles::story(rng),
        law: |case| cycles::is_safe(case, Manner::Anyhow),
    }
    .run();
}
