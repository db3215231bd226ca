//! When a value of an issue and a value of its page mean the same.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::{DateTime, SubsecRound, Utc};

use super::{StateWords, Terms, What};
use crate::sim::github::IssueView;
use crate::sim::notion::{Kind, Moment, PageView, Property, UserId};

/// Names of options longer than this many UTF-16 units are refused by Notion.
const OPTION_UNITS: usize = 100;
/// So much of a long name must at least be left, so that people recognise it.
const LEAST_KEPT_UNITS: usize = 80;

/// One issue and its page.
pub(super) struct Case<'a> {
    pub(super) issue: &'a IssueView,
    pub(super) page: PageView<'a>,
    pub(super) schema: &'a [Property],
    pub(super) terms: &'a Terms,
    /// When somebody else than ourselves last changed the issue; `None`: nobody is told apart.
    pub(super) changed_by_others: Option<DateTime<Utc>>,
}

/// Which long name each shortened option stands for, so that no option stands for two.
#[derive(Debug, Default)]
pub(super) struct Shortened(BTreeMap<(What, String), String>);

/// What a property shows.
#[derive(Debug, Clone, PartialEq)]
enum Shown {
    Text(String),
    Number(Option<f64>),
    Option(Option<String>),
    Options(BTreeSet<String>),
    Ticked(bool),
    People(Vec<UserId>),
    Time(Option<Moment>),
    /// The property is not there, or of a type that shows none of this.
    Nothing(String),
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Shown::Text(text) => write!(f, "{text:?}"),
            Shown::Number(Some(number)) => number.fmt(f),
            Shown::Option(Some(option)) => write!(f, "{option:?}"),
            Shown::Options(options) => write!(f, "{options:?}"),
            Shown::Ticked(ticked) => f.write_str(if *ticked { "ticked" } else { "not ticked" }),
            Shown::People(people) => {
                let ids: Vec<String> = people.iter().map(ToString::to_string).collect();
                write!(f, "people [{}]", ids.join(", "))
            }
            Shown::Time(Some(moment)) => moment.fmt(f),
            Shown::Number(None) | Shown::Option(None) | Shown::Time(None) => f.write_str("nothing"),
            Shown::Nothing(why) => f.write_str(why),
        }
    }
}

impl Case<'_> {
    /// Both values in words, when they do not mean the same.
    pub(super) fn differs(
        &self,
        what: What,
        property: &str,
        shortened: &mut Shortened,
    ) -> Option<(String, String)> {
        let shown = self.shown(property);
        if self.agrees(what, &shown, shortened) {
            return None;
        }
        Some((self.in_words(what), shown.to_string()))
    }

    fn agrees(&self, what: What, shown: &Shown, shortened: &mut Shortened) -> bool {
        let issue = self.issue;
        match what {
            What::Number => {
                matches!(shown, Shown::Number(Some(number)) if *number == exact(issue.number))
            }
            What::Title => matches!(shown, Shown::Text(text) if plain(text) == plain(&issue.title)),
            What::State => self.state_agrees(shown),
            What::Labels => names_agree(what, &issue.labels, shown, shortened),
            What::Assignees => self.assignees_agree(shown, shortened),
            What::Milestone => one_name_agrees(what, issue.milestone.as_deref(), shown, shortened),
            What::Type => one_name_agrees(what, issue.issue_type.as_deref(), shown, shortened),
            What::Repository => {
                one_name_agrees(what, Some(&repository_of(issue)), shown, shortened)
            }
            What::Author => {
                let author = issue.author.as_deref().unwrap_or("ghost");
                one_name_agrees(what, Some(author), shown, shortened)
            }
            What::Created => is_moment(shown, Some(issue.created_at)),
            What::Updated => self.updated_agrees(shown),
            What::Closed => is_moment(shown, issue.closed_at),
        }
    }

    fn shown(&self, property: &str) -> Shown {
        let page = &self.page;
        let known = self.schema.iter().find(|known| known.name == property);
        match known.map(|known| &known.kind) {
            Some(Kind::Title) => Shown::Text(page.title()),
            Some(Kind::RichText) => Shown::Text(page.text(property)),
            Some(Kind::Number | Kind::UniqueId { .. }) => Shown::Number(page.number(property)),
            Some(Kind::Url) => Shown::Text(page.url(property).unwrap_or_default()),
            Some(Kind::Select(_) | Kind::Status(_)) => Shown::Option(page.option(property)),
            Some(Kind::MultiSelect(_)) => Shown::Options(page.options(property)),
            Some(Kind::Checkbox) => Shown::Ticked(page.checked(property)),
            Some(Kind::People) => Shown::People(page.people(property)),
            Some(Kind::Date) => Shown::Time(page.date(property)),
            Some(
                other @ (Kind::Relation(_)
                | Kind::CreatedTime
                | Kind::LastEditedTime
                | Kind::CreatedBy
                | Kind::LastEditedBy
                | Kind::Other(_)),
            ) => Shown::Nothing(format!("`{property}` is of type {}", other.name())),
            None => Shown::Nothing(format!("there is no property `{property}`")),
        }
    }

    /// Several options may mean one state; a page without any is open.
    fn state_agrees(&self, shown: &Shown) -> bool {
        let issue = self.issue;
        match shown {
            Shown::Ticked(ticked) => *ticked == issue.is_closed,
            Shown::Option(None) => !issue.is_closed,
            Shown::Option(Some(option)) => self
                .terms
                .words
                .of(issue.is_closed, issue.state_reason.as_deref())
                .iter()
                .any(|word| folded(word) == folded(option)),
            Shown::Text(_)
            | Shown::Number(_)
            | Shown::Options(_)
            | Shown::People(_)
            | Shown::Time(_)
            | Shown::Nothing(_) => false,
        }
    }

    /// People nobody tied to an account, and accounts nobody tied to a person, are nobody's business.
    fn assignees_agree(&self, shown: &Shown, shortened: &mut Shortened) -> bool {
        let Shown::People(people) = shown else {
            return names_agree(What::Assignees, &self.issue.assignees, shown, shortened);
        };
        self.terms.people.iter().all(|(login, person)| {
            let assigned =
                self.issue.assignees.iter().any(|assignee| assignee.eq_ignore_ascii_case(login));
            assigned == people.contains(person)
        })
    }

    /// The page may lag behind what we ourselves did on GitHub, never behind what others did.
    fn updated_agrees(&self, shown: &Shown) -> bool {
        let at = self.issue.updated_at;
        if is_moment(shown, Some(at)) {
            return true;
        }
        match (self.changed_by_others, shown) {
            (Some(others), Shown::Time(Some(moment))) => {
                let shown = instant(*moment);
                others.trunc_subsecs(0) <= shown && shown <= at
            }
            (_, _) => false,
        }
    }

    fn in_words(&self, what: What) -> String {
        let issue = self.issue;
        match what {
            What::Number => issue.number.to_string(),
            What::Title => format!("{:?}", issue.title),
            What::State if issue.is_closed => {
                format!("closed ({})", issue.state_reason.as_deref().unwrap_or("no reason"))
            }
            What::State => "open".to_owned(),
            What::Labels => format!("{:?}", issue.labels),
            What::Assignees => format!("{:?}", issue.assignees),
            What::Milestone => quoted(issue.milestone.as_deref()),
            What::Type => quoted(issue.issue_type.as_deref()),
            What::Repository => repository_of(issue),
            What::Author => quoted(issue.author.as_deref()),
            What::Created => issue.created_at.to_rfc3339(),
            What::Updated => issue.updated_at.to_rfc3339(),
            What::Closed => {
                issue.closed_at.map_or_else(|| "nothing".to_owned(), |at| at.to_rfc3339())
            }
        }
    }
}

impl StateWords {
    /// The options that say this.
    fn of(&self, is_closed: bool, reason: Option<&str>) -> &[String] {
        let told_apart = |words: &'_ [String]| !words.is_empty();
        match (is_closed, reason) {
            (false, _) => &self.open,
            (true, Some("not_planned")) if told_apart(&self.not_planned) => &self.not_planned,
            (true, Some("duplicate")) if told_apart(&self.duplicate) => &self.duplicate,
            (true, _) => &self.completed,
        }
    }
}

/// `owner/name`, as the address of the issue has it.
pub(super) fn repository_of(issue: &IssueView) -> String {
    let mut parts = issue.url.rsplit('/').skip(2);
    match (parts.next(), parts.next()) {
        (Some(name), Some(owner)) => format!("{owner}/{name}"),
        (_, _) => issue.url.clone(),
    }
}

fn names_agree(
    what: What,
    names: &BTreeSet<String>,
    shown: &Shown,
    shortened: &mut Shortened,
) -> bool {
    let Shown::Options(options) = shown else { return false };
    let every_name_shows = names
        .iter()
        .all(|name| options.iter().any(|option| shortened.stands_for(what, option, name)));
    let every_option_is_meant = options
        .iter()
        .all(|option| names.iter().any(|name| shortened.stands_for(what, option, name)));
    every_name_shows && every_option_is_meant
}

fn one_name_agrees(
    what: What,
    name: Option<&str>,
    shown: &Shown,
    shortened: &mut Shortened,
) -> bool {
    match (name, shown) {
        (None, Shown::Option(None)) => true,
        (None, Shown::Text(text)) => text.is_empty(),
        (Some(name), Shown::Option(Some(option))) => shortened.stands_for(what, option, name),
        (Some(name), Shown::Text(text)) => folded(&plain(text)) == folded(&plain(name)),
        (_, _) => false,
    }
}

impl Shortened {
    /// Whether an option is how Notion can show a name: without regard to case, with a look-alike for each comma, and
    /// when it is too long with its beginning, an ellipsis and a mark of its own.
    fn stands_for(&mut self, what: What, option: &str, name: &str) -> bool {
        let (option, name) = (folded(option), folded(&without_commas(&plain(name))));
        if option == name {
            return true;
        }
        if units(&name) <= OPTION_UNITS || units(&option) > OPTION_UNITS {
            return false;
        }
        let Some((kept, mark)) = option.rsplit_once('…') else { return false };
        if units(kept) < LEAST_KEPT_UNITS || mark.is_empty() || !name.starts_with(kept) {
            return false;
        }
        *self.0.entry((what, option)).or_insert_with(|| name.clone()) == name
    }
}

/// A text as either side can hold it: on one line, nothing invisible at its ends, no NUL.
fn plain(text: &str) -> String {
    let text = text.replace('\0', "").replace("\r\n", " ");
    text.replace(['\n', '\r', '\u{2028}', '\u{2029}'], " ").trim().to_owned()
}

fn without_commas(name: &str) -> String {
    name.replace(',', "\u{201A}")
}

fn folded(name: &str) -> String {
    name.to_lowercase()
}

fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

fn quoted(name: Option<&str>) -> String {
    name.map_or_else(|| "nothing".to_owned(), |name| format!("{name:?}"))
}

/// Issue numbers are far below 2^53.
#[allow(clippy::cast_precision_loss)]
fn exact(number: u64) -> f64 {
    number as f64
}

fn is_moment(shown: &Shown, at: Option<DateTime<Utc>>) -> bool {
    match (shown, at) {
        (Shown::Time(None), None) => true,
        (Shown::Time(Some(moment)), Some(at)) => {
            instant(*moment).trunc_subsecs(0) == at.trunc_subsecs(0)
        }
        (_, _) => false,
    }
}

fn instant(moment: Moment) -> DateTime<Utc> {
    match moment {
        Moment::Day(day) => day.and_time(chrono::NaiveTime::MIN).and_utc(),
        Moment::Time(time) => time.to_utc(),
    }
}
