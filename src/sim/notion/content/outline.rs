//! A page as plain lines, for people who read tests.

use super::block::{Attributes, Block, Kind, Look, Run, What};

/// One line per block, indented by its depth: kind, attributes, and the words with how they look.
#[must_use]
pub fn outline(blocks: &[Block]) -> String {
    let mut out = String::new();
    lines(&mut out, blocks, 0);
    out
}

fn lines(out: &mut String, blocks: &[Block], depth: usize) {
    for block in blocks {
        out.push_str(&"  ".repeat(depth));
        out.push_str(&name(&block.content.kind));
        out.push_str(&shown(&block.content.attributes));
        for run in &block.content.text {
            out.push(' ');
            out.push_str(&run_shown(run));
        }
        out.push('\n');
        lines(out, &block.children, depth + 1);
    }
}

fn name(kind: &Kind) -> String {
    let name = match kind {
        Kind::Paragraph => "paragraph",
        Kind::Heading(level) => return format!("heading {level}"),
        Kind::Toggle(None) => "toggle",
        Kind::Toggle(Some(level)) => return format!("toggle heading {level}"),
        Kind::Bulleted => "bulleted",
        Kind::Numbered => "numbered",
        Kind::ToDo(false) => "to-do",
        Kind::ToDo(true) => "done",
        Kind::Quote => "quote",
        Kind::Callout => "callout",
        Kind::Code => "code",
        Kind::Equation => "equation",
        Kind::Divider => "divider",
        Kind::Table => "table",
        Kind::Row => "row",
        Kind::Cell => "cell",
        Kind::Image => "image",
        Kind::Page => "page",
        Kind::Database => "database",
        Kind::Unknown => "unknown",
        Kind::Tagged(name) => name,
    };
    name.to_owned()
}

fn shown(attributes: &Attributes) -> String {
    attributes.iter().map(|(key, value)| format!(" {key}={value}")).collect()
}

fn run_shown(run: &Run) -> String {
    let words = match &run.what {
        What::Text(text) => format!("{text:?}"),
        What::Equation(text) => format!("equation{text:?}"),
        What::Mention(attributes, label) => {
            format!("mention({}){label:?}", shown(attributes).trim())
        }
        What::Date(attributes) => format!("date({})", shown(attributes).trim()),
        What::Emoji(name) => format!("emoji:{name}"),
        What::Citation(url) => format!("citation({url})"),
    };
    let Look { bold, italic, strike, underline, code, color, discussions, link } = &run.look;
    let mut out = String::new();
    for (on, name) in [
        (*bold, "bold"),
        (*italic, "italic"),
        (*strike, "strike"),
        (*underline, "underline"),
        (*code, "code"),
    ] {
        if on {
            out.push_str(name);
            out.push(' ');
        }
    }
    for (value, name) in [(color, "color"), (discussions, "discussion"), (link, "link")] {
        if let Some(value) = value {
            out.push_str(&format!("{name}({value}) "));
        }
    }
    out + &words
}
