//! Reads a parsed TOML document section by section and notes every problem with its place.

use std::ops::{Range, RangeInclusive};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::diagnostics::{Complaint, Diagnostic};
use super::redact::{is_token, shown};
use super::source::{Quote, Source};
use super::vocabulary::{self, Kind};

/// The problems found so far.
#[derive(Debug)]
pub(super) struct Problems<'t> {
    source: Source<'t>,
    found: Vec<Diagnostic>,
}

impl<'t> Problems<'t> {
    pub(super) fn new(source: Source<'t>) -> Problems<'t> {
        Problems { source, found: Vec::new() }
    }

    pub(super) fn into_found(self) -> Vec<Diagnostic> {
        self.found
    }

    /// Notes a problem of a key, or of a section whose header is marked.
    pub(super) fn at_key(&mut self, path: &str, span: &Range<usize>, complaint: Complaint) {
        self.note(path, span, Quote::Key, complaint);
    }

    /// Notes a problem of a value.
    pub(super) fn at_value(&mut self, entry: &Entry<'_>, complaint: Complaint) {
        let quote =
            if entry.may_be_quoted() && !complaint.unseen { Quote::Value } else { Quote::Hidden };
        self.note(&entry.path, &entry.at, quote, complaint);
    }

    fn note(&mut self, path: &str, span: &Range<usize>, quote: Quote, complaint: Complaint) {
        let Complaint { problem, accepted, hint, unseen: _ } = complaint;
        self.found.push(Diagnostic {
            at: Some(self.source.position(span.start)),
            key: path.to_owned(),
            problem,
            accepted,
            hint,
            excerpt: self.source.excerpt(span, quote),
        });
    }
}

/// A value of the file, with where it is.
#[derive(Debug, Clone)]
pub(super) struct Entry<'d> {
    pub(super) path: String,
    pub(super) at: Range<usize>,
    pub(super) value: &'d DeValue<'d>,
    secret: bool,
}

/// What a reading function gives: a value, or what is wrong with the entry.
pub(super) type Read<T> = Result<T, Complaint>;

impl<'d> Entry<'d> {
    /// Tables and what is or may be a secret are never quoted.
    fn may_be_quoted(&self) -> bool {
        !self.secret && !holds_table(self.value)
    }

    /// The entry as a text.
    pub(super) fn text(&self) -> Read<&'d str> {
        self.value.as_str().ok_or_else(|| self.wrong_type("a text in quotes"))
    }

    /// The entry as a text that says something.
    pub(super) fn filled_text(&self) -> Read<&'d str> {
        match self.text()? {
            text if text.trim().is_empty() => {
                Err(Complaint::new("this is empty").accepted("a text in quotes"))
            }
            text => Ok(text),
        }
    }

    /// The entry as a whole number in a range; `accepted` says which, with its unit.
    pub(super) fn number(&self, range: RangeInclusive<u64>, accepted: &str) -> Read<u64> {
        let integer = self.value.as_integer().ok_or_else(|| self.wrong_type(accepted))?;
        match u64::from_str_radix(integer.as_str(), integer.radix()) {
            Ok(number) if range.contains(&number) => Ok(number),
            Ok(_) | Err(_) => {
                Err(Complaint::new(format!("{} is out of range", shown(&integer.to_string())))
                    .accepted(accepted))
            }
        }
    }

    /// The entry as one of a few words.
    pub(super) fn choice<T: Copy>(&self, words: &[(&'static str, T)]) -> Read<T> {
        let accepted = listed(words.iter().map(|(word, _)| *word));
        let text = self.value.as_str().ok_or_else(|| self.wrong_type(&accepted))?;
        let Some((_, value)) = words.iter().find(|(word, _)| *word == text) else {
            let complaint =
                Complaint::new(format!("{} is not one of the words known here", shown(text)));
            let near = vocabulary::nearest(text, words.iter().map(|(word, _)| *word));
            return Err(with_suggestion(complaint.accepted(accepted), near));
        };
        Ok(*value)
    }

    /// The entries of a list.
    pub(super) fn list(&self, accepted: &str) -> Read<Vec<Entry<'d>>> {
        let items = self.value.as_array().ok_or_else(|| self.wrong_type(accepted))?;
        let entry = |(n, item): (usize, &'d Spanned<DeValue<'d>>)| Entry {
            path: format!("{}[{n}]", self.path),
            at: item.span(),
            value: item.get_ref(),
            secret: self.secret,
        };
        Ok(items.iter().enumerate().map(entry).collect())
    }

    /// What to say when the entry has another type than the accepted one.
    pub(super) fn wrong_type(&self, accepted: &str) -> Complaint {
        let found = match self.value {
            DeValue::String(_) => "a text",
            DeValue::Integer(_) => "a number",
            DeValue::Float(_) => "a fractional number",
            DeValue::Boolean(true) => "`true`",
            DeValue::Boolean(false) => "`false`",
            DeValue::Datetime(_) => "a date or time",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        Complaint::new(format!("{found} cannot stand here")).accepted(accepted)
    }
}

/// A table of the file whose keys have been checked.
#[derive(Debug)]
pub(super) struct Section<'d> {
    pub(super) path: String,
    /// Its header, or the inline table.
    pub(super) at: Range<usize>,
    /// `None`: the section is absent, or is no table, which has been noted.
    table: Option<&'d DeTable<'d>>,
    kind: &'static Kind,
}

impl<'d> Section<'d> {
    /// The top of the file.
    pub(super) fn root(
        table: &'d Spanned<DeTable<'d>>,
        problems: &mut Problems<'_>,
    ) -> Section<'d> {
        let section = Section {
            path: String::new(),
            at: 0..0,
            table: Some(table.get_ref()),
            kind: &vocabulary::ROOT,
        };
        section.check_keys(problems);
        section
    }

    /// An entry as a section; unknown keys in it are noted at once. One that is no table is noted and then read as empty.
    pub(super) fn of(
        entry: &Entry<'d>,
        kind: &'static Kind,
        problems: &mut Problems<'_>,
    ) -> Section<'d> {
        let table = entry.value.as_table();
        if table.is_none() {
            let accepted = format!("a table with {}", listed(kind.keys.iter().copied()));
            problems.at_value(entry, entry.wrong_type(&accepted));
        }
        let section = Section { path: entry.path.clone(), at: entry.at.clone(), table, kind };
        section.check_keys(problems);
        section
    }

    /// An entry as a section whose keys have been checked before.
    pub(super) fn checked(entry: &Entry<'d>, kind: &'static Kind) -> Section<'d> {
        Section {
            path: entry.path.clone(),
            at: entry.at.clone(),
            table: entry.value.as_table(),
            kind,
        }
    }

    /// A section inside this one that may be absent; then every key of it has its default.
    pub(super) fn sub(
        &self,
        key: &str,
        kind: &'static Kind,
        problems: &mut Problems<'_>,
    ) -> Section<'d> {
        match self.entry(key) {
            Some(entry) => Section::of(&entry, kind, problems),
            None => Section { path: join(&self.path, key), at: self.at.clone(), table: None, kind },
        }
    }

    /// The keys of this section that stand in the file, with their places.
    pub(super) fn keys(&self) -> Vec<(&'d str, Range<usize>)> {
        let keys = self.table.into_iter().flat_map(DeTable::keys);
        keys.map(|key| (key.get_ref().as_ref(), key.span())).collect()
    }

    fn check_keys(&self, problems: &mut Problems<'_>) {
        for (name, span) in self.keys() {
            if self.kind.keys.contains(&name) {
                continue;
            }
            let complaint = if self.kind.later.contains(&name) {
                if self.entry(name).is_some_and(|entry| entry.value.as_bool() == Some(false)) {
                    continue;
                }
                Complaint::new(format!("`{name}` is not available in this version"))
                    .accepted("false")
                    .hint("leave it out")
            } else {
                self.unknown_key(name)
            };
            problems.at_key(&join(&self.path, name), &span, complaint);
        }
    }

    fn unknown_key(&self, name: &str) -> Complaint {
        let accepted = listed(self.kind.keys.iter().copied());
        let complaint = Complaint::new(format!("unknown key {}", shown(name))).accepted(accepted);
        match vocabulary::home_of(name) {
            Some(home) => complaint.hint(home),
            None => with_suggestion(
                complaint,
                vocabulary::nearest(name, self.kind.keys.iter().copied()),
            ),
        }
    }

    /// The entry of a key, when it is there.
    pub(super) fn entry(&self, key: &str) -> Option<Entry<'d>> {
        let value = self.table?.get(key)?;
        Some(Entry {
            path: join(&self.path, key),
            at: value.span(),
            value: value.get_ref(),
            secret: vocabulary::is_secret(key),
        })
    }

    /// Where a key stands.
    pub(super) fn key_span(&self, key: &str) -> Range<usize> {
        let found = self.table.and_then(|table| table.get_key_value(key));
        found.map_or_else(|| self.at.clone(), |(key, _)| key.span())
    }

    /// The value of a key, or the default when the key is absent. A bad value is noted and gives the default too, so that
    /// reading goes on to the next problem.
    pub(super) fn read_or<T>(
        &self,
        key: &str,
        default: T,
        problems: &mut Problems<'_>,
        read: impl FnOnce(&Entry<'d>) -> Read<T>,
    ) -> T {
        self.read(key, problems, read).unwrap_or(default)
    }

    /// The value of a key; `None` when it is absent or bad, and bad is noted.
    pub(super) fn read<T>(
        &self,
        key: &str,
        problems: &mut Problems<'_>,
        read: impl FnOnce(&Entry<'d>) -> Read<T>,
    ) -> Option<T> {
        let entry = self.entry(key)?;
        read(&entry).map_err(|complaint| problems.at_value(&entry, complaint)).ok()
    }

    /// The value of a key that must be there.
    pub(super) fn require<T>(
        &self,
        key: &str,
        accepted: &str,
        problems: &mut Problems<'_>,
        read: impl FnOnce(&Entry<'d>) -> Read<T>,
    ) -> Option<T> {
        if self.entry(key).is_none() {
            let place = if self.kind.name.is_empty() { "the file" } else { self.kind.name };
            let complaint =
                Complaint::new(format!("`{key}` is missing in {place}")).accepted(accepted);
            problems.at_key(&join(&self.path, key), &self.at, complaint);
        }
        self.read(key, problems, read)
    }
}

/// The entries of a table whose keys are not ours, such as `[users]`: key, its place, entry.
pub(super) fn table_entries<'d>(
    table: &'d DeTable<'d>,
    path: &str,
) -> impl Iterator<Item = (&'d str, Range<usize>, Entry<'d>)> {
    table.iter().map(move |(key, value)| {
        let name: &str = key.get_ref();
        let entry = Entry {
            path: join(path, name),
            at: value.span(),
            value: value.get_ref(),
            secret: false,
        };
        (name, key.span(), entry)
    })
}

/// Notes every token that stands in the file, whatever its key: nothing of it may reach a log (I17). References to
/// secrets are left to those who read them.
pub(super) fn refuse_tokens(table: &DeTable<'_>, path: &str, problems: &mut Problems<'_>) {
    for (key, value) in table {
        let name: &str = key.get_ref();
        let path = join(path, name);
        if is_token(name) {
            problems.at_key(&path, &key.span(), a_token_stands_here());
        }
        if !vocabulary::REFERENCES.contains(&path.as_str()) {
            refuse_tokens_in(value, &path, problems);
        }
    }
}

fn refuse_tokens_in(value: &Spanned<DeValue<'_>>, path: &str, problems: &mut Problems<'_>) {
    match value.get_ref() {
        DeValue::String(text) => {
            if is_token(text) {
                problems.note(path, &value.span(), Quote::Hidden, a_token_stands_here());
            }
        }
        DeValue::Array(items) => {
            for (n, item) in items.iter().enumerate() {
                refuse_tokens_in(item, &format!("{path}[{n}]"), problems);
            }
        }
        DeValue::Table(table) => refuse_tokens(table, path, problems),
        DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_) => {}
    }
}

/// What to say when a token itself is in the file.
pub(super) fn a_token_stands_here() -> Complaint {
    Complaint::new("a token is written here in full (it is not shown)")
        .accepted(super::secret::ACCEPTED)
        .hint(
            "take the token out of this file; if others could read the file, replace the token too",
        )
}

/// The path of a key inside a section. A key that is not a bare word is quoted; one that may hold a token is left out.
fn join(path: &str, key: &str) -> String {
    let bare =
        !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    let key = if super::redact::may_hold_token(key) {
        "…".to_owned()
    } else if bare {
        key.to_owned()
    } else {
        format!("\"{}\"", super::redact::plain(key, 60))
    };
    if path.is_empty() { key } else { format!("{path}.{key}") }
}

/// The words as a list for a message.
pub(super) fn listed<'w>(words: impl IntoIterator<Item = &'w str>) -> String {
    words.into_iter().collect::<Vec<_>>().join(", ")
}

fn with_suggestion(complaint: Complaint, near: Option<&str>) -> Complaint {
    match near {
        Some(word) => complaint.hint(format!("did you mean `{word}`?")),
        None => complaint,
    }
}

fn holds_table(value: &DeValue<'_>) -> bool {
    match value {
        DeValue::Table(_) => true,
        DeValue::Array(items) => items.iter().any(|item| holds_table(item.get_ref())),
        DeValue::String(_)
        | DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_) => false,
    }
}
