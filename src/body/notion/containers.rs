//! Tags that begin a block: a title on the next lines, a blank line, children, the closing tag (notion-api §6.3.1).

use super::blocks::Reader;
use super::flow::{Flow, Found, Level, closing, hoist};
use super::tag::{Form, Tag};
use super::tags;
use crate::body::source::{Mark, Room, Spelling};
use crate::body::tree::{Block, Kind, Tone};
use crate::body::words::Words;

impl Reader<'_> {
    /// Reads the block of a tag; false when it is text after all.
    pub(super) fn tag(
        &mut self,
        flow: &mut Flow,
        tag: &Tag,
        at: usize,
        level: Level,
        found: &mut Found,
    ) -> bool {
        let name = tag.name.as_str();
        if tags::is_hidden(name) {
            self.hidden(flow, tag);
            true
        } else if tags::is_file(name) || name == "image" {
            self.file(flow, tag, at, found)
        } else if name == "equation" {
            self.equation(flow, tag, at, found)
        } else if name == "table" {
            self.table(flow, tag, at, found)
        } else if tags::is_transparent(name) {
            self.transparent(flow, tag, at, level, found)
        } else {
            self.titled(flow, tag, at, level, found)
        }
    }

    /// What has no place in the tree, up to its closing tag when it has one.
    fn hidden(&mut self, flow: &mut Flow, tag: &Tag) {
        let Some(line) = flow.line() else { return };
        let shown = line.of(self.text).trim_end_matches([' ', '\t']);
        let close = format!("</{}>", tag.name);
        if tag.form == Form::Open && !shown.ends_with(&close) {
            let end = self.close(flow, &tag.name, |line| line.trim_end().ends_with(&close));
            flow.at = end.unwrap_or(flow.at);
        }
        flow.at += 1;
        self.hidden.push(line.trimmed(self.text).start..flow.end(self.text));
    }

    /// What is inside stands where the tag stands.
    fn transparent(
        &mut self,
        flow: &mut Flow,
        tag: &Tag,
        at: usize,
        level: Level,
        found: &mut Found,
    ) -> bool {
        let Some(level) = level.through() else { return false };
        if tag.form == Form::Alone {
            flow.at += 1;
            return true;
        }
        let outer = (flow.counts, flow.kept);
        let is_list = matches!(tag.name.as_str(), "ul" | "ol");
        if is_list {
            flow.counts = tag.name == "ol";
        }
        // Its content belongs to another page; it is only shown here.
        flow.kept |= tag.name == "synced-block-reference";
        let (start, count) = (flow.line().map_or(at, |line| line.start), found.marks.len());
        self.enter(flow, tag, at);
        self.flow(flow, level, found);
        let is_closed = self.leave(flow, &tag.name);
        // An item that has the list to itself comes and goes with it.
        if let (true, true, Some([only])) = (is_closed, is_list, found.marks.get_mut(count..)) {
            only.span = start..flow.end(self.text);
        }
        (flow.counts, flow.kept) = outer;
        true
    }

    fn titled(
        &mut self,
        flow: &mut Flow,
        tag: &Tag,
        at: usize,
        level: Level,
        found: &mut Found,
    ) -> bool {
        let (Some(inside), Some(first)) = (level.inside(), flow.line()) else { return false };
        let Some(kind) = kind(tag, flow.counts) else { return false };
        let part = matches!(kind, Kind::Todo { .. })
            .then(|| checked(self.slice(&(at..at + tag.len))))
            .flatten()
            .map(|range| at + range.start..at + range.end);
        if tag.form == Form::Alone {
            flow.at += 1;
            if !matches!(kind, Kind::Paragraph) {
                let mark = self.mark(flow, first.start..first.end, first.end..first.end);
                found.push(Block::new(kind, Vec::new()), Mark { part, ..mark });
            }
            return true;
        }
        self.enter(flow, tag, at);
        let (lines, text) = self.title(flow);
        let read = self.inline(&lines, Spelling::Lines);
        let mut children = Found::default();
        self.flow(flow, inside, &mut children);
        let end = flow.end(self.text);
        let has_room = self.leave(flow, &tag.name);
        let mark = self.mark(flow, first.start..flow.end(self.text), text);
        let mut mark = Mark {
            words: read.words.at,
            part,
            room: has_room.then(|| Room { at: end, prefix: flow.prefix.clone() }),
            children: children.marks,
            ..mark
        };
        let mut block = Block::new(kind, read.words.tokens);
        hoist(&mut block, &mut children.blocks, &mut mark);
        block.children = children.blocks.into();
        match read.image {
            Some(url) if matches!(block.kind, Kind::Paragraph) && block.children.is_empty() => {
                let words =
                    Words { tokens: block.text.to_vec(), at: std::mem::take(&mut mark.words) };
                self.image(url, words, mark, found);
            }
            _ if block.is_blank() => {}
            _ => found.push(block, mark),
        }
        true
    }

    /// What follows the tag on its line is a line of its own.
    fn enter(&mut self, flow: &mut Flow, tag: &Tag, at: usize) {
        let after = at + tag.len;
        let text = self.text;
        if let Some(line) = flow.lines.get_mut(flow.at) {
            let end = line.end;
            line.end = after.min(end);
            let rest = super::lines::Line { start: after.min(end), end };
            flow.at += 1;
            if !rest.is_blank(text) {
                flow.lines.insert(flow.at, rest);
            }
        }
        flow.open.push(tag.name.clone());
    }

    /// Takes the closing tag when it is there, another's is left to the other; whether it has a line of its own.
    fn leave(&mut self, flow: &mut Flow, name: &str) -> bool {
        flow.open.pop();
        let Some(line) = flow.line() else {
            self.reach = usize::MAX;
            return false;
        };
        let before = flow.at.checked_sub(1).and_then(|at| flow.lines.get(at));
        if closing(line.of(self.text)) != Some(name) {
            return false;
        }
        flow.at += 1;
        before.is_none_or(|before| before.end < line.start)
    }
}

fn kind(tag: &Tag, counts: bool) -> Option<Kind> {
    Some(match tag.name.as_str() {
        "p" => Kind::Paragraph,
        "h1" => Kind::Heading(1),
        "h2" => Kind::Heading(2),
        "h3" => Kind::Heading(3),
        "h4" => Kind::Heading(4),
        "quote" => Kind::Quote,
        "toggle" => Kind::Toggle(tag.get("heading").and_then(heading)),
        "callout" => Kind::Callout(tone(tag)),
        "todo" => Kind::Todo { done: tag.get("checked") == Some("true") },
        "li" if counts => Kind::Number,
        "li" => Kind::Bullet,
        _ => return None,
    })
}

fn heading(value: &str) -> Option<u8> {
    let level = value.trim_start_matches('h').parse::<u8>().ok()?;
    (1..=4).contains(&level).then_some(level)
}

/// GitHub's alert that a callout looks like: by its icon, then by its colour.
fn tone(tag: &Tag) -> Tone {
    let icon = tag.get("icon").unwrap_or_default().replace('\u{fe0f}', "");
    match icon.as_str() {
        "ℹ" => return Tone::Note,
        "💡" => return Tone::Tip,
        "❗" => return Tone::Important,
        "⚠" => return Tone::Warning,
        "🛑" => return Tone::Caution,
        _ => {}
    }
    match tag.get("color").unwrap_or_default().trim_end_matches("_bg") {
        "green" => Tone::Tip,
        "purple" => Tone::Important,
        "yellow" | "orange" => Tone::Warning,
        "red" => Tone::Caution,
        _ => Tone::Note,
    }
}

/// Where the value of `checked` stands in a tag.
fn checked(tag: &str) -> Option<std::ops::Range<usize>> {
    let start = tag.find(" checked=\"")? + " checked=\"".len();
    let len = tag.get(start..)?.find('"')?;
    Some(start..start + len)
}
