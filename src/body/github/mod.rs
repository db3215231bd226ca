//! GitHub's dialect: GitHub-flavoured markdown as issues and comments show it, where a newline is a line break.

mod fold;
mod guard;
mod html;
mod images;
mod inline;
mod items;
mod leaves;
mod literal;
mod marks;
mod print;
mod read;
mod spell;

pub(super) use print::{needs_blank_line, print};
pub(super) use read::read;
pub(super) use spell::{escape, spell};
