//! What kind of block a line begins: the subset of CommonMark that Notion renders, told by looking at one line.

use std::ops::Range;

use super::tag::{Form, Tag};

/// What a line (without blanks at its start) begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Start {
    Fence(Fence),
    /// `$$` alone.
    Dollars,
    Heading(Heading),
    Divider,
    Quote,
    Item(Marker),
    /// A tag of a block, open or alone.
    Tag(Tag),
}

/// The opening of fenced code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fence {
    sign: char,
    len: usize,
    /// What stands behind it.
    pub(super) info: Range<usize>,
}

impl Fence {
    /// Whether the line ends the code.
    pub(super) fn is_closed_by(&self, line: &str) -> bool {
        let rest = line.trim_matches([' ', '\t']).trim_start_matches(self.sign);
        rest.is_empty() && line.matches(self.sign).count() >= self.len
    }
}

/// The signs of a heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Heading {
    pub(super) level: usize,
    /// Where its text stands.
    pub(super) text: Range<usize>,
}

/// What an item begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Marker {
    /// The number, when it has one.
    pub(super) number: Option<u32>,
    /// Where the sign in the box stands, and whether it is ticked.
    pub(super) tick: Option<(Range<usize>, bool)>,
    /// Where what follows begins.
    pub(super) content: usize,
}

/// What the line begins; `None` for plain text. Positions count from its first character.
pub(super) fn start(line: &str) -> Option<Start> {
    match line.chars().next()? {
        '`' | '~' => fence(line).map(Start::Fence),
        '$' => (line.trim_end_matches([' ', '\t']) == "$$").then_some(Start::Dollars),
        '#' => heading(line).map(Start::Heading),
        '>' => Some(Start::Quote),
        '<' => Tag::parse(line)
            .filter(|tag| tag.form != Form::Close && is_block(&tag.name))
            .map(Start::Tag),
        '-' | '*' | '_' | '+' => {
            if is_divider(line) {
                return Some(Start::Divider);
            }
            marker(line).map(Start::Item)
        }
        '0'..='9' => marker(line).map(Start::Item),
        _ => None,
    }
}

fn fence(line: &str) -> Option<Fence> {
    let sign = line.chars().next()?;
    let len = line.chars().take_while(|c| *c == sign).count();
    let info = line.get(len..)?;
    if len < 3 || sign == '`' && info.contains('`') {
        return None;
    }
    let from = len + info.len() - info.trim_start_matches([' ', '\t']).len();
    let to = len + info.trim_end_matches([' ', '\t']).len();
    Some(Fence { sign, len, info: if from < to { from..to } else { len..len } })
}

fn heading(line: &str) -> Option<Heading> {
    let level = line.bytes().take_while(|byte| *byte == b'#').count();
    let rest = line.get(level..)?;
    if level > 6 || !(rest.is_empty() || rest.starts_with([' ', '\t'])) {
        return None;
    }
    let whole = rest.trim_end_matches([' ', '\t']);
    let bare = whole.trim_end_matches('#');
    // Signs at the end close it only when a blank stands before them.
    let closed = bare.len() < whole.len() && (bare.is_empty() || bare.ends_with([' ', '\t']));
    let text = if closed { bare.trim_end_matches([' ', '\t']) } else { whole };
    let from = level + text.len() - text.trim_start_matches([' ', '\t']).len();
    let to = level + text.len();
    if from < to {
        Some(Heading { level, text: from..to })
    } else {
        let at = level + usize::from(!rest.is_empty());
        Some(Heading { level, text: at..at })
    }
}

/// Three or more of one sign, blanks between them or not.
fn is_divider(line: &str) -> bool {
    let Some(sign) = line.chars().next().filter(|c| matches!(c, '-' | '*' | '_')) else {
        return false;
    };
    line.chars().all(|c| c == sign || matches!(c, ' ' | '\t')) && line.matches(sign).count() >= 3
}

fn marker(line: &str) -> Option<Marker> {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let (number, len) = match digits {
        0 if line.starts_with(['-', '*', '+']) => (None, 1),
        1..=9 if line.get(digits..)?.starts_with(['.', ')']) => {
            (Some(line.get(..digits)?.parse().ok()?), digits + 1)
        }
        _ => return None,
    };
    let rest = line.get(len..)?;
    if !(rest.is_empty() || rest.starts_with([' ', '\t'])) {
        return None;
    }
    let content = len + blanks(rest);
    match tick(line.get(content..)?) {
        Some((done, after)) => Some(Marker {
            number,
            tick: Some((content + 1..content + 2, done)),
            content: content + after,
        }),
        None => Some(Marker { number, tick: None, content }),
    }
}

/// Whether the box with which the text begins is ticked, and where what follows begins.
fn tick(text: &str) -> Option<(bool, usize)> {
    let done = match text.get(..3)? {
        "[ ]" => false,
        "[x]" | "[X]" => true,
        _ => return None,
    };
    let rest = text.get(3..)?;
    (rest.is_empty() || rest.starts_with([' ', '\t'])).then(|| (done, 3 + blanks(rest)))
}

fn blanks(text: &str) -> usize {
    text.len() - text.trim_start_matches([' ', '\t']).len()
}

/// The level of the heading that a line under a text makes of it.
pub(super) fn underline(line: &str) -> Option<u8> {
    let line = line.trim_matches([' ', '\t']);
    let all = |sign: char| !line.is_empty() && line.chars().all(|c| c == sign);
    if all('=') {
        Some(1)
    } else if all('-') {
        Some(2)
    } else {
        None
    }
}

/// Whether a tag of that name begins a block when it begins a line.
fn is_block(name: &str) -> bool {
    super::tags::holds_text(name)
        || super::tags::is_transparent(name)
        || super::tags::is_file(name)
        || super::tags::is_hidden(name)
        || matches!(name, "equation" | "table" | "image")
}
