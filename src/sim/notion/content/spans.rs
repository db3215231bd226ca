//! From runs to inline markdown.

use super::block::{Attributes, Look, Run, What};
use super::escape::{Place, escape};
use super::parse;
use super::rendering::Rendering;
use super::tags::{self, Form};

/// One inline text. Notion's own marks are used where they are sure to be read back, tags elsewhere.
pub(super) fn write(runs: &[Run], place: Place, rendering: &Rendering) -> String {
    let with_marks = Spans { place, rendering, with_marks: true }.all(runs);
    let has_marks = runs.iter().any(|run| run.look.bold || run.look.italic || run.look.strike);
    if !has_marks || parse::reads_as(&with_marks, runs, rendering) {
        return with_marks;
    }
    Spans { place, rendering, with_marks: false }.all(runs)
}

struct Spans<'r> {
    place: Place,
    rendering: &'r Rendering,
    with_marks: bool,
}

/// The looks from the outermost to the innermost.
#[derive(Clone, Copy)]
enum Layer {
    Link,
    Discussions,
    Color,
    Underline,
    Bold,
    Italic,
    Strike,
    Code,
}

impl Layer {
    fn next(self) -> Option<Layer> {
        match self {
            Layer::Link => Some(Layer::Discussions),
            Layer::Discussions => Some(Layer::Color),
            Layer::Color => Some(Layer::Underline),
            Layer::Underline => Some(Layer::Bold),
            Layer::Bold => Some(Layer::Italic),
            Layer::Italic => Some(Layer::Strike),
            Layer::Strike => Some(Layer::Code),
            Layer::Code => None,
        }
    }

    /// What runs must share to stand in one span of this layer.
    fn of(self, look: &Look) -> Option<&str> {
        let flag = |on: bool| on.then_some("");
        match self {
            Layer::Link => look.link.as_deref(),
            Layer::Discussions => look.discussions.as_deref(),
            Layer::Color => look.color.as_deref(),
            Layer::Underline => flag(look.underline),
            Layer::Bold => flag(look.bold),
            Layer::Italic => flag(look.italic),
            Layer::Strike => flag(look.strike),
            Layer::Code => flag(look.code),
        }
    }
}

impl Spans<'_> {
    fn all(&self, runs: &[Run]) -> String {
        let mut out = String::new();
        self.layer(&mut out, runs, Some(Layer::Link), true, self.place);
        out
    }

    /// `is_last`: nothing of the text follows these runs.
    fn layer(
        &self,
        out: &mut String,
        runs: &[Run],
        layer: Option<Layer>,
        is_last: bool,
        place: Place,
    ) {
        let Some(layer) = layer else { return self.plain(out, runs, is_last, place) };
        let mut rest = runs;
        while let Some(first) = rest.first() {
            let value = layer.of(&first.look);
            let length = rest.iter().take_while(|run| layer.of(&run.look) == value).count();
            let (group, after) = rest.split_at(length);
            let is_last = is_last && after.is_empty();
            match value {
                None => self.layer(out, group, layer.next(), is_last, place),
                Some(value) => {
                    let follows = after.first().and_then(|run| run.words().chars().next());
                    self.span(out, group, layer, value, follows, is_last, place);
                }
            }
            rest = after;
        }
    }

    #[allow(clippy::too_many_arguments, reason = "one call, and each is a different thing")]
    fn span(
        &self,
        out: &mut String,
        group: &[Run],
        layer: Layer,
        value: &str,
        follows: Option<char>,
        is_last: bool,
        place: Place,
    ) {
        match layer {
            Layer::Link => self.link(out, group, value, place),
            Layer::Discussions => self.colored(out, group, layer, "discussion-urls", value, place),
            Layer::Color => self.colored(out, group, layer, "color", value, place),
            Layer::Underline => self.tagged(out, group, layer, "u", is_last, place),
            Layer::Bold => self.marked(out, group, layer, ("**", "b"), follows, is_last, place),
            Layer::Italic => self.marked(out, group, layer, ("*", "i"), follows, is_last, place),
            Layer::Strike => self.marked(out, group, layer, ("~~", "s"), follows, is_last, place),
            Layer::Code => {
                for run in group {
                    code(out, run.words());
                }
            }
        }
    }

    fn link(&self, out: &mut String, group: &[Run], url: &str, place: Place) {
        let shows_itself = matches!(group, [Run { what: What::Text(text), look }]
            if text == url && *look == Look { link: look.link.clone(), ..Look::default() });
        let is_simple = url.starts_with("http")
            && url.bytes().all(|b| b.is_ascii_graphic() && !b"<>&\\".contains(&b));
        if shows_itself && is_simple && self.rendering.angle_links {
            out.push_str(&format!("<{url}>"));
            return;
        }
        let inside = Place { in_link: true, ..place };
        let mut text = String::new();
        self.layer(&mut text, group, Layer::Link.next(), false, inside);
        if text.contains("]:") && (out.is_empty() || out.ends_with('\n')) {
            // Code in brackets at the start of a line would define a reference.
            out.push_str("<span></span>");
        }
        out.push('[');
        out.push_str(&text);
        out.push_str("](");
        destination(out, url);
        out.push(')');
    }

    fn colored(
        &self,
        out: &mut String,
        group: &[Run],
        layer: Layer,
        key: &str,
        value: &str,
        place: Place,
    ) {
        let attributes = Attributes::from([(key.to_owned(), value.to_owned())]);
        out.push_str(&tags::write("span", &attributes, Form::Open));
        self.layer(out, group, layer.next(), false, place);
        out.push_str("</span>");
    }

    fn tagged(
        &self,
        out: &mut String,
        group: &[Run],
        layer: Layer,
        tag: &str,
        _is_last: bool,
        place: Place,
    ) {
        out.push_str(&format!("<{tag}>"));
        self.layer(out, group, layer.next(), false, place);
        out.push_str(&format!("</{tag}>"));
    }

    #[allow(clippy::too_many_arguments, reason = "as above")]
    fn marked(
        &self,
        out: &mut String,
        group: &[Run],
        layer: Layer,
        (mark, tag): (&str, &str),
        follows: Option<char>,
        is_last: bool,
        place: Place,
    ) {
        let words = |run: Option<&Run>| run.map(Run::words).unwrap_or_default().to_owned();
        let (first, last) = (words(group.first()), words(group.last()));
        let touches = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let is_open = |c: Option<char>| !touches(c);
        let starts_well = touches(first.chars().next()) || is_open(out.chars().next_back());
        let ends_well = touches(last.chars().next_back()) || is_open(follows);
        let has_edge_blanks =
            first.starts_with(char::is_whitespace) || last.ends_with(char::is_whitespace);
        if !self.with_marks || has_edge_blanks || !starts_well || !ends_well {
            return self.tagged(out, group, layer, tag, is_last, place);
        }
        out.push_str(mark);
        self.layer(out, group, layer.next(), false, place);
        out.push_str(mark);
    }

    fn plain(&self, out: &mut String, runs: &[Run], is_last: bool, place: Place) {
        for (at, run) in runs.iter().enumerate() {
            let is_last = is_last && at + 1 == runs.len();
            match &run.what {
                What::Text(text) => escape(out, text, place, is_last, self.rendering),
                What::Equation(expression) => {
                    if out.ends_with('$') && !out.ends_with("\\$") {
                        out.push_str("<span></span>");
                    }
                    out.push_str(&format!("${expression}$"));
                }
                What::Mention(attributes, label) if label.is_empty() => {
                    out.push_str(&tags::write("mention", attributes, Form::Void));
                }
                What::Mention(attributes, label) => {
                    out.push_str(&tags::write("mention", attributes, Form::Open));
                    out.push_str(label);
                    out.push_str("</mention>");
                }
                What::Date(attributes) => {
                    out.push_str(&tags::write("date", attributes, Form::Void));
                }
                What::Emoji(name) => {
                    if out.ends_with(']') {
                        out.push_str("<span></span>");
                    }
                    out.push_str(&format!(":{name}:"));
                }
                What::Citation(url) => out.push_str(&format!("[^{url}]")),
            }
        }
    }
}

/// Code with a fence longer than any run of backticks in it.
fn code(out: &mut String, text: &str) {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let is_blank = text.chars().all(|c| c == ' ');
    let pads = text.starts_with('`')
        || text.ends_with('`')
        || (text.starts_with(' ') && text.ends_with(' ') && !is_blank);
    let pad = if pads { " " } else { "" };
    out.push_str(&format!("{fence}{pad}{text}{pad}{fence}"));
}

/// Where a link or an image leads.
pub(super) fn destination(out: &mut String, url: &str) {
    let is_simple = !url.is_empty()
        && url.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>()\\".contains(&byte))
        && !url.split('&').skip(1).any(may_be_entity);
    if is_simple {
        out.push_str(url);
        return;
    }
    out.push('<');
    for (at, letter) in url.char_indices() {
        match letter {
            '<' | '>' | '\\' => {
                out.push('\\');
                out.push(letter);
            }
            '&' if url.get(at + 1..).is_some_and(may_be_entity) => out.push_str("&amp;"),
            other => out.push(other),
        }
    }
    out.push('>');
}

fn may_be_entity(after: &str) -> bool {
    after.bytes().take(40).find(|byte| !(byte.is_ascii_alphanumeric() || *byte == b'#'))
        == Some(b';')
}
