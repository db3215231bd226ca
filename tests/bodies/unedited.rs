//! GetPut and PutGet: a body that nobody edits goes to Notion, is read under every reading of Notion's documentation,
//! and nothing is ever written again. What a person sees there is what GitHub shows.

use tandem::body::{Input, Outcome, Place, as_meant, reconcile, to_notion};
use tandem::model::Sides;

use crate::corpus::{Body, bodies, show};
use crate::eyes;
use crate::tally::Tally;
use crate::workspace::{Workspace, place};

fn decide(base: Option<Sides<&str>>, now: Sides<&str>, place: &Place) -> Outcome {
    reconcile(&Input { base, now, source: None, winner: None, place })
}

#[test]
fn a_body_that_nobody_edits_is_written_once_and_never_again() {
    let tally = Tally::default();
    crate::tally::each(bodies(), |body| unedited(body, &tally));
    tally.report("unedited bodies");
    assert!(tally.count("not carried") * 1000 <= tally.count("bodies"));
    assert!(tally.count("refused by Notion") * 1000 <= tally.count("readings"));
    assert_eq!(tally.complaints(), 0, "see above");
}

fn unedited(body: &Body, tally: &Tally) {
    let place = place();
    tally.add("bodies");
    let github = body.text.as_str();
    let sent = match to_notion(github, &place) {
        Ok(sent) => sent,
        Err(reason) => return tally.note("not carried", &format!("{}: {reason}", body.name)),
    };
    for rendering in Workspace::readings(body.seed()) {
        tally.add("readings");
        let workspace = Workspace::new(rendering);
        let complain = |what: &str| {
            tally.complain(&format!("{}: {what}\n  {:?}", body.name, workspace.rendering));
        };
        let page = match workspace.make(&sent) {
            Ok(page) => page,
            Err(why) => {
                tally.note("refused by Notion", &format!("{}: {why}", body.name));
                continue;
            }
        };
        let shown = workspace.read(page);
        show("sent", &sent);
        show("shown", &shown);
        let (posted, read) =
            (Sides { github, notion: sent.as_str() }, Sides { github, notion: shown.as_str() });
        if let Err(why) = as_meant(&sent, &shown) {
            complain(&format!("not as meant: {why}"));
        }
        for (base, now, wanted) in [
            (Some(read), read, Outcome::Nothing),
            (Some(posted), read, if sent == shown { Outcome::Nothing } else { Outcome::Agree }),
            (None, read, Outcome::Agree),
        ] {
            let outcome = decide(base, now, &place);
            if outcome != wanted {
                complain(&format!("{wanted:?} was due, and it is {outcome:?}"));
            }
        }
        let (seen, due) = (eyes::in_notion(&workspace.blocks(page)), eyes::on_github(github));
        if seen != due {
            if seen.concat() == due.concat() {
                tally.note(
                    "same text in other blocks",
                    &format!("{}: {}", body.name, eyes::first_difference(&due, &seen)),
                );
            } else {
                tally.note(
                    "other text",
                    &format!("{}: {}", body.name, eyes::first_difference(&due, &seen)),
                );
            }
        }
    }
}
