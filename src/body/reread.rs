//! A text that is another one, already read, but for some blocks: only these are read.
//!
//! Both parsers go through a text line by line, and what lies before a [`Cut`] was read without a look beyond it. After
//! an empty line, a line that begins with a letter closes everything but fenced code, HTML and tags, and those are not
//! open at a cut: so what is before and after such a line can be read apart. Definitions and footnotes mean something
//! everywhere: where a text has any, what differs must have nothing to do with them.

use std::ops::Range;

use super::dialect::Dialect;
use super::source::{Cut, Mark, Reading, Spelling};
use super::tree::{Block, Kind};
use crate::model::Side;

/// What a text shows, put together from another reading and that of what differs.
pub(super) struct Reread<'k> {
    known: &'k Reading,
    /// So many blocks at the start are the known ones.
    front: usize,
    /// What was read anew.
    middle: Reading,
    /// From this one on, the known ones are the blocks at the end.
    back: usize,
    /// What is in the text and not shown.
    hidden: Vec<String>,
}

/// Reads a text with what is known of another one; the same as reading all of it.
pub(super) fn reread<'k>(
    dialect: Dialect<'_>,
    text: &str,
    known_text: &str,
    known: &'k Reading,
) -> Reread<'k> {
    let parts = Parts::of(dialect.side, text, known_text, known).filter(|parts| {
        // Reading most of a text and then all of it would take longer than reading it once.
        parts.middle.len() <= text.len() / 2
    });
    parts
        .and_then(|parts| parts.read(dialect, text, known_text, known))
        .unwrap_or_else(|| Reread::of(dialect.read(text), text, known))
}

impl<'k> Reread<'k> {
    /// A text that was read as a whole.
    fn of(middle: Reading, text: &str, known: &'k Reading) -> Reread<'k> {
        let hidden = parts_of(text, &middle.hidden).collect();
        Reread { known, front: 0, middle, back: known.blocks.len(), hidden }
    }

    /// The blocks and their marks, of which those of the known ones stand where they stood in the known text.
    pub(super) fn parts(&self) -> [(&[Block], &[Mark]); 3] {
        let known = |range: Range<usize>| {
            let blocks = self.known.blocks.get(range.clone()).unwrap_or_default();
            (blocks, self.known.marks.get(range).unwrap_or_default())
        };
        [
            known(0..self.front),
            (self.middle.blocks.as_slice(), self.middle.marks.as_slice()),
            known(self.back..self.known.blocks.len()),
        ]
    }

    /// All that is shown.
    pub(super) fn blocks(self) -> Vec<Block> {
        if self.front == 0 && self.back == self.known.blocks.len() {
            return self.middle.blocks;
        }
        let parts = self.parts().map(|(blocks, _)| blocks);
        parts.concat()
    }

    /// All that is not.
    pub(super) fn hidden(&self) -> &[String] {
        &self.hidden
    }
}

/// What is hidden in a text, without what surrounds it.
pub(super) fn parts_of<'t>(
    text: &'t str,
    hidden: &'t [Range<usize>],
) -> impl Iterator<Item = String> + 't {
    let parts = hidden.iter().filter_map(|at| text.get(at.clone()));
    parts.map(|part| part.trim().to_owned())
}

/// How much a longer text may make of its definitions depends on its length: the parser has such a limit.
const MAX_NAMING_BYTES: usize = 100_000;

/// What two texts have in common, in blocks, and what of the second one is to be read.
struct Parts {
    front: Option<Cut>,
    middle: Range<usize>,
    back: Option<Cut>,
}

impl Parts {
    /// `None` when there is nothing that both begin or end with.
    fn of(side: Side, text: &str, known_text: &str, known: &Reading) -> Option<Parts> {
        let cuts = &known.cuts;
        let (new, old) = (text.as_bytes(), known_text.as_bytes());
        let front = new.iter().zip(old).take_while(|(a, b)| a == b).count();
        let back = new.iter().rev().zip(old.iter().rev()).take_while(|(a, b)| a == b).count();
        let before = cuts.iter().rev().filter(|cut| cut.end > 0 && cut.end <= front);
        let goes_on = |cut: &Cut| {
            let is_alike = |text: &str, next| {
                // Notion's lines are the same ones whether or not anything ends the last of them.
                next < text.len() || side == Side::Notion || is_ended(text, known, cut)
            };
            let start = after(text, cut.end)?;
            // A fence that nothing closes holds the empty lines behind it too.
            let is_open = |block| {
                ends_in_fence(block)
                    && (text.get(cut.end..start) != known_text.get(cut.end..cut.next)
                        || (start < text.len()) != (cut.next < known_text.len()))
            };
            let last = cut.blocks.checked_sub(1).and_then(|last| known.blocks.get(last));
            let is_same = is_alike(known_text, cut.next) && is_alike(text, start);
            (is_same && !last.is_some_and(is_open)).then_some((*cut, start))
        };
        let (first, start) =
            before.filter_map(goes_on).next().map_or((None, 0), |(cut, start)| (Some(cut), start));
        // Where it goes on in the new text as it does in the known one.
        let moved = |cut: &Cut| (cut.next + text.len()).checked_sub(known_text.len());
        let blocks = first.map_or(0, |cut| cut.blocks);
        // What is indented there may be code.
        let begins_line =
            |cut: &&Cut| known_text.get(..cut.next).is_some_and(|before| before.ends_with('\n'));
        let from_end = known_text.len() - back.min(old.len());
        let last = cuts
            .iter()
            .filter(|cut| cut.next >= from_end && cut.next < known_text.len())
            .filter(|cut| cut.blocks >= blocks)
            .filter(begins_line)
            .filter_map(|cut| Some((*cut, moved(cut)?)))
            .find(|(_, at)| *at >= start && begins_anew(text, *at));
        let end = last.map_or(text.len(), |(_, at)| at);
        if first.is_none() && last.is_none() {
            return None;
        }
        Some(Parts { front: first, middle: start..end, back: last.map(|(cut, _)| cut) })
    }

    /// Reads what is between; `None` when that is not all that has to be read.
    fn read<'k>(
        self,
        dialect: Dialect<'_>,
        text: &str,
        known_text: &str,
        known: &'k Reading,
    ) -> Option<Reread<'k>> {
        let between = text.get(self.middle.clone())?;
        let middle = dialect.read(between);
        let is_closed = |cuts: &[Cut]| cuts.last().is_some_and(|cut| cut.next == between.len());
        if self.back.is_some() && !between.is_empty() && !is_closed(&middle.cuts) {
            return None;
        }
        let replaced =
            self.front.map_or(0, |cut| cut.end)..self.back.map_or(known_text.len(), |cut| cut.next);
        // Neither what goes nor what comes names anything, and nothing in it is meant by a name.
        let is_apart = |text: &str| !text.contains('[');
        let is_short = text.len().max(known_text.len()) <= MAX_NAMING_BYTES;
        if (known.has_names || middle.has_names)
            && !(is_short && is_apart(between) && known_text.get(replaced).is_some_and(is_apart))
        {
            return None;
        }
        let front = self.front.map_or(0, |cut| cut.blocks);
        let (front_end, back_start) =
            (self.front.map_or(0, |cut| cut.end), self.back.map_or(usize::MAX, |cut| cut.next));
        let at_front = known.hidden.iter().filter(|at| at.end <= front_end);
        let at_back = known.hidden.iter().filter(|at| at.start >= back_start);
        let known_hidden: Vec<Range<usize>> = at_front.chain(at_back).cloned().collect();
        let hidden = parts_of(known_text, &known_hidden).chain(parts_of(between, &middle.hidden));
        let hidden = hidden.collect();
        let back = self.back.map_or(known.blocks.len(), |cut| cut.blocks);
        Some(Reread { known, front, middle, back, hidden })
    }
}

const BLANKS: [char; 4] = [' ', '\t', '\n', '\r'];

/// Where the text goes on after its first bytes, when what comes is apart from them.
fn after(text: &str, end: usize) -> Option<usize> {
    let gap = text.get(end..)?;
    let at = text.len() - gap.trim_start_matches(BLANKS).len();
    (is_gap(text.get(end..at)?) && (at == text.len() || begins_anew(text, at))).then_some(at)
}

/// Whether GitHub shows what is before the cut at the end of a text as before an empty line: not so an item's empty box
/// in a line that nothing ends.
fn is_ended(text: &str, known: &Reading, cut: &Cut) -> bool {
    let last = cut.blocks.checked_sub(1);
    let last = last.and_then(|last| Some((known.blocks.get(last)?, known.marks.get(last)?)));
    let is_blank = |from: usize| text.get(from..cut.end).is_some_and(|it| it.trim().is_empty());
    let said_all = |(block, mark): (&Block, &Mark)| {
        let is_whole = matches!(block.kind, Kind::Paragraph | Kind::Table);
        let end = if is_whole { Some(mark.span.end) } else { last_words(block, mark) };
        let is_box = |end| !is_whole && text.get(..end).is_some_and(|said| said.ends_with(']'));
        end.is_some_and(|end| is_blank(end) && !is_box(end))
    };
    last.is_some_and(said_all) || text.get(cut.end..).is_some_and(|gap| gap.contains('\n'))
}

/// Whether the last thing inside a block is what a fence may hold.
fn ends_in_fence(block: &Block) -> bool {
    match block.children.last() {
        Some(last) => ends_in_fence(last),
        None => matches!(block.kind, Kind::Code { .. } | Kind::Equation),
    }
}

/// Where the words end that are the last thing inside a block.
fn last_words(block: &Block, mark: &Mark) -> Option<usize> {
    match (block.children.last(), mark.children.last()) {
        (Some(block), Some(mark)) => last_words(block, mark),
        (_, _) if mark.spelling == Spelling::Literal => None,
        (_, _) => mark.words.last().map(|word| word.at.end),
    }
}

/// Whether both parsers see the same lines in it, all of them empty: a return alone ends some lines, and others not.
fn is_gap(blanks: &str) -> bool {
    !blanks.starts_with([' ', '\t'])
        && blanks.match_indices('\r').all(|(at, _)| blanks.as_bytes().get(at + 1) == Some(&b'\n'))
}

/// Whether a line begins there, after an empty one, with a letter: it goes on with nothing that was before it.
fn begins_anew(text: &str, at: usize) -> bool {
    let without_line_end = |text: &'_ str| {
        ["\r\n", "\n"].into_iter().find_map(|end| Some(text.strip_suffix(end)?.len()))
    };
    let Some((before, rest)) = text.split_at_checked(at) else { return false };
    let line_before = without_line_end(before).and_then(|end| before.get(..end));
    let line_before = line_before.map(|before| before.trim_end_matches([' ', '\t']));
    rest.starts_with(|c: char| c.is_ascii_alphabetic())
        && line_before.is_some_and(|before| without_line_end(before).is_some())
}

/// The cuts of a text, of which blocks begin in these places with so many blocks before them; the last one is its end.
pub(super) fn cuts(text: &str, starts: impl IntoIterator<Item = (usize, usize)>) -> Vec<Cut> {
    let cut = |(next, blocks): (usize, usize)| {
        let before = text.get(..next)?;
        // Blanks at the end of its last line are shown where it is shown to the letter.
        let shown = before.trim_end_matches(BLANKS).len();
        let gap = before.get(shown..)?;
        let end = shown + gap.len() - gap.trim_start_matches([' ', '\t']).len();
        is_gap(before.get(end..)?).then_some(Cut { end, next, blocks })
    };
    starts.into_iter().filter_map(cut).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::{Index, select};

    use super::*;
    use crate::body::place::Place;
    use crate::body::source::Hold;
    use crate::model::Side;

    fn place() -> Place {
        Place::of_issue("https://github.com/acme/app/issues/12").unwrap()
    }

    /// How far each block may be changed, and each inside it.
    #[derive(Debug, PartialEq, Eq)]
    struct Holds(Hold, Vec<Holds>);

    fn holds(marks: &[Mark]) -> Vec<Holds> {
        marks.iter().map(|mark| Holds(mark.hold, holds(&mark.children))).collect()
    }

    /// Checks that reading again is reading; says how many blocks were not read for it.
    fn taken_over(side: Side, known_text: &str, text: &str) -> usize {
        let place = place();
        let dialect = Dialect { side, place: &place };
        let (known, whole) = (dialect.read(known_text), dialect.read(text));
        let again = reread(dialect, text, known_text, &known);
        let what = || format!("{side:?}: {text:?} after {known_text:?}");
        let marks: Vec<Holds> = again.parts().into_iter().flat_map(|(_, m)| holds(m)).collect();
        assert_eq!(marks, holds(&whole.marks), "{}", what());
        let mut hidden: Vec<String> = parts_of(text, &whole.hidden).collect();
        let mut hidden_again = again.hidden().to_vec();
        hidden.sort();
        hidden_again.sort();
        assert_eq!(hidden_again, hidden, "{}", what());
        let count = again.front + (known.blocks.len() - again.back);
        assert_eq!(again.blocks(), whole.blocks, "{}", what());
        count
    }

    #[test]
    fn a_word_in_a_long_text_costs_one_block_and_what_stands_beside_it() {
        let names = "See [x] and[^1]\n\n[x]: https://x.y\n\n[^1]: note\n";
        let blocks: Vec<String> =
            (0..40).map(|i| format!("Paragraph {i}\n\n- item\n\n> quoted\n")).collect();
        let known = [names, &blocks.join("\n"), names].join("\n");
        let text = known.replace("Paragraph 17", "Paragraph seventeen");
        for side in Side::BOTH {
            let blocks = Dialect { side, place: &place() }.read(&known).blocks.len();
            assert!(taken_over(side, &known, &text) > blocks - 7, "{side:?}");
            // What comes at the end, and what was there and is gone.
            let longer = format!("{known}\n\nA new paragraph.\n");
            assert_eq!(taken_over(side, &known, &longer), blocks, "{side:?}");
            assert_eq!(taken_over(side, &longer, &known), blocks, "{side:?}");
        }
    }

    #[test]
    fn an_open_fence_in_an_item_holds_the_empty_lines_behind_it() {
        for fence in ["```", "```math"] {
            let known = format!("* a\n\n  b\n\n* c\n\n  {fence}\n  d\n");
            for more in ["\n", "\nNew", "\n\n\nNew"] {
                let text = format!("{known}{more}");
                for side in Side::BOTH {
                    taken_over(side, &known, &text);
                    taken_over(side, &text, &known);
                    taken_over(side, &text, &format!("{text}\n\nMore"));
                }
            }
        }
    }

    #[test]
    fn what_is_still_open_takes_in_what_comes_after_it() {
        for known in
            ["```\na", "<!-- a", "<details>\n\na", "<toggle>\na\n\nb", "$$\na", "a\n\n[x]: y"]
        {
            for text in ["b", "```\n\nb", "-->\n\nb", "</details>", "</toggle>", "$$\n\nb", "[x]"] {
                let text = format!("{known}\n\nNext {text}\n\nNext {text}");
                for side in Side::BOTH {
                    taken_over(side, known, &text);
                    taken_over(side, &text, known);
                }
            }
        }
    }

    const PIECES: [&str; 78] = [
        "a",
        "Word and *word*",
        "Two\nlines",
        "Ends with\\",
        "Ends  ",
        "# Head",
        "Head\n===",
        "Head\n---",
        "- a",
        "- a\n\n  b",
        "- a\n  ```\n  b",
        "- ```math\n  b",
        "1. ```\n   b\n   ```",
        "- a\n\n  <!-- b",
        "- a\n\t```\n\tb",
        "- > ```\n  > b",
        "* a",
        "+",
        "-",
        "1. a",
        "1) a",
        "2. b",
        "- [ ] a",
        "- [x]",
        "  - deep",
        "\tdeep",
        "    code",
        "```",
        "```rust\na\n```",
        "````\n```\n",
        "~~~",
        "~~~\na\n~~~",
        "> a",
        "> ```\n> a",
        ">",
        "> - a",
        "> [!NOTE]\n> a",
        "---",
        "***",
        "| a | b |\n|---|---|\n| c | d |",
        "|a|",
        "a | b\n- | -",
        "$$",
        "$$\na\n$$",
        "$a",
        "[x]",
        "[x]: y",
        "[x]: y 'a",
        "[^1]",
        "[^1]: a",
        "[^1]: a\n\n    b",
        "<details>",
        "</details>",
        "<details>\n<summary>a</summary>\n\nb\n\n</details>",
        "<summary>a</summary>",
        "<!-- a -->",
        "<!-- a",
        "-->",
        "<script>",
        "</script>",
        "<div>",
        "</div>",
        "<?a",
        "<![CDATA[",
        "<b>a",
        "![a](https://x.org/b.png)",
        "Text ![a](https://x.org/b.png) text",
        "<toggle>\na\n\n\tb\n</toggle>",
        "<toggle>",
        "</toggle>",
        "<callout icon=\"💡\">\na",
        "</callout>",
        "<columns>",
        "</columns>",
        "<file source=\"a\">",
        "a</file> b",
        "<unknown url=\"a\" />",
        "<ol>\n<li>",
    ];

    fn piece() -> impl Strategy<Value = String> {
        prop_oneof![
            8 => select(&PIECES[..]).prop_map(str::to_owned),
            2 => "[A-Za-z]{1,4}".prop_map(|word| word),
            1 => "[a\\[\\]()!<>/$`~*_#:|>\\\\ \t\r\n=-]{1,9}".prop_map(|signs| signs),
        ]
    }

    fn text() -> impl Strategy<Value = Vec<String>> {
        let ends = ["\n\n", "\n\n", "\n\n", "\n", "\r\n\r\n", "\r\r", "\n \t\n", "\n\n\n\n", ""];
        let piece = (piece(), select(ends.to_vec())).prop_map(|(piece, end)| piece + end);
        proptest::collection::vec(piece, 0..16)
    }

    proptest! {
        #[test]
        fn reading_again_is_reading(
            known in text(),
            new in proptest::collection::vec(piece(), 0..3),
            from in any::<Index>(),
            to in any::<Index>(),
            at_end in any::<bool>(),
        ) {
            let (from, to) = (from.index(known.len() + 1), to.index(known.len() + 1));
            let (from, to) = if at_end { (known.len(), known.len()) } else { (from.min(to), from.max(to)) };
            let text = [known[..from].concat(), new.join("\n\n"), known[to..].concat()];
            let wider = [known[..from].concat(), "\n".to_owned(), known[from..].concat()];
            let texts = [known.concat(), text.concat(), text.join("\n\n"), wider.concat()];
            for side in Side::BOTH {
                for (one, other) in
                    [(0, 1), (1, 0), (0, 2), (2, 0), (1, 2), (2, 1), (0, 3), (3, 0)]
                {
                    taken_over(side, &texts[one], &texts[other]);
                }
            }
        }
    }
}
