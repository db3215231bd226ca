//! A page's content as a person sees it.

use super::MAX_DEPTH;
use super::html;
use super::sheet::{Line, Piece, Sheet};
use crate::sim::notion::{Block, BlockKind, Run, UserId, What};

/// What a page shows.
pub(super) fn read(blocks: &[Block], people: &[(String, UserId)], sheet: Sheet) -> Vec<Line> {
    let mut reader = Reader { people, sheet };
    reader.blocks(blocks, "", 0);
    reader.sheet.lines()
}

struct Reader<'a> {
    people: &'a [(String, UserId)],
    sheet: Sheet,
}

impl Reader<'_> {
    fn blocks(&mut self, blocks: &[Block], depth: &str, level: usize) {
        if level <= MAX_DEPTH {
            blocks.iter().for_each(|block| self.block(block, depth, level));
        }
    }

    fn block(&mut self, block: &Block, depth: &str, level: usize) {
        let content = &block.content;
        let mut inside = depth.to_owned();
        match &content.kind {
            BlockKind::Paragraph => self.text(block, depth, ""),
            BlockKind::Heading(heading) => {
                self.text(block, depth, &"#".repeat(usize::from(*heading)));
            }
            BlockKind::Toggle(_) => {
                let pieces = self.pieces(&content.text);
                let words = pieces.iter().map(|piece| piece.words.as_str()).collect::<String>();
                // In HTML a line break is none.
                self.sheet.text(
                    depth,
                    "html",
                    vec![Piece { words: words.replace('\n', " "), ..Piece::default() }],
                );
            }
            BlockKind::Bulleted => self.item(block, &mut inside, "-"),
            BlockKind::Numbered => self.item(block, &mut inside, "1."),
            BlockKind::ToDo(false) => self.item(block, &mut inside, "[ ]"),
            BlockKind::ToDo(true) => self.item(block, &mut inside, "[x]"),
            BlockKind::Quote => {
                inside.push('>');
                self.text(block, &inside, "");
            }
            BlockKind::Callout => {
                inside.push('>');
                self.sheet.line(&inside, "", &format!("[!{}]", tone(block)));
                self.text(block, &inside, "");
            }
            BlockKind::Code => {
                let code = content.words();
                match content.attribute("language") {
                    Some("html") => html::lines(&mut self.sheet, depth, &code),
                    Some(_) | None => self.sheet.code(depth, &code),
                }
            }
            BlockKind::Equation => self.sheet.formula(depth, &content.words()),
            BlockKind::Divider => self.sheet.line(depth, "---", ""),
            BlockKind::Table => {
                for row in block.children.iter().filter(|row| row.content.kind == BlockKind::Row) {
                    let cells = row.children.iter().map(|cell| self.pieces(&cell.content.text));
                    let cells = cells.collect();
                    self.sheet.row(depth, cells);
                }
                return;
            }
            BlockKind::Image => {
                let address = content.attribute("source").unwrap_or_default();
                let pieces = self.pieces(&content.text);
                self.sheet.image(depth, address, pieces);
            }
            BlockKind::Page | BlockKind::Database => self.kept(block, depth, "url"),
            BlockKind::Tagged("file" | "pdf" | "audio" | "video" | "bookmark" | "embed") => {
                self.kept(block, depth, "source");
            }
            // What stands in columns and the like stands on its own; what nobody can see says nothing.
            BlockKind::Tagged(_) | BlockKind::Unknown | BlockKind::Row | BlockKind::Cell => {}
        }
        self.blocks(&block.children, &inside, level + 1);
    }

    fn text(&mut self, block: &Block, depth: &str, sign: &str) {
        let pieces = self.pieces(&block.content.text);
        self.sheet.text(depth, sign, pieces);
    }

    fn item(&mut self, block: &Block, inside: &mut String, sign: &str) {
        inside.push('.');
        self.text(block, inside, sign);
    }

    /// What only Notion can hold: its name, leading to it.
    fn kept(&mut self, block: &Block, depth: &str, key: &str) {
        let address = block.content.attribute(key).unwrap_or_default();
        let name = block.content.words();
        let words = if name.trim().is_empty() { address.to_owned() } else { name };
        let link = Some(address.to_owned());
        self.sheet.text(depth, "", vec![Piece { words, is_code: false, link }]);
    }

    fn pieces(&self, runs: &[Run]) -> Vec<Piece> {
        runs.iter().map(|run| self.piece(run)).collect()
    }

    fn piece(&self, run: &Run) -> Piece {
        let mut link = run.look.link.clone();
        let words = match &run.what {
            What::Text(text) => text.clone(),
            What::Equation(tex) => format!("${tex}$"),
            What::Mention(attributes, label) => {
                let url = attributes.get("url").map_or("", String::as_str);
                match url.strip_prefix("user://") {
                    Some(user) => {
                        format!("@{}", self.login(user).unwrap_or(label.trim_start_matches('@')))
                    }
                    None => {
                        link = link.or_else(|| Some(url.to_owned()));
                        label.clone()
                    }
                }
            }
            What::Date(attributes) => {
                let at = |key: &str| attributes.get(key).cloned().unwrap_or_default();
                let end = at("end");
                if end.is_empty() { at("start") } else { format!("{} → {end}", at("start")) }
            }
            What::Emoji(name) => format!(":{name}:"),
            What::Citation(url) => format!("[^{url}]"),
        };
        Piece { words, is_code: run.look.code, link }
    }

    fn login(&self, user: &str) -> Option<&str> {
        let plain = |id: &str| id.replace('-', "").to_ascii_lowercase();
        let known = self.people.iter().find(|(_, id)| plain(&id.to_string()) == plain(user));
        known.map(|(login, _)| login.as_str())
    }
}

/// The alert that a callout looks like: by its icon, else by its colour.
fn tone(block: &Block) -> &'static str {
    let icon = block.content.attribute("icon").unwrap_or_default();
    let color = block.content.attribute("color").unwrap_or_default();
    match (icon.trim_end_matches('\u{fe0f}'), color.trim_end_matches("_bg")) {
        ("💡", _) => "TIP",
        ("❗", _) => "IMPORTANT",
        ("⚠", _) => "WARNING",
        ("🛑", _) => "CAUTION",
        ("ℹ", _) => "NOTE",
        (_, "green") => "TIP",
        (_, "purple") => "IMPORTANT",
        (_, "yellow" | "orange") => "WARNING",
        (_, "red") => "CAUTION",
        (_, _) => "NOTE",
    }
}
