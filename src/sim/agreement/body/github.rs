//! An issue's body as GitHub shows it.

use comrak::nodes::{AlertType, ListType, Node, NodeValue};
use comrak::{Arena, Options};

use super::MAX_DEPTH;
use super::html::{self, Tag};
use super::sheet::{Line, Piece, Sheet};

/// Nobody sees it, and the parser takes it for a letter. Before a footnote it keeps that where it is written and
/// readable, which GitHub moves and numbers; before an image that goes on a paragraph it keeps that one paragraph, which
/// this parser does not in every item of a list.
const LETTER: char = '\u{E000}';

/// What GitHub shows of a body.
pub(super) fn read(body: &str, sheet: Sheet) -> Vec<Line> {
    let body = body.replace("\r\n", "\n").replace("[^", &format!("{LETTER}[^"));
    let body = body
        .replace("\n<img", &format!("\n{LETTER}<img"))
        .replace(&format!("\n\n{LETTER}<img"), "\n\n<img");
    let arena = Arena::new();
    let root = comrak::parse_document(&arena, &body, &options());
    let mut reader = Reader { sheet };
    reader.blocks(root, "", 0);
    reader.sheet.lines()
}

fn options() -> Options<'static> {
    let mut options = Options::default();
    let extension = &mut options.extension;
    extension.strikethrough = true;
    extension.table = true;
    extension.autolink = true;
    extension.tasklist = true;
    extension.alerts = true;
    extension.math_dollars = true;
    extension.math_code = true;
    options
}

struct Reader {
    sheet: Sheet,
}

impl Reader {
    fn blocks<'a>(&mut self, parent: Node<'a>, depth: &str, level: usize) {
        for child in parent.children() {
            self.block(child, depth, "", level);
        }
    }

    fn block<'a>(&mut self, node: Node<'a>, depth: &str, sign: &str, level: usize) {
        if level > MAX_DEPTH {
            return self.sheet.text(depth, sign, vec![piece(&words(node))]);
        }
        let value = node.data().value.clone();
        match value {
            NodeValue::Paragraph => self.text(node, depth, sign, true),
            NodeValue::Heading(heading) => {
                let sign = "#".repeat(usize::from(heading.level.min(4)));
                self.text(node, depth, &sign, false);
            }
            NodeValue::BlockQuote => self.blocks(node, &format!("{depth}>"), level + 1),
            NodeValue::Alert(alert) => {
                let depth = format!("{depth}>");
                let title = alert.title.map(|title| format!(" {title}")).unwrap_or_default();
                let tone = format!("[!{}]{title}", tone(alert.alert_type));
                self.sheet.text(&depth, "", vec![piece(&tone)]);
                self.blocks(node, &depth, level + 1);
            }
            NodeValue::List(list) => {
                for item in node.children() {
                    self.item(item, list.list_type, depth, level);
                }
            }
            NodeValue::CodeBlock(code) => {
                let info = code.info.trim().to_ascii_lowercase();
                let literal = shown(&code.literal);
                match info.split(|c: char| c.is_whitespace() || c == ',').next() {
                    Some("math") => self.sheet.formula(depth, &literal),
                    Some("html" | "htm" | "xhtml") => html::lines(&mut self.sheet, depth, &literal),
                    Some(_) | None => self.sheet.code(depth, &literal),
                }
            }
            NodeValue::HtmlBlock(html) => {
                html::lines(&mut self.sheet, depth, &shown(&html.literal));
            }
            NodeValue::ThematicBreak => self.sheet.line(depth, "---", ""),
            NodeValue::Table(_) => {
                for row in node.children() {
                    let cells = row.children().map(|cell| pieces(cell).0);
                    self.sheet.row(depth, cells.collect());
                }
            }
            // Nothing else is switched on.
            _ => self.blocks(node, depth, level + 1),
        }
    }

    fn item<'a>(&mut self, item: Node<'a>, list: ListType, depth: &str, level: usize) {
        let task = match item.data().value {
            NodeValue::TaskItem(task) => Some(task.symbol),
            _ => None,
        };
        let (sign, number_box) = match (list, task) {
            (ListType::Ordered, None) => ("1.", None),
            (ListType::Ordered, Some(symbol)) => ("1.", Some(symbol.unwrap_or(' '))),
            (ListType::Bullet, None) => ("-", None),
            (ListType::Bullet, Some(None)) => ("[ ]", None),
            (ListType::Bullet, Some(Some(_))) => ("[x]", None),
        };
        let inside = format!("{depth}.");
        let mut has_text = false;
        for (i, child) in item.children().enumerate() {
            let is_text = i == 0 && matches!(child.data().value, NodeValue::Paragraph);
            has_text |= is_text;
            match number_box.filter(|_| is_text) {
                // Notion has no boxes with numbers: there it is text.
                Some(symbol) => {
                    let mut pieces = pieces(child).0;
                    pieces.insert(0, piece(&format!("[{symbol}] ")));
                    self.sheet.text(&inside, sign, pieces);
                }
                None => self.block(child, &inside, if is_text { sign } else { "" }, level + 1),
            }
        }
        if !has_text {
            self.sheet.text(&inside, sign, Vec::new());
        }
    }

    /// A text, and after it the images that stand in it. Images that are all there is to it have no text.
    fn text<'a>(&mut self, node: Node<'a>, depth: &str, sign: &str, may_be_images: bool) {
        let (pieces, images) = pieces(node);
        let web = |image: &Image| {
            self.sheet.absolute(&image.address).is_some_and(|address| address.starts_with("http"))
        };
        let (images, others): (Vec<Image>, Vec<Image>) = images.into_iter().partition(web);
        if may_be_images && others.is_empty() && are_alone(node, &images) {
            self.sheet.text(depth, sign, Vec::new());
        } else {
            self.sheet.text(depth, sign, pieces);
        }
        for image in images {
            self.sheet.image(depth, &image.address, image.description);
        }
    }
}

struct Image {
    address: String,
    description: Vec<Piece>,
}

/// Whether there is nothing but images, each on a line of its own.
fn are_alone<'a>(node: Node<'a>, images: &[Image]) -> bool {
    let mut found = 0;
    let mut is_apart = true;
    for child in node.children() {
        match &child.data().value {
            NodeValue::SoftBreak | NodeValue::LineBreak => is_apart = true,
            NodeValue::Text(text) if shown(text).trim().is_empty() => {}
            NodeValue::HtmlInline(html) if matches!(html::tag(html), Tag::Comment) => {}
            NodeValue::HtmlInline(html) if matches!(html::tag(html), Tag::LineBreak) => {
                is_apart = true
            }
            NodeValue::Image(_) if is_apart => {
                found += 1;
                is_apart = false;
            }
            NodeValue::HtmlInline(html)
                if is_apart && matches!(html::tag(html), Tag::Image(..)) =>
            {
                found += 1;
                is_apart = false;
            }
            _ => return false,
        }
    }
    found > 0 && found == images.len()
}

/// The words of a text, and the images in it.
fn pieces<'a>(node: Node<'a>) -> (Vec<Piece>, Vec<Image>) {
    let (mut out, mut images) = (Vec::new(), Vec::new());
    for child in node.children() {
        inline(child, None, 0, &mut out, &mut images);
    }
    (out, images)
}

fn inline<'a>(
    node: Node<'a>,
    link: Option<&str>,
    level: usize,
    out: &mut Vec<Piece>,
    images: &mut Vec<Image>,
) {
    let mut say = |words: &str, is_code: bool| {
        out.push(Piece { words: words.to_owned(), is_code, link: link.map(str::to_owned) });
    };
    if level > MAX_DEPTH {
        return say(&words(node), false);
    }
    let value = node.data().value.clone();
    match value {
        NodeValue::Text(text) => say(&shown(&text), false),
        NodeValue::SoftBreak | NodeValue::LineBreak => say("\n", false),
        NodeValue::Code(code) => say(&shown(&code.literal), true),
        NodeValue::Math(math) => say(&format!("${}$", shown(&math.literal)), false),
        NodeValue::HtmlInline(html) => match html::tag(&html) {
            Tag::Comment => {}
            Tag::LineBreak => say("\n", false),
            Tag::Image(address, description) => {
                image(address, vec![piece(&description)], link, out, images);
            }
            Tag::Other => say(&shown(&html), false),
        },
        NodeValue::Link(target) => {
            for child in node.children() {
                inline(child, Some(&target.url), level + 1, out, images);
            }
        }
        NodeValue::Image(target) => {
            let mut description = Vec::new();
            for child in node.children() {
                inline(child, None, level + 1, &mut description, &mut Vec::new());
            }
            image(shown(&target.url), description, link, out, images);
        }
        // Marks.
        _ => {
            for child in node.children() {
                inline(child, link, level + 1, out, images);
            }
        }
    }
}

/// Notion has no images inside texts: the description stands there, leading where the image leads or to it.
fn image(
    address: String,
    description: Vec<Piece>,
    link: Option<&str>,
    out: &mut Vec<Piece>,
    images: &mut Vec<Image>,
) {
    let target = link.unwrap_or(&address).to_owned();
    let is_named = description.iter().any(|piece| !piece.words.is_empty());
    let stand_in = if is_named { description.clone() } else { vec![piece("image")] };
    let linked = |piece: Piece| Piece { link: Some(target.clone()), ..piece };
    out.extend(stand_in.into_iter().map(linked));
    images.push(Image { address, description });
}

fn piece(words: &str) -> Piece {
    Piece { words: words.to_owned(), ..Piece::default() }
}

fn shown(text: &str) -> String {
    text.replace(LETTER, "")
}

fn words(node: Node<'_>) -> String {
    let mut words = String::new();
    for node in node.descendants() {
        match &node.data().value {
            NodeValue::Text(text) => words.push_str(&shown(text)),
            NodeValue::Code(code) => words.push_str(&shown(&code.literal)),
            NodeValue::CodeBlock(code) => words.push_str(&shown(&code.literal)),
            NodeValue::SoftBreak | NodeValue::LineBreak => words.push('\n'),
            _ => {}
        }
    }
    words
}

fn tone(alert: AlertType) -> &'static str {
    match alert {
        AlertType::Note => "NOTE",
        AlertType::Tip => "TIP",
        AlertType::Important => "IMPORTANT",
        AlertType::Warning => "WARNING",
        AlertType::Caution => "CAUTION",
    }
}
