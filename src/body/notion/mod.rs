//! Notion's dialect, "Notion-flavored Markdown" v2 (notion-api §6.3.1): read into the tree both dialects share, and
//! printed from it. Reading takes every layout the documents leave open; printing has one, the safest.

mod blocks;
mod containers;
mod escape;
mod files;
mod flow;
mod inline;
mod leaves;
mod lines;
mod mention;
mod print;
mod scan;
mod spell;
mod starts;
mod table;
mod tag;
mod tags;
#[cfg(test)]
mod tests;

pub(in crate::body) use blocks::read;
pub(in crate::body) use escape::{address, escape};
pub(in crate::body) use print::{needs_blank_line, print};
pub(in crate::body) use spell::spell;
