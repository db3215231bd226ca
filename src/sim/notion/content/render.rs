//! From blocks to Notion's markdown, in the one form in which it is given out.

use super::block::{Attributes, Block, Content, Kind, Run};
use super::escape::Place;
use super::parse;
use super::rendering::{Indent, Rendering};
use super::spans;
use super::tags::{self, Form, Holds};

/// Writes a whole text.
pub(in crate::sim::notion) fn render(blocks: &[Block], rendering: &Rendering) -> String {
    let mut text = Writer { rendering }.blocks(blocks);
    if rendering.final_newline && !text.is_empty() {
        text.push('\n');
    }
    text
}

struct Writer<'r> {
    rendering: &'r Rendering,
}

const IN_PARAGRAPH: Place = Place { on_one_line: false, in_link: false, keeps_edges: false };
const ON_ONE_LINE: Place = Place { on_one_line: true, in_link: false, keeps_edges: false };
const BETWEEN_TAGS: Place = Place { on_one_line: true, in_link: false, keeps_edges: true };

/// How a block stands in a list, when its plain form does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Listed {
    Bullet,
    Number,
}

impl Writer<'_> {
    fn blocks(&self, blocks: &[Block]) -> String {
        let mut out = String::new();
        let mut before = None;
        let mut number = 0_usize;
        let mut rest = blocks;
        while let Some(block) = rest.first() {
            let listed = listed(block);
            let is_numbered = block.content.kind == Kind::Numbered;
            number = if is_numbered && self.rendering.counts_up {
                number + 1
            } else {
                is_numbered.into()
            };
            let (text, taken) = match listed {
                Some(_) => (self.item(block, number), 1),
                None if is_item(&block.content.kind) => self.tagged_items(rest),
                None => (self.block(block), 1),
            };
            if !out.is_empty() {
                let is_same_list = listed.is_some() && listed == before;
                out.push_str(if is_same_list && !self.rendering.loose_lists {
                    "\n"
                } else {
                    "\n\n"
                });
            }
            out.push_str(&text);
            before = listed;
            rest = rest.get(taken..).unwrap_or_default();
        }
        out
    }

    fn text(&self, runs: &[Run], place: Place) -> String {
        spans::write(runs, place, self.rendering)
    }

    /// An item with its marker.
    fn item(&self, block: &Block, number: usize) -> String {
        let marker = if block.content.kind == Kind::Numbered {
            format!("{number}. ")
        } else {
            (if self.rendering.star_bullets { "* " } else { "- " }).to_owned()
        };
        let task = if let Kind::ToDo(checked) = block.content.kind {
            if checked { "[x] " } else { "[ ] " }
        } else {
            ""
        };
        let text = self.text(&block.content.text, IN_PARAGRAPH);
        let mut out = format!("{marker}{task}");
        push_indented(&mut out, &text, &" ".repeat(marker.len()));
        if out.ends_with(' ') && text.is_empty() {
            out.pop();
        }
        if block.children.is_empty() {
            return out;
        }
        let first = block.children.first();
        let is_tight = !self.rendering.loose_lists
            && first.is_some_and(|first| listed(first).is_some() && !first.content.text.is_empty());
        out.push_str(if is_tight { "\n" } else { "\n\n" });
        let indent = match self.rendering.indent {
            Indent::Tab if marker.len() <= 4 => "\t".to_owned(),
            Indent::Tab => "\t\t".to_owned(),
            Indent::Two => " ".repeat(marker.len()),
            Indent::Four => " ".repeat(marker.len().max(4)),
        };
        out.push_str(&indent);
        push_indented(&mut out, &self.blocks(&block.children), &indent);
        out
    }

    /// Items of one list that need tags; also how many they are.
    fn tagged_items(&self, blocks: &[Block]) -> (String, usize) {
        let Some(first) = blocks.first().map(|block| &block.content) else {
            return (String::new(), 1);
        };
        let kind = first.attribute("type");
        let items: Vec<&Block> = blocks
            .iter()
            .take_while(|block| {
                block.content.kind == first.kind
                    && listed(block).is_none()
                    && block.content.attribute("type") == kind
            })
            .collect();
        let name = if first.kind == Kind::Numbered { "ol" } else { "ul" };
        let attributes: Attributes =
            kind.map(|kind| ("type".to_owned(), kind.to_owned())).into_iter().collect();
        let mut lines = vec![tags::write(name, &attributes, Form::Open)];
        for item in &items {
            let mut attributes = item.content.attributes.clone();
            attributes.remove("type");
            lines.push(self.between(item, "li", &attributes));
        }
        lines.push(format!("</{name}>"));
        (lines.join("\n"), items.len())
    }

    fn block(&self, block: &Block) -> String {
        let Content { kind, attributes, text } = &block.content;
        let is_bare = attributes.is_empty() && block.children.is_empty();
        match kind {
            Kind::Paragraph if is_bare && text.is_empty() => "<p />".to_owned(),
            Kind::Paragraph if is_bare && !has_edge_blanks(text) => self.text(text, IN_PARAGRAPH),
            Kind::Heading(level) if is_bare => {
                let text = self.text(text, ON_ONE_LINE);
                format!("{} {text}", "#".repeat(usize::from(*level)))
                    .trim_end_matches(' ')
                    .to_owned()
            }
            Kind::Quote if is_bare && !self.rendering.quote_tags => {
                let mut out = "> ".to_owned();
                push_indented(&mut out, &self.text(text, IN_PARAGRAPH), "> ");
                out.trim_end_matches(' ').to_owned()
            }
            Kind::Code => self.code(&block.content),
            Kind::Equation => equation(&block.content),
            Kind::Divider => "---".to_owned(),
            Kind::Image if attributes.len() == 1 && attributes.contains_key("source") => {
                let source = block.content.attribute("source").unwrap_or_default();
                let caption = self.text(text, Place { in_link: true, ..ON_ONE_LINE });
                let mut out = format!("![{caption}](");
                spans::destination(&mut out, source);
                out.push(')');
                out
            }
            Kind::Table if !self.rendering.table_tags => {
                self.pipes(block).unwrap_or_else(|| self.table(block))
            }
            Kind::Table => self.table(block),
            Kind::Paragraph
            | Kind::Heading(_)
            | Kind::Toggle(_)
            | Kind::Bulleted
            | Kind::Numbered
            | Kind::ToDo(_)
            | Kind::Quote
            | Kind::Callout
            | Kind::Row
            | Kind::Cell
            | Kind::Image
            | Kind::Page
            | Kind::Database
            | Kind::Unknown
            | Kind::Tagged(_) => {
                let name = tags::tag_of(kind).map_or("p", |tag| tag.name);
                self.between(block, name, &with_kind(&block.content))
            }
        }
    }

    /// A block between its tags.
    fn between(&self, block: &Block, name: &str, attributes: &Attributes) -> String {
        let open = tags::write(name, attributes, Form::Open);
        let text = &block.content.text;
        let holds = tags::block_tag(name).map_or(Holds::Titled, |tag| tag.holds);
        match holds {
            Holds::Nothing => tags::write(name, attributes, Form::Void),
            Holds::Text if text.is_empty() => format!("{open}</{name}>"),
            Holds::Text | Holds::Raw => match self.on_one_line(text, name) {
                Some(line) => format!("{open}{line}</{name}>"),
                None => format!("{open}\n{}\n</{name}>", self.text(text, IN_PARAGRAPH)),
            },
            Holds::Blocks => format!("{open}\n{}\n</{name}>", self.blocks(&block.children)),
            Holds::Titled => {
                let is_short = block.children.is_empty()
                    && !text.is_empty()
                    && (self.rendering.short_tags || has_edge_blanks(text));
                if let Some(line) = is_short.then(|| self.on_one_line(text, name)).flatten() {
                    return format!("{open}{line}</{name}>");
                }
                let title = match text.as_slice() {
                    [] => "<p />".to_owned(),
                    _ => self.text(text, IN_PARAGRAPH),
                };
                if block.children.is_empty() {
                    return format!("{open}\n{title}\n</{name}>");
                }
                format!("{open}\n{title}\n\n{}\n</{name}>", self.blocks(&block.children))
            }
        }
    }

    /// The text on the line of its tags, unless something in it looks like one of them.
    fn on_one_line(&self, text: &[Run], name: &str) -> Option<String> {
        let line = self.text(text, BETWEEN_TAGS);
        let looks_like_one = [format!("<{name}"), format!("</{name}>")];
        (!looks_like_one.iter().any(|tag| line.contains(tag.as_str()))).then_some(line)
    }

    fn code(&self, content: &Content) -> String {
        let text = content.words();
        let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
        let fence = "`".repeat(longest.max(2) + 1);
        let language = content.attribute("language").unwrap_or_default();
        let is_plain = language == super::languages::PLAIN;
        let language = if is_plain && !self.rendering.names_plain_text { "" } else { language };
        if text.is_empty() {
            return format!("{fence}{language}\n{fence}");
        }
        format!("{fence}{language}\n{text}\n{fence}")
    }

    /// A table without any look, if pipes can carry it.
    fn pipes(&self, table: &Block) -> Option<String> {
        let is_plain = table.content.attributes.len() == 1
            && table.content.attribute("header-row") == Some("true");
        let width = table.children.first()?.children.len();
        let fits = |row: &Block| {
            row.content.kind == Kind::Row
                && row.content.attributes.is_empty()
                && row.children.len() == width
                && row.children.iter().all(|cell| cell.content.attributes.is_empty())
        };
        if !is_plain || width == 0 || !table.children.iter().all(fits) {
            return None;
        }
        let mut lines: Vec<String> = table.children.iter().map(|row| self.pipe_row(row)).collect();
        lines.insert(1, format!("|{}", " --- |".repeat(width)));
        let text = lines.join("\n");
        let has_pipes = text.matches('|').count() > (width + 1) * lines.len();
        (!has_pipes || parse::reads_as_block(&text, table, self.rendering)).then_some(text)
    }

    fn pipe_row(&self, row: &Block) -> String {
        let mut line = "|".to_owned();
        for cell in &row.children {
            let text = self.text(&cell.content.text, ON_ONE_LINE);
            // In a cell a pipe is escaped once more, even in code.
            line.push_str(&format!(" {} |", unescaped_pipes(&text).replace('|', "\\|")));
        }
        line
    }

    fn table(&self, table: &Block) -> String {
        let header_row = table.content.attribute("header-row") == Some("true");
        let header_column = table.content.attribute("header-column") == Some("true");
        let mut lines = vec![tags::write("table", &table.content.attributes, Form::Open)];
        let mut is_first = true;
        for row in &table.children {
            if row.content.kind != Kind::Row {
                lines.push(self.block(row));
                continue;
            }
            lines.push(tags::write("tr", &row.content.attributes, Form::Open));
            for (at, cell) in row.children.iter().enumerate() {
                let is_header = (header_row && is_first) || (header_column && at == 0);
                let name = if is_header { "th" } else { "td" };
                lines.push(self.between(cell, name, &cell.content.attributes));
            }
            lines.push("</tr>".to_owned());
            is_first = false;
        }
        lines.push("</table>".to_owned());
        lines.join("\n")
    }
}

/// A pipe that was escaped as a character needs no second backslash.
fn unescaped_pipes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter == '\\' {
            match letters.next() {
                Some('|') => out.push('|'),
                Some(escaped) => {
                    out.push('\\');
                    out.push(escaped);
                }
                None => out.push('\\'),
            }
        } else {
            out.push(letter);
        }
    }
    out
}

fn equation(content: &Content) -> String {
    let text = content.words();
    let is_plain =
        content.attributes.is_empty() && text.split('\n').all(|line| line.trim() != "$$");
    if is_plain && !text.is_empty() {
        return format!("$$\n{text}\n$$");
    }
    let open = tags::write("equation", &content.attributes, Form::Open);
    if text.is_empty() {
        return format!("{open}</equation>");
    }
    format!("{open}\n{text}\n</equation>")
}

/// The attributes, with those that are part of the kind.
fn with_kind(content: &Content) -> Attributes {
    let mut attributes = content.attributes.clone();
    if let Kind::Toggle(Some(level)) = content.kind {
        attributes.insert("heading".to_owned(), format!("h{level}"));
    }
    if let Kind::ToDo(checked) = content.kind {
        attributes.insert("checked".to_owned(), checked.to_string());
    }
    attributes
}

fn is_item(kind: &Kind) -> bool {
    matches!(kind, Kind::Bulleted | Kind::Numbered)
}

/// Whether the block has the plain form of a list item.
fn listed(block: &Block) -> Option<Listed> {
    let Content { kind, attributes, text } = &block.content;
    if !attributes.is_empty() || (text.is_empty() && !block.children.is_empty()) {
        return None;
    }
    let is_bullet = *kind == Kind::Bulleted || (matches!(kind, Kind::ToDo(_)) && !text.is_empty());
    let is_number = *kind == Kind::Numbered;
    is_bullet.then_some(Listed::Bullet).or(is_number.then_some(Listed::Number))
}

fn has_edge_blanks(text: &[Run]) -> bool {
    let is_blank = |c: char| matches!(c, ' ' | '\t');
    text.first().is_some_and(|run| !run.look.code && run.words().starts_with(is_blank))
        || text.last().is_some_and(|run| !run.look.code && run.words().ends_with(is_blank))
}

/// Appends a text of several lines; all but the first (and blank ones) are indented.
fn push_indented(out: &mut String, text: &str, indent: &str) {
    for (at, line) in text.split('\n').enumerate() {
        if at > 0 {
            out.push('\n');
            if !line.is_empty() {
                out.push_str(indent);
            }
        }
        out.push_str(line);
    }
}
