//! People on GitHub, who edit the source: what they may do is told by comrak, not by tandem.

use comrak::nodes::{Node, NodeValue};
use comrak::{Arena, Options};
use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

use crate::person::TYPED_ON_GITHUB;

/// The paragraph that somebody on GitHub adds.
pub const ADDED_ON_GITHUB: &str = "Quaggamussels were added, with `code` and #5.";

/// One edit on GitHub.
#[derive(Debug, Clone)]
pub struct Edited {
    pub what: &'static str,
    /// The whole new body.
    pub body: String,
}

/// What can be edited in a body: lines are counted from 0, the last is not included.
#[derive(Default)]
struct Plan {
    /// The blocks that stand in nothing else.
    blocks: Vec<(usize, usize)>,
    /// Where to-dos begin.
    tasks: Vec<usize>,
    /// Words in running text.
    words: Vec<String>,
}

/// Somebody edits one thing at random.
pub fn edits(body: &str, rng: &mut ChaCha8Rng) -> Option<Edited> {
    let plan = Plan::of(body);
    let lines: Vec<&str> = body.split_inclusive('\n').collect();
    let end = if body.contains("\r\n") { "\r\n" } else { "\n" };
    (0..20).find_map(|_| match rng.random_range(0..5) {
        0 => {
            let word = plan.words.choose(rng)?;
            let once = body.matches(word.as_str()).count() == 1;
            once.then(|| Edited {
                what: "change a word",
                body: body.replacen(word.as_str(), TYPED_ON_GITHUB, 1),
            })
        }
        1 => {
            let (_, at) = *plan.blocks.choose(rng)?;
            let (before, after) = lines.split_at_checked(at)?;
            let (before, after) = (before.concat(), after.concat());
            let gap = if before.ends_with('\n') { end.to_owned() } else { end.repeat(2) };
            let gap_after = if after.starts_with(['\n', '\r']) || after.is_empty() {
                end.to_owned()
            } else {
                end.repeat(2)
            };
            Some(Edited {
                what: "add a paragraph",
                body: format!("{before}{gap}{ADDED_ON_GITHUB}{gap_after}{after}"),
            })
        }
        2 => {
            let at = *plan.tasks.choose(rng)?;
            let mut lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
            let line = lines.get_mut(at)?;
            let (from, to) = if line.contains("[ ]") { ("[ ]", "[x]") } else { ("[x]", "[ ]") };
            *line = line.replacen(from, to, 1);
            let ticked = lines.concat();
            (ticked != body).then_some(Edited { what: "tick a task", body: ticked })
        }
        3 => {
            let (start, stop) = *plan.blocks.choose(rng)?;
            let mut stop = stop;
            while lines.get(stop).is_some_and(|line| line.trim().is_empty()) {
                stop += 1;
            }
            let left = [lines.get(..start)?, lines.get(stop..)?].concat().concat();
            Some(Edited { what: "delete a block", body: left })
        }
        _ => {
            let at = rng.random_range(0..plan.blocks.len().max(1));
            let (&(a, b), &(c, d)) = (plan.blocks.get(at)?, plan.blocks.get(at + 1)?);
            let (first, gap, second) =
                (lines.get(a..b)?.concat(), lines.get(b..c)?.concat(), lines.get(c..d)?.concat());
            let swapped = if second.ends_with('\n') {
                format!("{second}{gap}{first}")
            } else {
                format!("{second}{end}{gap}{}", first.trim_end())
            };
            let body = [lines.get(..a)?.concat(), swapped, lines.get(d..)?.concat()].concat();
            (gap.trim().is_empty() && gap.contains('\n'))
                .then_some(Edited { what: "move a block", body })
        }
    })
}

impl Plan {
    fn of(body: &str) -> Plan {
        let mut options = Options::default();
        options.extension.strikethrough = true;
        options.extension.table = true;
        options.extension.tasklist = true;
        options.extension.alerts = true;
        options.extension.footnotes = true;
        let arena = Arena::new();
        let root = comrak::parse_document(&arena, body, &options);
        let mut plan = Plan::default();
        // HTML blocks end where a blank line is: what stands around them may be theirs.
        let is_plain = root
            .children()
            .all(|node| !matches!(node.data.borrow().value, NodeValue::HtmlBlock(_)));
        for node in root.children().filter(|_| is_plain) {
            let at = node.data.borrow().sourcepos;
            plan.blocks.push((at.start.line.saturating_sub(1), at.end.line));
        }
        plan.walk(root);
        plan
    }

    fn walk<'a>(&mut self, node: Node<'a>) {
        let data = node.data.borrow();
        match &data.value {
            NodeValue::TaskItem(_) => self.tasks.push(data.sourcepos.start.line.saturating_sub(1)),
            NodeValue::Text(text) => {
                let words = text.split(|c: char| !c.is_ascii_alphabetic());
                self.words.extend(words.filter(|word| word.len() >= 4).map(str::to_owned));
            }
            NodeValue::Link(_) | NodeValue::Image(_) => return,
            _ => {}
        }
        node.children().for_each(|child| self.walk(child));
    }
}
