//! What fuzzing found, kept by name.

use std::sync::{Arc, Mutex};

use http::header::DATE;
use http::{HeaderValue, Method, StatusCode};

use tandem::engine::{Halt, Mode, Order, Report, Scope, Unwatched, run_cycle};
use tandem::model::Side;
use tandem::remote::{Request, Response};
use tandem::sim::notion::Plain;
use tandem::sim::{Fault, Planned};

use crate::adapters::{BODY_WORD, Log, connected, keeps_secrets, played, stage};
use crate::laws;
use crate::line::{Alteration, AlteredLine, ring};
use crate::stage::Stage;

#[test]
fn a_block_of_notions_between_a_text_and_its_image_is_not_carried_again_and_again() {
    let bookmark = "<\n<bookmark u=\"\"></bookmark>";
    assert_eq!(laws::met("![][r]<\n\n[r]:/", bookmark), Ok(()));
    let between = "![]()\n\n![a](https://x.org/b.png)";
    assert_eq!(laws::edited_on_both("", "[![a](//x.org/b.png)", between), Ok(()));
}

/// A cycle on lines on which every answer is altered.
async fn altered_cycle(
    stage: &Stage,
    alter: impl Fn(&Request, &mut Response) + Send + Sync + 'static,
) -> Report {
    let alter: Alteration = Arc::new(alter);
    let services = connected(&stage.config, |side| {
        Arc::new(AlteredLine::new(&stage.world, side, Arc::clone(&alter)))
    });
    let halt = Halt::default();
    let order =
        Order { scope: Scope::Changes, mode: Mode::Execute, halt: &halt, progress: &Unwatched };
    run_cycle(&services, &stage.store, &stage.config.syncs[0], &order).await.unwrap()
}

/// Two issues with bodies, each with its page, at rest.
async fn rested() -> Stage {
    let stage = stage();
    for n in 1..=2 {
        let body = Some(format!("The {BODY_WORD} of {n}."));
        stage.seed(tandem::sim::github::NewIssue {
            title: format!("Issue {n}"),
            body,
            ..Default::default()
        });
    }
    for _ in 0..3 {
        stage.good_cycle().await;
        stage.wait(1_200).await;
    }
    stage
}

/// Followed for 10,000 answers, with everything they listed kept in memory.
#[test]
fn a_listing_that_leads_back_to_where_it_was_is_soon_refused() {
    for (side, path) in [
        (Side::GitHub, "/repos/acme/app/issues"),
        (Side::GitHub, "/timeline"),
        (Side::Notion, "/query"),
        (Side::Notion, "/v1/users"),
    ] {
        played(async {
            let stage = rested().await;
            // A conflict asks for the timeline; a new process asks who is who.
            stage.on_github(|it, repo| it.set_title(repo, 1, "One side"));
            let page = stage.page_of(1);
            stage.on_notion(|it, by, now| it.set_title(page, "The other", by, now));
            let stage = Stage { store: tandem::store::Store::open_in_memory().unwrap(), ..stage };
            let stuck = Arc::new(Mutex::new(Vec::<Response>::new()));
            let said = Arc::clone(&stuck);
            let report = altered_cycle(&stage, move |request, response| {
                if request.uri().path().ends_with(path) {
                    let mut said = said.lock().unwrap();
                    let first = said.first().unwrap_or(response).clone();
                    *response = ring(&first, request, 3).remove(said.len() % 3);
                    said.push(response.clone());
                }
            })
            .await;
            let count = stuck.lock().unwrap().len();
            assert!((2..100).contains(&count), "{side} {path}: {count} answers");
            assert_ne!(report.outcome(), "done", "{side} {path}: {report:?}");
        });
    }
}

/// A proxy's refusal quoted the request with its `Authorization` and its body, and the log quoted the refusal (I17).
#[test]
fn a_refusal_that_quotes_its_request_tells_neither_token_nor_body() {
    for status in [400, 403, 409, 422, 429, 500] {
        let log = Log::default();
        let reports = log.of(|| {
            played(async {
                let stage = rested().await;
                let (body, page) = (format!("Another {BODY_WORD}."), stage.page_of(2));
                stage.on_github(|it, repo| it.set_body(repo, 1, Some(&body)));
                let block = stage.world.notion(|it, _| it.blocks(page)[0].id);
                stage.on_notion(|it, by, now| it.set_words(page, block, &body, by, now));
                stage.wait(600).await;
                let report = altered_cycle(&stage, move |request, response| {
                    let is_write = request.method() == http::Method::PATCH;
                    if is_write {
                        let asked = String::from_utf8_lossy(request.body());
                        let words = format!("{asked} {:?}", request.headers()["authorization"].to_str());
                        let error = serde_json::json!({"object": "error", "code": "x", "message": words,
                            "errors": [{"field": words, "message": words}]});
                        *response.status_mut() = StatusCode::from_u16(status).unwrap();
                        *response.body_mut() = error.to_string().into();
                    }
                })
                .await;
                format!("{report:?}")
            })
        });
        assert!(reports.contains('…'), "{status}: nothing was quoted: {reports}");
        assert_eq!(keeps_secrets(&reports), Ok(()), "{status}");
        assert_eq!(keeps_secrets(&log.text()), Ok(()), "{status}");
    }
}

/// One answer dated wrongly was believed for as long as it was ahead: no list and no full scan looked behind it (I9).
#[test]
fn an_answer_from_next_year_hides_no_later_edit() {
    for path in ["/markdown", "/query", "/issues", ""] {
        played(async {
            let stage = rested().await;
            stage.on_github(|it, repo| it.set_title(repo, 1, "New on GitHub"));
            let page = stage.page_of(2);
            stage.on_notion(|it, by, now| it.set_title(page, "New in Notion", by, now));
            stage.wait(600).await;
            altered_cycle(&stage, move |request, response| {
                if request.uri().path().ends_with(path) {
                    let later = HeaderValue::from_static("Tue, 05 Jan 2027 09:00:00 GMT");
                    response.headers_mut().insert(DATE, later);
                }
            })
            .await;
            stage.wait(3_600).await;
            let body = format!("Another {BODY_WORD}.");
            stage.on_github(|it, repo| it.set_title(repo, 1, "Newer on GitHub"));
            let block = stage.world.notion(|it, _| it.blocks(page)[0].id);
            stage.on_notion(|it, by, now| it.set_words(page, block, &body, by, now));
            for _ in 0..3 {
                stage.wait(1_200).await;
                stage.good_cycle().await;
            }
            assert_eq!(stage.differences(&[stage.repo]), Vec::<String>::new(), "{path}");
        });
    }
}

/// A new issue whose address came as white space had it written into its page, where it is the anchor of the pair.
#[test]
fn an_issue_without_a_web_address_gets_no_page() {
    played(async {
        let stage = rested().await;
        stage.issue("New");
        altered_cycle(&stage, |request, response| {
            if request.uri().path().ends_with("/issues") && response.status().is_success() {
                let text = String::from_utf8_lossy(response.body());
                let text = text.replace("https://github.com/acme/app/issues/3\"", " \"");
                *response.body_mut() = text.into();
            }
        })
        .await;
        assert_eq!(stage.count_pages(), 2);
        stage.wait(1_200).await;
        stage.good_cycle().await;
        stage.good_cycle().await;
        assert_eq!(stage.differences(&[stage.repo]), Vec::<String>::new());
    });
}

/// Another answer in the place of one: `alter` changes its JSON.
fn spoken(response: &mut Response, alter: impl FnOnce(&mut serde_json::Value)) {
    let mut json: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
    alter(&mut json);
    *response.body_mut() = json.to_string().into();
}

/// A title of which one piece came in a form nobody knows was taken for one without that piece, and written over the issue's.
#[test]
fn a_title_with_a_piece_that_nobody_knows_is_not_one_without_it() {
    played(async {
        let stage = rested().await;
        let page = stage.page_of(1);
        stage.on_notion(|it, by, now| it.set_title(page, "New in Notion", by, now));
        stage.wait(600).await;
        let report = altered_cycle(&stage, |_, response| {
            let text = String::from_utf8_lossy(response.body());
            if text.contains("New in Notion") {
                spoken(response, novel);
            }
        })
        .await;
        assert!(!report.held.is_empty(), "{report:#?}");
        assert_eq!(stage.shows(1, |issue| issue.title.clone()), "Issue 1");
        stage.wait(1_200).await;
        stage.good_cycle().await;
        assert_eq!(stage.shows(1, |issue| issue.title.clone()), "New in Notion");
        assert_eq!(stage.differences(&[stage.repo]), Vec::<String>::new());
    });
}

/// Adds a piece in a new form to every text.
fn novel(json: &mut serde_json::Value) {
    match json {
        serde_json::Value::Object(members) => members.values_mut().for_each(novel),
        serde_json::Value::Array(items) => {
            if items.iter().any(|item| item.get("plain_text").is_some()) {
                items.push(serde_json::json!({ "type": "novel", "novel": { "words": "!" } }));
            }
            items.iter_mut().for_each(novel);
        }
        _ => {}
    }
}

/// A list that did not say whether there is more passed for the whole, and the cursor for what it lacked (I9).
#[test]
fn a_list_that_does_not_say_where_it_ends_is_not_taken_for_the_whole() {
    played(async {
        let stage = rested().await;
        for number in 1..=2 {
            let (page, title) = (stage.page_of(number), format!("New {number}"));
            stage.on_notion(|it, by, now| it.set_title(page, &title, by, now));
        }
        stage.wait(600).await;
        let report = altered_cycle(&stage, |request, response| {
            if request.uri().path().ends_with("/query") {
                spoken(response, |json| {
                    json["results"].as_array_mut().unwrap().truncate(1);
                    json.as_object_mut().unwrap().remove("has_more");
                });
            }
        })
        .await;
        assert_ne!(report.outcome(), "done", "{report:?}");
        stage.wait(3_600).await;
        stage.good_cycle().await;
        assert_eq!(stage.differences(&[stage.repo]), Vec::<String>::new());
    });
}

/// The answer to a creation was lost and `GET /user` named another account: its issue was not known for ours, and made twice (I3).
#[test]
fn an_account_that_is_misnamed_has_no_issue_made_twice() {
    played(async {
        let stage = rested().await;
        let page = stage.page(&[("Name", Plain::Text("From Notion".to_owned()))]);
        stage.wait(600).await;
        let lost = Planned::once(Side::GitHub, Fault::CommitThenReset);
        stage.world.inject(lost.on(Method::POST, "/issues"));
        stage.cycle().await;
        for _ in 0..4 {
            altered_cycle(&stage, |request, response| {
                if request.uri().path() == "/user" {
                    spoken(response, |json| json["login"] = "\0".into());
                }
            })
            .await;
            stage.wait(1_200).await;
        }
        stage.good_cycle().await;
        assert_eq!(stage.count_issues(), 3);
        assert_eq!(stage.page_of(3), page);
        assert_eq!(stage.differences(&[stage.repo]), Vec::<String>::new());
    });
}
