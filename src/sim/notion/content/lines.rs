//! Before the markdown is parsed: tags that stand at the start of a line are set apart, because CommonMark would take
//! them for HTML. Each becomes a paragraph that holds nothing but the number of its [`Mark`].

use std::collections::{BTreeMap, BTreeSet};

use super::prefix::{Fence, Prefix};
use super::tags::{self, Form, Holds, Tag};

/// Surrounds the number of a mark. Noncharacters: no text may hold them, and those that do lose them.
pub(super) const MARK: char = '\u{FDD0}';
/// Stands before a `<` at the start of a line that must not begin an HTML block.
pub(super) const GUARD: char = '\u{FDD1}';
/// Surrounds the number of a mention that was set apart.
pub(super) const MENTION: char = '\u{FDD2}';

/// What markdown takes for blanks; any other white space is a letter.
pub(super) const BLANKS: [char; 2] = [' ', '\t'];

/// A text without the blanks at its ends.
pub(super) fn trimmed(text: &str) -> &str {
    text.trim_matches(BLANKS)
}

/// Whether a character is one of ours.
pub(super) fn is_ours(letter: char) -> bool {
    ('\u{FDD0}'..='\u{FDEF}').contains(&letter)
}

/// What a line started with.
#[derive(Debug, Clone)]
pub(super) enum Mark {
    /// An opening tag; `padded` when a blank line follows.
    Open { tag: Tag, padded: bool },
    /// A closing tag; `padded` when a blank line comes before it.
    Close { name: String, padded: bool },
    /// A tag that closes itself.
    Void(Tag),
    /// A tag with its text on one line.
    Line { tag: Tag, text: String },
    /// A tag with letters that are nobody's markup.
    Raw { tag: Tag, text: String },
}

impl Mark {
    fn source(&self) -> String {
        match self {
            Mark::Open { tag, .. } | Mark::Void(tag) => {
                tags::write(&tag.name, &tag.attributes, tag.form)
            }
            Mark::Close { name, .. } => format!("</{name}>"),
            Mark::Line { tag, text } => {
                format!(
                    "{}{text}</{}>",
                    tags::write(&tag.name, &tag.attributes, tag.form),
                    tag.name
                )
            }
            Mark::Raw { tag, text } if tag.form == Form::Void => format!("$$\n{text}\n$$"),
            Mark::Raw { tag, text } => {
                let open = tags::write(&tag.name, &tag.attributes, tag.form);
                format!("{open}\n{text}\n</{}>", tag.name)
            }
        }
    }
}

/// The text for the markdown parser, and what was set apart.
#[derive(Debug, Default)]
pub(super) struct Prepared {
    pub(super) text: String,
    pub(super) marks: Vec<Mark>,
    /// As they stood: `<mention ...>label</mention>`.
    pub(super) mentions: Vec<String>,
    /// How many tags of a name are open.
    open: BTreeMap<String, usize>,
    /// Ends of raw lines that do not come any more.
    exhausted: BTreeSet<String>,
}

/// Sets the tags apart.
pub(super) fn prepare(text: &str) -> Prepared {
    let lines: Vec<&str> = text.split('\n').collect();
    let mut prepared = Prepared::default();
    let mut fence: Option<Fence> = None;
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        at += 1;
        if let Some(open) = &fence
            && let Some(words) = open.inside(line)
        {
            if open.is_closed_by(words) {
                fence = None;
            }
            prepared.push(line);
            continue;
        }
        let prefix = Prefix::of(line);
        fence = Fence::opened(&prefix);
        if fence.is_some() {
            prepared.push(line);
        } else if trimmed(prefix.words) == "$$" {
            match prepared.raw_lines(&lines, at, "$$") {
                Some((raw, end)) => {
                    prepared.equation(&prefix, raw, Tag::void("equation"));
                    at = end;
                }
                None => prepared.push(line),
            }
        } else if prefix.words.starts_with('<') {
            let blank = |at: Option<usize>| {
                at.and_then(|at| lines.get(at)).is_some_and(|line| trimmed(line).is_empty())
            };
            let padded = Padded { after: blank(Some(at)), before: blank(at.checked_sub(2)) };
            at = prepared.tagged_line(&prefix, &padded, &lines, at);
        } else {
            prepared.words_line(prefix.before, prefix.words, &prefix);
        }
    }
    prepared
}

/// Blank lines around the line in hand.
struct Padded {
    after: bool,
    before: bool,
}

impl Tag {
    fn void(name: &str) -> Tag {
        Tag { name: name.to_owned(), attributes: BTreeMap::new(), form: Form::Void }
    }
}

impl Prepared {
    /// The lines up to the one that says `end`, and where the text goes on.
    fn raw_lines(&mut self, lines: &[&str], from: usize, end: &str) -> Option<(String, usize)> {
        if self.exhausted.contains(end) {
            return None;
        }
        let Some(length) = lines.iter().skip(from).position(|line| trimmed(line) == end) else {
            self.exhausted.insert(end.to_owned());
            return None;
        };
        let raw: Vec<&str> = lines.iter().skip(from).take(length).copied().collect();
        Some((raw.join("\n"), from + length + 1))
    }

    fn push(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn mark(&mut self, prefix: &Prefix<'_>, first: &mut bool, mark: Mark) {
        let number = self.marks.len();
        self.marks.push(mark);
        let continued = prefix.continued();
        if *first && !prefix.has_marker {
            self.push(&continued);
        }
        let before = if *first { prefix.before } else { &continued };
        let line = format!("{before}{MARK}{number}{MARK}");
        self.push(&line);
        self.push(&continued);
        *first = false;
    }

    fn equation(&mut self, prefix: &Prefix<'_>, raw: String, tag: Tag) {
        let width = prefix.continued();
        let text: Vec<&str> = raw.split('\n').map(|line| without(line, &width)).collect();
        self.mark(prefix, &mut true, Mark::Raw { tag, text: text.join("\n") });
    }

    /// A line whose words start with `<`; the answer is where the text goes on.
    fn tagged_line(
        &mut self,
        prefix: &Prefix<'_>,
        padded: &Padded,
        lines: &[&str],
        next: usize,
    ) -> usize {
        let mut rest = prefix.words;
        let mut first = true;
        let mut ends = Ends::default();
        while let Some((tag, length)) = tags::read(rest) {
            let Some(known) = tags::block_tag(&tag.name) else { break };
            rest = rest.get(length..).unwrap_or_default();
            let is_last = trimmed(rest).is_empty();
            match tag.form {
                Form::Void => self.mark(prefix, &mut first, Mark::Void(tag)),
                Form::Close => {
                    self.closed(&tag.name);
                    let padded = padded.before && first;
                    self.mark(prefix, &mut first, Mark::Close { name: tag.name, padded });
                }
                Form::Open => {
                    let end = format!("</{}>", tag.name);
                    match (known.holds, ends.find(&end, rest)) {
                        (Holds::Raw, None) if is_last => {
                            if let Some((raw, next)) = self.raw_lines(lines, next, &end) {
                                self.equation(prefix, raw, tag);
                                return next;
                            }
                            self.mark(prefix, &mut first, Mark::Void(tag));
                        }
                        (Holds::Text | Holds::Titled | Holds::Raw, Some(at))
                            if !rest.get(..at).is_some_and(|text| nests(text, &tag.name)) =>
                        {
                            let text = rest.get(..at).unwrap_or_default().to_owned();
                            rest = rest.get(at + end.len()..).unwrap_or_default();
                            let mark = if known.holds == Holds::Raw {
                                Mark::Raw { tag, text }
                            } else {
                                Mark::Line { tag, text }
                            };
                            self.mark(prefix, &mut first, mark);
                        }
                        (Holds::Nothing, _) => self.mark(prefix, &mut first, Mark::Void(tag)),
                        (Holds::Text | Holds::Titled | Holds::Blocks | Holds::Raw, _) => {
                            *self.open.entry(tag.name.clone()).or_default() += 1;
                            let padded = is_last && padded.after;
                            self.mark(prefix, &mut first, Mark::Open { tag, padded });
                        }
                    }
                }
            }
            rest = rest.trim_start_matches(BLANKS);
        }
        if !trimmed(rest).is_empty() {
            let before = if first { prefix.before.to_owned() } else { prefix.continued() };
            self.words_line(&before, rest, prefix);
        }
        next
    }

    /// A text without marks: each is the line it stood for again.
    pub(super) fn unmarked(&self, text: &str) -> String {
        let mut out = String::new();
        let mut parts = text.split(MARK);
        out.push_str(parts.next().unwrap_or_default());
        while let (Some(number), Some(after)) = (parts.next(), parts.next()) {
            // The blank line before a mark, and the one after it, came with it.
            let place = out.trim_end_matches([' ', '\t', '>']).len();
            if out.get(..place).is_some_and(|before| before.ends_with("\n\n")) {
                out.truncate(place);
                out.pop();
            }
            let mark = number.parse::<usize>().ok().and_then(|number| self.marks.get(number));
            out.push_str(&mark.map_or_else(String::new, Mark::source));
            out.push_str(after.strip_prefix('\n').unwrap_or(after));
        }
        out.replace(is_ours, "")
    }

    fn closed(&mut self, name: &str) {
        if let Some(open) = self.open.get_mut(name) {
            *open = open.saturating_sub(1);
        }
    }

    /// A line of words: closing tags at its end are set apart, and it cannot begin an HTML block.
    fn words_line(&mut self, before: &str, words: &str, prefix: &Prefix<'_>) {
        let mut words = words;
        let mut closing = Vec::new();
        while let Some((left, name)) = closing_at_end(words) {
            if self.open.get(name).is_none_or(|open| *open == 0) {
                break;
            }
            self.closed(name);
            closing.push(name.to_owned());
            words = left;
        }
        if !words.is_empty() || closing.is_empty() {
            self.text.push_str(before);
            if words.starts_with('<') {
                self.text.push(GUARD);
            }
            self.mentions_apart(words);
            self.text.push('\n');
        }
        for name in closing.into_iter().rev() {
            self.mark(
                &prefix.following(&prefix.continued()),
                &mut true,
                Mark::Close { name, padded: false },
            );
        }
    }

    /// Mentions with a label become a number: nothing in a label is markup.
    pub(super) fn mentions_apart(&mut self, words: &str) {
        let mut rest = words;
        while let Some(at) = rest.find("<mention") {
            let (left, here) = rest.split_at(at);
            self.text.push_str(left);
            let length = (!is_escaped_after(left)).then(|| mention_length(here)).flatten();
            match length {
                Some(length) => {
                    let (mention, after) = here.split_at(length);
                    let number = self.mentions.len();
                    self.mentions.push(mention.to_owned());
                    self.text.push_str(&format!("{MENTION}{number}{MENTION}"));
                    rest = after;
                }
                None => {
                    let (tag, after) = here.split_at("<mention".len());
                    self.text.push_str(tag);
                    rest = after;
                }
            }
        }
        self.text.push_str(rest);
    }
}

/// A label with a backtick could reach into code, and is left to the inline reader.
fn mention_length(text: &str) -> Option<usize> {
    let (tag, length) = tags::read(text)?;
    if tag.name != "mention" || tag.form != Form::Open {
        return None;
    }
    let label = text.get(length..)?;
    let end = label.find(['`', '<'])?;
    label.get(end..)?.starts_with("</mention>").then_some(length + end + "</mention>".len())
}

/// Whether a tag of this name begins in a text, so that the first end is not its own.
fn nests(text: &str, name: &str) -> bool {
    text.match_indices('<').any(|(at, _)| {
        text.get(at + 1..).and_then(|after| after.strip_prefix(name)).is_some_and(|after| {
            !after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_')
        })
    })
}

/// Whether what follows these words is escaped.
fn is_escaped_after(words: &str) -> bool {
    words.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1
}

fn closing_at_end(words: &str) -> Option<(&str, &str)> {
    let name = words.trim_end_matches(BLANKS).strip_suffix('>')?;
    let at = name.rfind("</")?;
    let (left, name) = (name.get(..at)?, name.get(at + 2..)?);
    let known = tags::block_tag(name)?;
    (!is_escaped_after(left)).then_some((left, known.name))
}

/// A line without the place its container takes.
fn without<'a>(line: &'a str, continued: &str) -> &'a str {
    let mut rest = line;
    for letter in continued.chars() {
        rest = match (letter, rest.chars().next()) {
            (_, Some(' ' | '\t')) | ('>', Some('>')) => rest.get(1..).unwrap_or_default(),
            (_, _) => return rest,
        };
    }
    rest
}

/// Where closing tags stand on one line, so that no line is searched twice for the same.
#[derive(Default)]
struct Ends(BTreeMap<String, Option<usize>>);

impl Ends {
    /// Remembered as bytes from the end of the line, which does not move.
    fn find(&mut self, end: &str, rest: &str) -> Option<usize> {
        match self.0.get(end) {
            Some(None) => return None,
            Some(Some(from_end)) if *from_end <= rest.len() => return Some(rest.len() - from_end),
            Some(Some(_)) | None => {}
        }
        let found = rest.find(end);
        self.0.insert(end.to_owned(), found.map(|at| rest.len() - at));
        found
    }
}
