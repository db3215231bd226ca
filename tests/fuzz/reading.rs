//! What holds for every config file, schedule and name.

use std::fmt::{Debug, Display};
use std::path::Path;
use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};
use clap::Parser as _;
use tandem::cli::Cli;
use tandem::config::{Config, Diagnostic, Env, Schedule};
use tandem::model::{DataSourceId, IssueRef, ItemRef, NotionUserId, PageId, RepoName};
use tandem::notion::stable_files;
use toml::{Table, Value};

use crate::config::TOKENS;
use crate::harness::tally;
use crate::laws::{Law, holds};

/// A key that no section knows.
const UNKNOWN: &str = "zqunknown";

fn parse(text: &str) -> Result<Config, tandem::config::Diagnostics> {
    Config::parse(text, Path::new("config.toml"), &Env::default())
}

/// A config is read or refused, always in the same way, with places and without secrets.
pub(crate) fn is_read(text: &str) -> Law {
    let (first, again) = (parse(text), parse(text));
    holds("a file is read the same again", format!("{first:?}") == format!("{again:?}"))?;
    let said = match &first {
        Ok(config) => format!("{config:?}"),
        Err(found) => format!("{found}\n{found:?}"),
    };
    for token in TOKENS.iter().filter(|token| text.contains(*token)) {
        holds("no message shows a token", !said.contains(&token[16..]))?;
    }
    match first {
        Ok(config) => {
            tally("read");
            is_respelled(text, &config)?;
            knows_its_keys(text)
        }
        Err(found) => {
            tally("refused");
            let shown = found.to_string();
            holds("there is a problem", !found.problems().is_empty())?;
            found.problems().iter().try_for_each(|problem| names_its_place(text, &shown, problem))
        }
    }
}

fn names_its_place(text: &str, shown: &str, problem: &Diagnostic) -> Law {
    let Some(at) = problem.at else { return Err("a problem has a place".to_owned()) };
    let count = text.split('\n').count();
    holds("a place is in the file", (1..=count).contains(&at.line) && at.column >= 1)?;
    let place = format!("config.toml:{}:{}", at.line, at.column);
    holds("a message names file and line", shown.contains(&place))?;
    let is_syntax = problem.problem.starts_with("this is not TOML");
    holds("a message names the key", is_syntax || !problem.key.is_empty())?;
    let said = [Some(&problem.problem), problem.accepted.as_ref(), problem.hint.as_ref()];
    let len: usize = said.iter().flatten().map(|text| text.len()).sum();
    holds("a message can be read", len < 4_000)
}

/// Order, quotes and white space mean nothing: the same data in another spelling is the same config.
fn is_respelled(text: &str, config: &Config) -> Law {
    let Ok(data) = toml::from_str::<Table>(text) else {
        return Err("what is read is TOML".to_owned());
    };
    let Ok(respelled) = toml::to_string(&data) else {
        tally("not respelled");
        return Ok(());
    };
    match parse(&respelled) {
        Ok(again) => holds(
            "another spelling is the same config",
            format!("{again:?}") == format!("{config:?}"),
        ),
        Err(found) => Err(format!("another spelling is refused: {found}\n{respelled}")),
    }
}

/// A key that no section knows is refused wherever it stands, and named.
fn knows_its_keys(text: &str) -> Law {
    let Ok(data) = toml::from_str::<Table>(text) else { return Ok(()) };
    for path in [
        &[][..],
        &["daemon"],
        &["github"],
        &["github", "app"],
        &["notion"],
        &["safety"],
        &["sync"],
        &["sync", "filter"],
        &["sync", "fields"],
        &["sync", "fields", "state"],
        &["sync", "fields", "body"],
        &["sync", "fields", "title"],
    ] {
        let mut data = data.clone();
        if !put_unknown(&mut data, path) {
            continue;
        }
        let text = toml::to_string(&data).unwrap_or_default();
        let Err(found) = parse(&text) else {
            return Err(format!("an unknown key is an error: {path:?}"));
        };
        let is_named =
            |problem: &Diagnostic| problem.at.is_some() && problem.key.ends_with(UNKNOWN);
        holds("an unknown key is named", found.problems().iter().any(is_named))?;
    }
    Ok(())
}

fn put_unknown(table: &mut Table, path: &[&str]) -> bool {
    let Some((first, rest)) = path.split_first() else {
        table.insert(UNKNOWN.to_owned(), Value::Integer(1));
        return true;
    };
    match table.get_mut(*first) {
        Some(Value::Table(inner)) => put_unknown(inner, rest),
        Some(Value::Array(items)) => match items.first_mut() {
            Some(Value::Table(inner)) => put_unknown(inner, rest),
            Some(_) | None => false,
        },
        Some(_) | None => false,
    }
}

/// A schedule is read or refused; its runs lie ahead and in order.
pub(crate) fn runs(text: &str, zone: &str, moment: &str) -> Law {
    let (Ok(zone), Ok(secs)) = (zone.parse(), moment.parse()) else { return Ok(()) };
    let schedule = match Schedule::parse(text, zone) {
        Ok(schedule) => schedule,
        Err(error) => {
            tally("refused");
            return holds("a message can be read", error.to_string().len() < 1_000);
        }
    };
    tally("read");
    let told = schedule.to_string();
    let again = told.strip_suffix(&format!(" ({zone})")).map(|text| Schedule::parse(text, zone));
    holds("a schedule is told as it is read", again == Some(Ok(schedule.clone())))?;
    let Some(start) = DateTime::<Utc>::from_timestamp(secs, 0) else { return Ok(()) };
    let mut moment = start;
    for _ in 0..4 {
        let Some(next) = schedule.next_after(moment) else { return Ok(()) };
        holds("a run lies ahead", next > moment)?;
        let between = moment + (next - moment) / 2;
        holds("a run stays where it is", schedule.next_after(between) == Some(next))?;
        let before = next - TimeDelta::seconds(1);
        holds(
            "a run stays where it is",
            before < moment || schedule.next_after(before) == Some(next),
        )?;
        moment = next;
    }
    Ok(())
}

/// A name is read or refused, and what is read is told so that it is read again.
pub(crate) fn is_named(text: &str) -> Law {
    comes_back::<ItemRef>(text)?;
    comes_back::<IssueRef>(text)?;
    comes_back::<RepoName>(text)?;
    comes_back::<PageId>(text)?;
    comes_back::<DataSourceId>(text)?;
    comes_back::<NotionUserId>(text)?;
    if let Some(issue) = IssueRef::from_html_url(text) {
        tally("address of an issue");
        holds("an issue is told by its name", issue.to_string().parse() == Ok(issue))?;
    }
    drop(Cli::try_parse_from(["tandem", "history", text]));
    let stable = stable_files(text);
    holds("cutting signatures off adds nothing", stable.len() <= text.len())
}

fn comes_back<T: FromStr + Display + PartialEq + Debug>(text: &str) -> Law
where
    T::Err: Display,
{
    match text.parse::<T>() {
        Ok(name) => {
            tally("name");
            let told = name.to_string();
            let again = told.parse::<T>().ok();
            holds("a name is told as it is read", again.as_ref() == Some(&name))
        }
        Err(error) => holds("a refusal is told", !error.to_string().is_empty()),
    }
}

#[test]
fn the_config_files_that_fuzzing_begins_with_are_read_or_refused_as_their_names_say() {
    for (text, is_read) in [
        (include_str!("seeds/several.config.toml"), true),
        (include_str!("seeds/spelled.config.toml"), true),
        (include_str!("seeds/wrong.config.toml"), false),
    ] {
        match parse(text) {
            Ok(_) => assert!(is_read, "{text}"),
            Err(found) => assert!(!is_read && found.problems().len() > 10, "{found}"),
        }
    }
}
