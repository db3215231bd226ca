//! The vendors' own clients (`@octokit/rest`, `@notionhq/client`) walk everything the stand-ins answer. What they
//! are content with, and what they take for an error, was decided by the vendors and not by us.
//!
//! Each client meets two worlds: one with the real budgets, in which every operation has to succeed at least once,
//! and a strained one, in which budgets are tiny, lists short and servers unwell.
#![cfg(feature = "sim")]
#![allow(clippy::unwrap_used, reason = "a test stops where it stands")]

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;

use chrono::TimeDelta;
use http::Method;
use tandem::model::Side;
use tandem::sim::notion::{Capabilities, Plain, Type};
use tandem::sim::{
    Fault, LimitKind, Operation, Planned, Served, Setup, World, github, notion, operation,
    operations, serve,
};

const INSTALL: &str = "npm --prefix tests/vendors ci --ignore-scripts";

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vendors")
}

/// Whether the clients are installed. If not, that is said past the test runner, which would swallow it.
fn installed() -> bool {
    let node = Command::new("node").arg("--version").stdout(Stdio::null()).status();
    let missing = match node {
        Err(_) => "node is not installed; install Node.js 20 or newer, then",
        Ok(_) if !folder().join("node_modules/.package-lock.json").is_file() => {
            "the vendors' clients are not installed;"
        }
        Ok(_) => return true,
    };
    let skipped = format!("SKIPPED: {missing} run `{INSTALL}` to have them walk the stand-ins\n");
    std::io::stderr().write_all(skipped.as_bytes()).unwrap();
    false
}

/// Runs one script against the loopback servers; its report is shown when it fails.
fn walk(script: &str, environment: &[(&str, String)]) {
    let output = Command::new("node")
        .arg(folder().join(script))
        .current_dir(folder())
        .env_remove("NODE_OPTIONS")
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .output()
        .unwrap();
    let report = String::from_utf8_lossy(&output.stdout).into_owned();
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script}: {}\n{report}\n{complaints}", output.status);
}

/// Every operation of that side was answered with success, whatever else it was answered.
fn everything_was_walked(world: &World, side: Side) {
    let answered: BTreeSet<Operation> = world
        .seen()
        .into_iter()
        .filter(|seen| seen.side == side && seen.fault.is_none())
        .filter(|seen| seen.status.is_some_and(|status| (200..300).contains(&status)))
        .filter_map(|seen| {
            let path = seen.path.split('?').next().unwrap_or_default();
            operation(side, &seen.method, path)
        })
        .collect();
    let missed: Vec<&Operation> =
        operations(side).iter().filter(|listed| !answered.contains(listed)).collect();
    assert!(
        missed.is_empty(),
        "no client of {side}'s vendor used {missed:#?}: add them to tests/vendors"
    );
}

/// The stand-ins as strict as ever, and with the real budgets.
async fn real() -> (Arc<World>, Served) {
    let world = World::new(Setup::default());
    let served = serve(Arc::clone(&world)).await.unwrap();
    (world, served)
}

mod octokit {
    use super::*;

    fn people(github: &mut github::State) {
        github.add_token("ghp_owner", "octocat");
        github.add_token("ghp_reader", "reader");
        github.add_token("ghp_looker", "octocat");
        github.make_token_read_only("ghp_looker");
        github.add_user("mona");
    }

    /// `octocat` may do everything in `acme/app`, `mona` can be assigned there, `reader` only reads.
    async fn world() -> (Arc<World>, Served) {
        let (world, served) = real().await;
        world.github(|github, now| {
            people(github);
            let types = ["Bug".to_owned(), "Task".to_owned()].to_vec();
            let app =
                github.add_repo("acme/app", &github::NewRepo { types, ..Default::default() }, now);
            github.set_permission(app, "octocat", github::Permission::Admin).unwrap();
            github.set_permission(app, "mona", github::Permission::Triage).unwrap();
            for n in 1..=8_u32 {
                let at = now - TimeDelta::minutes(1) + TimeDelta::seconds(n.into());
                let issue = github::NewIssue {
                    number: Some(n.into()),
                    title: format!("Issue {n}"),
                    body: Some("one\r\ntwo".to_owned()),
                    author: (n != 4).then(|| "mona".to_owned()),
                    is_pull_request: n == 3,
                    created_at: Some(at),
                    comments: if n == 1 { vec!["First!".to_owned()] } else { Vec::new() },
                    ..Default::default()
                };
                github.seed_issue(app, &issue, now).unwrap();
            }
            let other = |github: &mut github::State, name: &str| {
                let repo = github.add_repo(name, &github::NewRepo::default(), now);
                github.set_permission(repo, "octocat", github::Permission::Admin).unwrap();
                repo
            };
            let elsewhere = other(github, "acme/elsewhere");
            let mut octocat = github.by("octocat", now);
            octocat.delete_issue(app, 7).unwrap();
            octocat.transfer_issue(app, 8, elsewhere).unwrap();

            let renamed = other(github, "acme/former");
            github.by("mona", now).open_issue(renamed, "Found by the old name", None).unwrap();
            github.rename_repo(renamed, "acme/latter").unwrap();
            let archived = other(github, "acme/archived");
            github.set_archived(archived, true).unwrap();
            let closed = other(github, "acme/without-issues");
            github.set_issues_enabled(closed, false).unwrap();
            let secret = github::NewRepo { is_private: true, ..Default::default() };
            github.add_repo("acme/secret", &secret, now);
            let own = github::NewRepo { owned_by_person: true, ..Default::default() };
            github.add_repo("octocat/own", &own, now);
        });
        (world, served)
    }

    /// An Enterprise Server that counts pages, admits twelve requests an hour and two creations a minute, and is
    /// unwell for some labels.
    async fn strained() -> (Arc<World>, Served) {
        let limits = github::Limits {
            primary_per_hour: 12,
            creations_per_minute: 2,
            ..github::Limits::default()
        };
        let github = github::Options {
            base_path: "/api/v3".to_owned(),
            links: github::Links::Pages,
            limits,
            ..Default::default()
        };
        let world = World::new(Setup { github, ..Setup::default() });
        world.github(|github, now| {
            people(github);
            let app = github.add_repo("acme/app", &github::NewRepo::default(), now);
            for login in ["octocat", "reader"] {
                github.set_permission(app, login, github::Permission::Push).unwrap();
            }
            for n in 1..=5 {
                let issue = github::NewIssue { title: format!("Issue {n}"), ..Default::default() };
                github.seed_issue(app, &issue, now).unwrap();
            }
        });
        let of_label = |fault, name: &str| Planned::once(Side::GitHub, fault).on(Method::GET, name);
        world.inject(of_label(Fault::HtmlBody(502), "labels/html"));
        world.inject(of_label(Fault::ServerError(503), "labels/unwell"));
        world.inject(of_label(Fault::Reset, "labels/reset"));
        let silent = Fault::Limited { retry_after_secs: None, kind: LimitKind::Secondary403 };
        world.inject(of_label(silent, "labels/silent"));
        let served = serve(Arc::clone(&world)).await.unwrap();
        (world, served)
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_client_of_github_is_content_with_the_stand_in() {
        if !installed() {
            return;
        }
        let (world, served) = world().await;
        let (strained, strained_served) = strained().await;
        walk(
            "github.mjs",
            &[
                ("GITHUB_URL", served.github_url()),
                ("GITHUB_STRAINED_URL", strained_served.github_url() + "/api/v3"),
            ],
        );
        for world in [&world, &strained] {
            assert_eq!(world.github(|github, _| github.strays.clone()), Vec::<String>::new());
        }
        everything_was_walked(&world, Side::GitHub);
        assert_eq!(strained.planned(), [], "a fault met nobody");
    }
}

mod notionhq {
    use super::*;

    fn schema() -> [(&'static str, Type); 16] {
        [
            ("Name", Type::Title),
            ("Notes", Type::RichText),
            ("GitHub", Type::Url),
            ("Points", Type::Number),
            ("Type", Type::select(["Bug", "Feature"])),
            ("Labels", Type::multi_select(["red", "blue"])),
            ("Status", Type::status(&["To do"], &["In progress"], &["Done"])),
            ("Urgent", Type::Checkbox),
            ("Assignees", Type::People),
            ("Due", Type::Date),
            ("ID", Type::UniqueId(Some("T".to_owned()))),
            ("Made", Type::CreatedTime),
            ("Edited", Type::LastEditedTime),
            ("Maker", Type::CreatedBy),
            ("Editor", Type::LastEditedBy),
            ("Sum", Type::Other("formula".to_owned())),
        ]
    }

    /// A data source `Tasks` with twelve rows made in as many minutes, thirty people, and a page nobody shared.
    async fn world() -> (Arc<World>, Served, String) {
        let (world, served) = real().await;
        let unshared = world.notion(|notion, now| {
            let bot = notion.add_token("ntn_tandem", "tandem", Capabilities::full());
            let mut reader = Capabilities::full();
            (reader.update, reader.insert, reader.users) =
                (false, false, notion::UserInfo::Nothing);
            notion.add_token("ntn_reader", "reader", reader);
            let people: Vec<_> = (1..=30)
                .map(|n| notion.add_user(&format!("Person {n}"), &format!("p{n}@example.com")))
                .collect();
            // So long ago that search has heard of them.
            let began = now - TimeDelta::hours(1);
            let (_, tasks) = notion.add_data_source("Tasks", &schema(), bot, began);
            for token in ["ntn_tandem", "ntn_reader"] {
                notion.share(tasks, token).unwrap();
            }
            for n in 1..=12_i32 {
                let row = [
                    ("Name", Plain::Text(format!("Task {n}"))),
                    ("Points", Plain::Number(f64::from(n))),
                    ("Urgent", Plain::Checked(n % 4 == 0)),
                    ("Type", Plain::Option(if n % 2 == 0 { "Bug" } else { "Feature" }.to_owned())),
                ];
                let at = began + TimeDelta::minutes(i64::from(n));
                notion.add_page(tasks, &row, people[0], at).unwrap();
            }
            let related = [("Name", Type::Title), ("Task", Type::Relation(tasks))];
            let (_, related) = notion.add_data_source("Related", &related, bot, began);
            notion.share(related, "ntn_tandem").unwrap();
            let (_, private) = notion.add_data_source("Private", &[], people[0], began);
            notion.add_page(private, &[], people[0], began).unwrap()
        });
        (world, served, unshared.to_string())
    }

    /// Sixty requests an hour, lists of odd lengths, five rows a query, and a server that is often unwell.
    async fn strained() -> (Arc<World>, Served) {
        let options = notion::Options {
            requests_per_window: 60,
            window_secs: 3600,
            short_pages: true,
            query_cap: 5,
            ..notion::Options::default()
        };
        let world = World::new(Setup { notion: options, ..Setup::default() });
        world.notion(|notion, now| {
            let bot = notion.add_token("ntn_tandem", "tandem", Capabilities::full());
            for token in ["ntn_hasty", "ntn_blocked"] {
                notion.add_token(token, token, Capabilities::full());
            }
            notion.set_blocked("ntn_blocked", true).unwrap();
            let began = now - TimeDelta::hours(1);
            let (_, tasks) = notion.add_data_source("Tasks", &schema(), bot, began);
            notion.share(tasks, "ntn_tandem").unwrap();
            for n in 1..=12 {
                let name = [("Name", Plain::Text(format!("Task {n}")))];
                let at = began + TimeDelta::minutes(n);
                notion.add_page(tasks, &name, bot, at).unwrap();
            }
            notion.overload(1);
            notion.commit_then_503(1);
        });
        // Told apart by a page size nobody would ask for.
        let of_users = |fault, size: u8| {
            Planned::once(Side::Notion, fault).on(Method::GET, &format!("page_size={size}"))
        };
        let limited = Fault::Limited { retry_after_secs: Some(1), kind: LimitKind::Primary429 };
        world.inject(of_users(limited, 91));
        world.inject(of_users(Fault::ServerError(503), 92));
        world.inject(of_users(Fault::HtmlBody(502), 93));
        world.inject(of_users(Fault::ServerError(504), 94));
        world.inject(
            Planned::once(Side::Notion, Fault::Refuse(409)).on(Method::PATCH, "/v1/pages/"),
        );
        let served = serve(Arc::clone(&world)).await.unwrap();
        (world, served)
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_client_of_notion_is_content_with_the_stand_in() {
        if !installed() {
            return;
        }
        let (world, served, unshared) = world().await;
        let (strained, strained_served) = strained().await;
        walk(
            "notion.mjs",
            &[
                ("NOTION_URL", served.notion_url()),
                ("NOTION_STRAINED_URL", strained_served.notion_url()),
                ("NOTION_UNSHARED_PAGE", unshared),
            ],
        );
        assert_eq!(world.notion(|notion, _| notion.strays().to_vec()), Vec::<String>::new());
        assert_eq!(strained.notion(|notion, _| notion.strays().to_vec()), ["GET /v1/nothing"]);
        everything_was_walked(&world, Side::Notion);
        assert_eq!(strained.planned(), [], "a fault met nobody");
    }
}

#[test]
fn what_npm_installs_is_fixed_and_bound_to_no_registry() {
    let lock = std::fs::read_to_string(folder().join("package-lock.json")).unwrap();
    assert!(!lock.contains("\"resolved\""), "see tests/vendors/.npmrc");
    let wanted = std::fs::read_to_string(folder().join("package.json")).unwrap();
    let wanted: serde_json::Value = serde_json::from_str(&wanted).unwrap();
    for list in ["dependencies", "overrides"] {
        for (name, version) in wanted[list].as_object().unwrap() {
            let exact =
                version.as_str().unwrap().split('.').all(|part| part.parse::<u32>().is_ok());
            assert!(exact, "{name} is not fixed: {version}");
        }
    }
}
