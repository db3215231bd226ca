//! What carrying edits over has to know of a dialect.

use super::place::Place;
use super::source::{Reading, Spelling};
use super::tree::{Block, Kind, Style, Token, pieces};
use super::{github, notion};
use crate::model::Side;

/// One side's way of writing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dialect<'p> {
    /// Whose.
    pub(super) side: Side,
    /// Where the body lives.
    pub(super) place: &'p Place,
}

impl Dialect<'_> {
    /// Reads a text.
    pub(super) fn read(&self, text: &str) -> Reading {
        match self.side {
            Side::GitHub => github::read(text, self.place),
            Side::Notion => notion::read(text, self.place),
        }
    }

    /// The lines of a block written anew; `reuse` is asked first for what it contains.
    pub(super) fn print(
        &self,
        block: &Block,
        reuse: &dyn Fn(&Block) -> Option<Vec<String>>,
    ) -> Vec<String> {
        match self.side {
            Side::GitHub => github::print(block, self.place, reuse),
            Side::Notion => notion::print(block, self.place, reuse),
        }
    }

    /// Words with their marks.
    pub(super) fn spell(&self, tokens: &[Token], spelling: Spelling) -> String {
        match self.side {
            Side::GitHub => github::spell(tokens, spelling, self.place),
            Side::Notion => notion::spell(tokens, spelling, self.place),
        }
    }

    /// Plain text between other text of the same look.
    pub(super) fn escape(&self, text: &str, style: &Style, spelling: Spelling) -> String {
        match self.side {
            Side::GitHub => github::escape(text, style, spelling, self.place),
            Side::Notion if style.code || spelling == Spelling::Literal => text.to_owned(),
            Side::Notion if style.link.is_some() => notion::escape(text, spelling),
            // References are links here.
            Side::Notion => {
                let plain = Style::default();
                let tokens: Vec<Token> =
                    pieces(text).map(|piece| Token::text(piece, &plain)).collect();
                notion::spell(&tokens, spelling, self.place)
            }
        }
    }

    /// A line break inside a text.
    pub(super) fn line_break(&self, spelling: Spelling) -> &'static str {
        match (spelling, self.side) {
            (Spelling::Literal, _) | (Spelling::Lines, Side::GitHub) => "\n",
            (Spelling::Lines, Side::Notion) => "\\\n",
            (Spelling::Line | Spelling::Cell | Spelling::Html, Side::GitHub) => "<br>",
            (Spelling::Line | Spelling::Cell | Spelling::Html, Side::Notion) => "<br />",
        }
    }

    /// Whether two neighbours need an empty line between them.
    pub(super) fn needs_blank_line(&self, before: &Block, after: &Block) -> bool {
        match self.side {
            Side::GitHub => github::needs_blank_line(before, after),
            Side::Notion => notion::needs_blank_line(before, after),
        }
    }

    /// What stands in a block's changeable part (see [`super::source::Mark`]) after its kind changed; `None` when the
    /// block has to be written anew for that.
    pub(super) fn part(&self, old: &Kind, new: &Kind, part: &str) -> Option<String> {
        match (old, new) {
            (Kind::Todo { .. }, Kind::Todo { done }) => {
                let is_attribute = matches!(part, "true" | "false");
                Some(match (is_attribute, done) {
                    (true, done) => done.to_string(),
                    (false, true) => "x".to_owned(),
                    (false, false) => " ".to_owned(),
                })
            }
            (Kind::Heading(_), Kind::Heading(level)) if part.bytes().all(|b| b == b'#') => {
                Some("#".repeat(usize::from(*level)))
            }
            (Kind::Code { .. }, Kind::Code { language }) => {
                let info = super::language::info(language);
                // What follows the language is a matter between GitHub and its readers.
                let rest = part.find([' ', ',', '{']).map_or("", |end| &part[end..]);
                Some(if info.is_empty() { String::new() } else { format!("{info}{rest}") })
            }
            (_, _) => None,
        }
    }
}
