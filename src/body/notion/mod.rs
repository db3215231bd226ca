use super::place::Place; use super::source::*; use super::tree::*;
pub(super) fn read(_: &str, _: &Place) -> Reading { Reading::default() }
pub(super) fn print(_: &Block, _: &Place, _: &dyn Fn(&Block)->Option<Vec<String>>) -> Vec<String> { vec![] }
pub(super) fn spell(_: &[Token], _: Spelling, _: &Place) -> String { String::new() }
pub(super) fn escape(_: &str, _: Spelling) -> String { String::new() }
pub(super) fn needs_blank_line(_: &Block, _: &Block) -> bool { true }
