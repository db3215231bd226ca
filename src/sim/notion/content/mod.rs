//! The content of pages: blocks, the dialect they are read from and written in, and what becomes of their ids.
//!
//! An independent judge of what tandem writes: CommonMark is read by another parser than tandem's, and the laws that
//! hold here (a text that was given out is read as the very blocks it was written from) are tested here.

mod adopt;
mod block;
mod escape;
mod fold;
mod inline;
mod languages;
mod lines;
mod outline;
mod parse;
mod prefix;
mod render;
mod rendering;
mod spans;
mod tags;

#[cfg(test)]
mod tests;

pub(super) use adopt::Adoption;
pub use block::{Attributes, Block, BlockId, Content, Kind, Look, Run, What};
pub(super) use block::{count, joined, say_the_same};
pub use outline::outline;
pub(super) use parse::{Parsed, parse};
pub(super) use render::render;
pub use rendering::{Escaping, Indent, LoneNewline, LongText, Rendering};
