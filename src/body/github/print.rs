//! Blocks in GitHub's spelling, written anew.

use super::guard::target;
use super::spell::spell;
use crate::body::language;
use crate::body::place::Place;
use crate::body::source::Spelling;
use crate::body::tree::{Block, Kind, Tone, plain};

/// Lines that are to be taken over for a block instead of writing it anew.
pub(in crate::body) type Reuse<'r> = &'r dyn Fn(&Block) -> Option<Vec<String>>;

/// The lines of a block, without what its container begins each line with.
pub(in crate::body) fn print(block: &Block, place: &Place, reuse: Reuse<'_>) -> Vec<String> {
    let words = |spelling| spell(&block.text, spelling, place);
    let lines = |text: String| -> Vec<String> { text.split('\n').map(str::to_owned).collect() };
    match &block.kind {
        Kind::Paragraph => {
            let mut out = lines(words(Spelling::Lines));
            append(&mut out, &block.children, place, reuse, true);
            out
        }
        Kind::Heading(level) => {
            let signs = "#".repeat(usize::from(*level));
            vec![format!("{signs} {}", words(Spelling::Line)).trim_end().to_owned()]
        }
        Kind::Bullet => item("- ", 2, block, place, reuse),
        Kind::Number => item("1. ", 3, block, place, reuse),
        Kind::Todo { done } => {
            let marker = if *done { "- [x] " } else { "- [ ] " };
            item(marker, 2, block, place, reuse)
        }
        Kind::Quote => quoted(Vec::new(), block, place, reuse),
        Kind::Callout(tone) => quoted(vec![format!("[!{}]", name(*tone))], block, place, reuse),
        Kind::Toggle(level) => toggle(*level, block, place, reuse),
        Kind::Code { language } => fenced(&plain(&block.text), language::info(language)),
        Kind::Equation => {
            let tex = plain(&block.text);
            let fits = !tex.contains("$$") && tex.split('\n').all(|line| !line.trim().is_empty());
            if fits && !tex.is_empty() {
                let mut out = vec!["$$".to_owned()];
                out.extend(lines(tex));
                out.push("$$".to_owned());
                out
            } else {
                fenced(&tex, "math")
            }
        }
        Kind::Divider => vec!["---".to_owned()],
        Kind::Image { url } => {
            let url = target(url, Spelling::Line);
            vec![format!("![{}]({url})", words(Spelling::Line))]
        }
        Kind::Table => table(block, place),
        Kind::Row => vec![row(block, block.children.len(), place)],
        Kind::Cell => vec![words(Spelling::Cell)],
    }
}

/// Whether two neighbours need an empty line between them.
pub(in crate::body) fn needs_blank_line(before: &Block, after: &Block) -> bool {
    let is_numbered = |block: &Block| block.kind == Kind::Number;
    let both_items = before.kind.is_item() && after.kind.is_item();
    let both_rows = before.kind == Kind::Row && after.kind == Kind::Row;
    !(both_rows || both_items && is_numbered(before) == is_numbered(after))
}

fn append(
    out: &mut Vec<String>,
    children: &[Block],
    place: &Place,
    reuse: Reuse<'_>,
    is_apart: bool,
) {
    let mut before: Option<&Block> = None;
    for child in children {
        let apart = before.map_or(is_apart, |before| needs_blank_line(before, child));
        if apart && !out.is_empty() {
            out.push(String::new());
        }
        out.extend(reuse(child).unwrap_or_else(|| print(child, place, reuse)));
        before = Some(child);
    }
}

fn indented(lines: Vec<String>, width: usize) -> impl Iterator<Item = String> {
    lines.into_iter().map(move |line| {
        if line.is_empty() { line } else { format!("{}{line}", " ".repeat(width)) }
    })
}

fn item(marker: &str, width: usize, block: &Block, place: &Place, reuse: Reuse<'_>) -> Vec<String> {
    let mut inner: Vec<String> =
        if block.text.is_empty() { Vec::new() } else { title(block, place, reuse) };
    let is_apart = block.children.first().is_some_and(|first| !first.kind.is_item());
    // A box needs something behind it to be one.
    let has_text = !block.text.is_empty() || matches!(block.kind, Kind::Todo { .. });
    if block.text.is_empty() && has_text {
        inner.push(String::new());
    }
    append(&mut inner, &block.children, place, reuse, is_apart);
    if inner.first().is_some_and(|first| first == "---") {
        inner[0] = "***".to_owned();
    }
    let mut lines = indented(inner, width);
    let first = lines.next().unwrap_or_default();
    let blank = [' ', '\t'];
    let head = format!("{marker}{}", first.trim_start_matches(blank));
    let head = head.trim_end_matches(blank).to_owned();
    std::iter::once(head).chain(lines).collect()
}

/// The lines of a block's own text, which may have been a paragraph before.
fn title(block: &Block, place: &Place, reuse: Reuse<'_>) -> Vec<String> {
    let fresh =
        || spell(&block.text, Spelling::Lines, place).split('\n').map(str::to_owned).collect();
    reuse(&Block::new(Kind::Paragraph, block.text.clone())).unwrap_or_else(fresh)
}

fn quoted(head: Vec<String>, block: &Block, place: &Place, reuse: Reuse<'_>) -> Vec<String> {
    let mut inner = head;
    let has_head = !inner.is_empty();
    if !block.text.is_empty() {
        inner.extend(title(block, place, reuse));
    }
    let is_apart = !block.text.is_empty() || has_head;
    append(&mut inner, &block.children, place, reuse, is_apart);
    if inner.is_empty() {
        inner.push(String::new());
    }
    let quote = |line: String| if line.is_empty() { ">".to_owned() } else { format!("> {line}") };
    inner.into_iter().map(quote).collect()
}

fn toggle(level: Option<u8>, block: &Block, place: &Place, reuse: Reuse<'_>) -> Vec<String> {
    let title = spell(&block.text, Spelling::Html, place);
    let title = match level {
        Some(level) => format!("<h{level}>{title}</h{level}>"),
        None => title,
    };
    let mut out = vec!["<details>".to_owned(), format!("<summary>{title}</summary>")];
    append(&mut out, &block.children, place, reuse, true);
    out.push(String::new());
    out.push("</details>".to_owned());
    out
}

/// Code between fences longer than any inside.
fn fenced(text: &str, info: &str) -> Vec<String> {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let mut out = vec![format!("{fence}{info}")];
    if !text.is_empty() {
        out.extend(text.split('\n').map(str::to_owned));
    }
    out.push(fence);
    out
}

fn table(block: &Block, place: &Place) -> Vec<String> {
    let Some(head) = block.children.first() else { return Vec::new() };
    let width = head.children.len();
    let mut out = vec![row(head, width, place), format!("|{}", " --- |".repeat(width))];
    out.extend(block.children.iter().skip(1).map(|line| row(line, width, place)));
    out
}

fn row(block: &Block, width: usize, place: &Place) -> String {
    let mut line = "|".to_owned();
    for i in 0..width {
        let text = block.children.get(i).map(|cell| spell(&cell.text, Spelling::Cell, place));
        line.push_str(&format!(" {} |", text.unwrap_or_default()));
    }
    line
}

fn name(tone: Tone) -> &'static str {
    match tone {
        Tone::Note => "NOTE",
        Tone::Tip => "TIP",
        Tone::Important => "IMPORTANT",
        Tone::Warning => "WARNING",
        Tone::Caution => "CAUTION",
    }
}
