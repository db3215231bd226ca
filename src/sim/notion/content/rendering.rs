//! What Notion's documentation leaves open about its markdown, as switches (notion-api.md §6.3.1, end).

use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// How the children of list items are indented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Indent {
    /// A tab per level.
    Tab,
    /// As many blanks as the marker is wide.
    Two,
    /// Four blanks, or more under a wide marker.
    Four,
}

/// Which harmless characters come back escaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Escaping {
    /// Only what would be read as something else.
    Minimal,
    /// Always the characters that the older dialect lists.
    Listed,
    /// Every punctuation of ASCII.
    Everything,
}

/// What a lone newline inside a paragraph is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoneNewline {
    /// A blank.
    Blank,
    /// A line break.
    Break,
}

/// What becomes of a text of more than 2,000 UTF-16 units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LongText {
    /// It is kept in several runs, which nobody sees.
    Split,
    /// 400.
    Refuse,
}

/// One reading of everything that is left open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendering {
    /// What a lone newline is read as.
    pub lone_newline: LoneNewline,
    /// How list children are indented.
    pub indent: Indent,
    /// List items are separated by blank lines.
    pub loose_lists: bool,
    /// Bullets are `*` instead of `-`.
    pub star_bullets: bool,
    /// Numbers count up; otherwise all are `1.`.
    pub counts_up: bool,
    /// What is escaped.
    pub escaping: Escaping,
    /// A literal `<` comes back as `&lt;` instead of `\<`.
    pub entities: bool,
    /// A plain quote comes back as a tag.
    pub quote_tags: bool,
    /// A plain table comes back as tags.
    pub table_tags: bool,
    /// A tag that holds a single line stands on one line.
    pub short_tags: bool,
    /// The text ends with a newline.
    pub final_newline: bool,
    /// Bare URLs become links.
    pub links_bare_urls: bool,
    /// A link that shows its own address comes back as `<URL>`.
    pub angle_links: bool,
    /// Code without a language comes back as `plain text`.
    pub names_plain_text: bool,
    /// A changed block keeps its id when another of its kind stands in its place.
    pub changed_keeps_id: bool,
    /// Texts over the limit.
    pub long_text: LongText,
}

impl Default for Rendering {
    fn default() -> Rendering {
        Rendering {
            lone_newline: LoneNewline::Blank,
            indent: Indent::Tab,
            loose_lists: false,
            star_bullets: false,
            counts_up: true,
            escaping: Escaping::Minimal,
            entities: false,
            quote_tags: false,
            table_tags: false,
            short_tags: false,
            final_newline: false,
            links_bare_urls: false,
            angle_links: false,
            names_plain_text: true,
            changed_keeps_id: false,
            long_text: LongText::Split,
        }
    }
}

impl Rendering {
    /// One of all combinations, drawn by a seed.
    #[must_use]
    pub fn drawn(seed: u64) -> Rendering {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        fn one<T: Copy>(rng: &mut ChaCha8Rng, of: &[T], default: T) -> T {
            of.choose(rng).copied().unwrap_or(default)
        }
        Rendering {
            lone_newline: one(
                &mut rng,
                &[LoneNewline::Blank, LoneNewline::Break],
                LoneNewline::Blank,
            ),
            indent: one(&mut rng, &[Indent::Tab, Indent::Two, Indent::Four], Indent::Tab),
            loose_lists: rng.random(),
            star_bullets: rng.random(),
            counts_up: rng.random(),
            escaping: one(
                &mut rng,
                &[Escaping::Minimal, Escaping::Listed, Escaping::Everything],
                Escaping::Minimal,
            ),
            entities: rng.random(),
            quote_tags: rng.random(),
            table_tags: rng.random(),
            short_tags: rng.random(),
            final_newline: rng.random(),
            links_bare_urls: rng.random(),
            angle_links: rng.random(),
            names_plain_text: rng.random(),
            changed_keeps_id: rng.random(),
            long_text: one(&mut rng, &[LongText::Split, LongText::Refuse], LongText::Split),
        }
    }
}
