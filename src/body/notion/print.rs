//! Blocks as lines of Notion's markdown: the plain form where it says all, tags where it does not (notion-api §6.3.1).

use super::escape::address;
use super::spell::whole;
use crate::body::language;
use crate::body::place::Place;
use crate::body::source::Spelling;
use crate::body::tree::{Atom, Block, Kind, Token, Tone, plain};

/// What may be taken over for a child instead of printing it.
type Reuse<'a> = &'a dyn Fn(&Block) -> Option<Vec<String>>;

/// The lines of a block, without what the lines of its container begin with. `reuse` is asked first for each child.
pub(in crate::body) fn print(block: &Block, place: &Place, reuse: Reuse<'_>) -> Vec<String> {
    let printer = Printer { place, reuse };
    printer.block(block)
}

/// Whether a blank line has to stand between two blocks.
pub(in crate::body) fn needs_blank_line(before: &Block, after: &Block) -> bool {
    match (&before.kind, &after.kind) {
        (Kind::Row | Kind::Cell, _) => false,
        _ => !(before.kind.is_item() && after.kind.is_item()),
    }
}

struct Printer<'a> {
    place: &'a Place,
    reuse: Reuse<'a>,
}

impl Printer<'_> {
    fn block(&self, block: &Block) -> Vec<String> {
        let has_children = !block.children.is_empty();
        let text = || self.text(&block.text);
        match &block.kind {
            Kind::Paragraph if has_children => self.tagged("p", "p", block),
            Kind::Paragraph if block.text.is_empty() => vec!["<p />".to_owned()],
            Kind::Paragraph => text(),
            Kind::Heading(level) => self.heading(block, (*level).clamp(1, 4)),
            Kind::Bullet if block.text.is_empty() && has_children => self.listed("ul", block),
            Kind::Number if block.text.is_empty() && has_children => self.listed("ol", block),
            Kind::Bullet => self.item("-", block),
            Kind::Number => self.item("1.", block),
            Kind::Todo { done } if block.text.is_empty() => {
                self.tagged(&format!("todo checked=\"{done}\""), "todo", block)
            }
            Kind::Todo { done } => self.item(if *done { "- [x]" } else { "- [ ]" }, block),
            Kind::Quote if has_children || block.text.is_empty() => {
                self.tagged("quote", "quote", block)
            }
            Kind::Quote => text().into_iter().map(|line| format!("> {line}")).collect(),
            Kind::Callout(tone) => self.tagged(callout(*tone), "callout", block),
            Kind::Toggle(None) => self.tagged("toggle", "toggle", block),
            Kind::Toggle(Some(level)) => {
                let level = (*level).clamp(1, 4);
                self.tagged(&format!("toggle heading=\"h{level}\""), "toggle", block)
            }
            Kind::Code { language } => code(&plain(&block.text), !block.text.is_empty(), language),
            Kind::Equation => equation(block),
            Kind::Divider => vec!["---".to_owned()],
            Kind::Image { url } => self.image(url, &block.text),
            Kind::Table => self.table(block),
            Kind::Row => vec![piped(block, block.children.len(), self.place)],
            Kind::Cell => vec![whole(&block.text, Spelling::Cell, self.place)],
        }
    }

    /// Running text; an empty one as Notion's sign for it.
    fn text(&self, tokens: &[Token]) -> Vec<String> {
        whole(tokens, Spelling::Lines, self.place).split('\n').map(str::to_owned).collect()
    }

    fn heading(&self, block: &Block, level: u8) -> Vec<String> {
        if block.text.is_empty() || !block.children.is_empty() {
            return self.tagged(&format!("h{level}"), &format!("h{level}"), block);
        }
        let signs = "#".repeat(usize::from(level));
        vec![format!("{signs} {}", whole(&block.text, Spelling::Line, self.place))]
    }

    fn item(&self, marker: &str, block: &Block) -> Vec<String> {
        let mut lines = if block.text.is_empty() {
            vec![marker.to_owned()]
        } else {
            let text = self.text(&block.text).into_iter().enumerate();
            text.map(
                |(i, line)| if i == 0 { format!("{marker} {line}") } else { format!("\t{line}") },
            )
            .collect()
        };
        // An item that says nothing does not interrupt a text, and no other block belongs right under it.
        if block
            .children
            .first()
            .is_some_and(|child| !child.kind.is_item() || child.text.is_empty())
        {
            lines.push(String::new());
        }
        for line in self.children(block) {
            lines.push(if line.is_empty() { line } else { format!("\t{line}") });
        }
        lines
    }

    /// An item in a list with tags.
    fn listed(&self, list: &str, block: &Block) -> Vec<String> {
        let mut lines = vec![format!("<{list}>")];
        lines.extend(self.tagged("li", "li", block));
        lines.push(format!("</{list}>"));
        lines
    }

    /// The one shape of all containers.
    fn tagged(&self, open: &str, name: &str, block: &Block) -> Vec<String> {
        let mut lines = vec![format!("<{open}>")];
        if block.text.is_empty() {
            lines.push("<p />".to_owned());
        } else {
            lines.extend(self.text(&block.text));
        }
        if !block.children.is_empty() {
            lines.push(String::new());
            lines.extend(self.children(block));
        }
        lines.push(format!("</{name}>"));
        lines
    }

    fn children(&self, block: &Block) -> Vec<String> {
        let mut lines = Vec::new();
        let mut before: Option<&Block> = None;
        for child in &block.children {
            if before.is_some_and(|before| needs_blank_line(before, child)) {
                lines.push(String::new());
            }
            lines.extend((self.reuse)(child).unwrap_or_else(|| self.block(child)));
            before = Some(child);
        }
        lines
    }

    fn image(&self, url: &str, caption: &[Token]) -> Vec<String> {
        let caption_text = whole(caption, Spelling::Line, self.place);
        match address(url, Spelling::Line) {
            Some(address) => vec![format!("![{caption_text}]({address})")],
            None if caption.is_empty() => {
                let mut words = String::new();
                super::escape::escape_into(
                    &mut words,
                    url,
                    Spelling::Lines,
                    super::escape::ANYWHERE,
                );
                vec![words]
            }
            None => self.text(caption),
        }
    }

    fn table(&self, table: &Block) -> Vec<String> {
        let columns = table.children.iter().map(|row| row.children.len()).max().unwrap_or(0);
        if columns == 0 {
            return vec!["<p />".to_owned()];
        }
        if needs_tags(table) {
            let mut lines = vec!["<table header-row=\"true\">".to_owned()];
            lines
                .extend(table.children.iter().flat_map(|row| tagged_row(row, columns, self.place)));
            lines.push("</table>".to_owned());
            return lines;
        }
        let mut lines: Vec<String> =
            table.children.iter().map(|row| piped(row, columns, self.place)).collect();
        lines.insert(1, format!("|{}", " --- |".repeat(columns)));
        lines
    }
}

fn piped(row: &Block, columns: usize, place: &Place) -> String {
    let mut line = "|".to_owned();
    for at in 0..columns.max(1) {
        let text = row.children.get(at).map(|cell| whole(&cell.text, Spelling::Cell, place));
        let text = text.filter(|text| !text.is_empty()).unwrap_or_else(|| " ".to_owned());
        line.push_str(&if text == " " { "  |".to_owned() } else { format!(" {text} |") });
    }
    line
}

fn tagged_row(row: &Block, columns: usize, place: &Place) -> Vec<String> {
    let mut lines = vec!["<tr>".to_owned()];
    for at in 0..columns {
        let text = row.children.get(at).map(|cell| whole(&cell.text, Spelling::Html, place));
        lines.push(format!("<td>{}</td>", text.unwrap_or_default()));
    }
    lines.push("</tr>".to_owned());
    lines
}

/// A backslash before a pipe inside code or a formula cannot be told from an escaped pipe.
fn needs_tags(table: &Block) -> bool {
    let is_odd = |token: &Token| match &token.atom {
        Atom::Math(formula) => formula.contains('\\') && formula.contains('|'),
        Atom::Text(_) | Atom::Break => false,
    };
    let is_code = |text: &[Token], sign: char| {
        text.iter().any(|token| {
            token.style.code && matches!(&token.atom, Atom::Text(text) if text.contains(sign))
        })
    };
    table.children.iter().flat_map(|row| &row.children).any(|cell| {
        let text = &cell.text[..];
        text.iter().any(is_odd) || is_code(text, '\\') && is_code(text, '|')
    })
}

fn callout(tone: Tone) -> &'static str {
    match tone {
        Tone::Note => "callout icon=\"ℹ️\" color=\"blue_bg\"",
        Tone::Tip => "callout icon=\"💡\" color=\"green_bg\"",
        Tone::Important => "callout icon=\"❗\" color=\"purple_bg\"",
        Tone::Warning => "callout icon=\"⚠️\" color=\"yellow_bg\"",
        Tone::Caution => "callout icon=\"🛑\" color=\"red_bg\"",
    }
}

fn code(code: &str, has_lines: bool, language: &str) -> Vec<String> {
    let longest = code.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let mut lines = vec![format!("{fence}{}", language::info(language))];
    if has_lines {
        lines.extend(code.split('\n').map(str::to_owned));
    }
    lines.push(fence);
    lines
}

/// A formula between lines of `$$`, or as code where Notion would not take it (notion-api §3).
fn equation(block: &Block) -> Vec<String> {
    let formula = plain(&block.text);
    let is_fit = formula.encode_utf16().count() <= 1_000
        && !formula.trim().is_empty()
        && formula.split('\n').all(|line| line.trim() != "$$");
    if !is_fit {
        return code(&formula, !block.text.is_empty(), "latex");
    }
    let mut lines = vec!["$$".to_owned()];
    lines.extend(formula.split('\n').map(str::to_owned));
    lines.push("$$".to_owned());
    lines
}
