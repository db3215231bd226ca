//! When an issue's body and a page's content say the same, judged without tandem's own reading of either.
//!
//! Both are brought into one form, a sequence of lines of what a reader sees: GitHub's body by a markdown parser that
//! tandem does not use (`github`), the page's blocks as the world holds them (`notion`). A line has a sign for what it
//! is (heading, item, ticked or not, code, row of a table, image), how deep it stands in quotes and items, and its words.
//!
//! Compared are every word and its order, line breaks, boxes and their ticks, kinds and levels of blocks, rows and cells
//! of tables, code to the letter but for blanks, the tone of alerts, the targets of links and the addresses of images.
//!
//! One form is given to what the two sides draw differently, and nothing of it is left out:
//!
//! * headings 5 and 6 are headings 4; an alert is a callout of its tone; a formula is its source on one line;
//! * `<details>` is a toggle: its title and its content stand on lines of their own, how deep is not compared;
//! * other HTML is the lines of its source, its images are images, marks such as `<b>` and comments are not seen;
//! * an image inside a text is its description there, and an image after it;
//! * emoji codes are emoji; a footnote is its source; a link's target is absolute, and no quiet detour counts (I16).
//!
//! Not compared: emphasis, the sign `~`, which strikes words out for some readers of markdown, colours, the language of code, the number an item begins with, a paragraph's end against a
//! line break, white space, characters nobody sees, and the target of a link that says where it leads (an address, `#12`,
//! `@login`, a commit). Addresses of Notion's own pages and files are not compared either, and images must not have been
//! uploaded.

mod github;
mod html;
mod notion;
mod sheet;
#[cfg(test)]
mod tests;

use std::fmt;

use crate::sim::notion::{Block, UserId};
use sheet::{Line, Sheet};

/// So many levels are told apart; what lies deeper is its words.
const MAX_DEPTH: usize = 64;
/// So many characters of a line are shown.
const SHOWN_CHARS: usize = 80;

/// Where both say something else first, in words; `None`: they say the same.
pub(super) fn differs(
    body: &str,
    issue_url: &str,
    blocks: &[Block],
    people: &[(String, UserId)],
) -> Option<(String, String)> {
    let github = github::read(body, Sheet::new(issue_url));
    let notion = notion::read(blocks, people, Sheet::new(issue_url));
    let same = github.iter().zip(&notion).take_while(|(left, right)| left == right).count();
    if same == github.len() && same == notion.len() {
        return None;
    }
    let shown = |lines: &[Line]| match lines.get(same) {
        Some(line) => format!("line {} is {line}", same + 1),
        None => format!("{} lines", lines.len()),
    };
    Some((shown(&github), shown(&notion)))
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: String = self.words.chars().take(SHOWN_CHARS).collect();
        let more = if self.words.chars().nth(SHOWN_CHARS).is_some() { "…" } else { "" };
        write!(f, "\"{}{} {}{more}\"", self.depth, self.sign, words.escape_debug())
    }
}
