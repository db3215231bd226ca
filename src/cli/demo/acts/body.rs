//! What people do with bodies, on either side and on both. Every claim is about the whole source, byte for byte.

use super::super::stage::{DEVELOPER, PLANNER, Stage};
use super::super::tell::quoted;
use super::{Act, Cast, Done, issue_is};
use crate::sim::github::IssueView;
use crate::sim::notion::{Block, BlockId, BlockKind, PageId, Unknown, What};

/// A word shorter than this is found inside others.
const LEAST_LETTERS: usize = 5;

/// A word that stands once in the whole source, in a plain paragraph of the page.
#[derive(Debug, Clone)]
struct Word {
    block: BlockId,
    word: String,
    /// Where in the source.
    at: usize,
}

impl Word {
    fn loud(&self) -> String {
        self.word.to_uppercase()
    }

    /// The source with the word in capitals.
    fn shouted(&self, source: &str) -> String {
        source.replacen(&self.word, &self.loud(), 1)
    }

    fn line(&self, source: &str) -> usize {
        line_at(source, self.at)
    }

    /// The planner types it in capitals.
    fn shout(&self, stage: &Stage, page: PageId) -> Result<(), Unknown> {
        stage.world.notion(|notion, now| {
            notion.change_words(page, self.block, &self.word, &self.loud(), stage.planner, now)
        })
    }
}

pub(super) fn ticks_and_rewords(cast: &mut Cast<'_>) -> Done {
    let stage = cast.stage;
    let found = cast.find(|issue, page| {
        let (source, blocks) = (source(issue), blocks(stage, page));
        let (todo, at) = flat(&blocks).find_map(|block| {
            let at = box_of(source, block)?;
            Some((block, at))
        })?;
        let word = words(source, &blocks).into_iter().next()?;
        Some((todo.id, todo.content.words(), at, word))
    });
    let Some(((issue, page), (todo, says, at, word))) = found else { return Ok(None) };
    let number = issue.number;
    let item = stage.item(number);
    let before = source(&issue).to_owned();
    stage.world.notion(|notion, now| notion.tick(page, todo, true, stage.planner, now))?;
    word.shout(stage, page)?;
    let mut ticked = before.clone();
    ticked.replace_range(at..at + 3, "[x]");
    let after = word.shouted(&ticked);
    let said = format!(
        "Notion: {PLANNER} ticks {} on the page of {item} and types {} over {}",
        quoted(&says),
        quoted(&word.loud()),
        quoted(&word.word)
    );
    let mut lines = [line_at(&before, at), word.line(&before)];
    lines.sort_unstable();
    let expected = format!(
        "the body of {item}: only lines {} and {} of {} changed, and in them only the box and the word",
        lines[0],
        lines[1],
        before.lines().count()
    );
    Ok(Some(Act::new(stage, said, expected, move |stage, _| {
        issue_is(stage, number, |issue| source(issue) == after)
    })))
}

pub(super) fn mentions_somebody(cast: &mut Cast<'_>) -> Done {
    const TYPED: &str = "Ask @octocat, it looks like #12 again.";
    const QUIET: &str = "Ask @\u{200b}octocat, it looks like \u{200b}#12 again.";
    let stage = cast.stage;
    let found = cast.find(|issue, page| words(source(issue), &blocks(stage, page)).pop());
    let Some(((issue, page), _)) = found else { return Ok(None) };
    let number = issue.number;
    let item = stage.item(number);
    let before = source(&issue).trim_end().to_owned();
    stage.world.notion(|notion, now| notion.append_content(page, TYPED, stage.planner, now))?;
    let said = format!("Notion: {PLANNER} adds {} to the page of {item}", quoted(TYPED));
    let expected = format!(
        "it ends the body of {item}, and quietly: a character nobody sees keeps GitHub from telling octocat"
    );
    Ok(Some(Act::new(stage, said, expected, move |stage, _| {
        issue_is(stage, number, |issue| {
            let source = source(issue);
            source.starts_with(&before) && source.trim_end().ends_with(QUIET)
        }) && last_words(stage, page) == TYPED
    })))
}

pub(super) fn adds_a_paragraph(cast: &mut Cast<'_>) -> Done {
    const TYPED: &str = "Seen again this morning, on the second kiln.";
    let stage = cast.stage;
    let found = cast.find(|issue, page| {
        let blocks = blocks(stage, page);
        let last = words(source(issue), blocks.get(blocks.len().checked_sub(1)?..)?);
        (blocks.len() > 1 && !last.is_empty()).then_some(())
    });
    let Some(((issue, page), ())) = found else { return Ok(None) };
    let number = issue.number;
    let item = stage.item(number);
    let line_end = if source(&issue).contains("\r\n") { "\r\n" } else { "\n" };
    let body = format!("{}{line_end}{line_end}{TYPED}", source(&issue).trim_end());
    let ids = stage.world.notion(|notion, _| notion.block_ids(page));
    stage.world.github(|github, now| {
        github.by(DEVELOPER, now).set_body(stage.repo, number, Some(&body))
    })?;
    let said = format!("GitHub: {DEVELOPER} adds a paragraph to the body of {item}");
    let expected = format!(
        "the page of {item} ends with it; the {} blocks before it are the very same blocks",
        ids.len()
    );
    Ok(Some(Act::new(stage, said, expected, move |stage, _| {
        let now = stage.world.notion(|notion, _| notion.block_ids(page));
        now.starts_with(&ids) && now.len() == ids.len() + 1 && last_words(stage, page) == TYPED
    })))
}

pub(super) fn edit_one_body(cast: &mut Cast<'_>) -> Done {
    let stage = cast.stage;
    let found = cast.find(|issue, page| {
        let mut words = words(source(issue), &blocks(stage, page));
        let (first, last) = (words.first()?.clone(), words.pop()?);
        (first.block != last.block).then_some((first, last))
    });
    let Some(((issue, page), (first, last))) = found else { return Ok(None) };
    let number = issue.number;
    let item = stage.item(number);
    let before = source(&issue).to_owned();
    let body = first.shouted(&before);
    stage.world.github(|github, now| {
        github.by(DEVELOPER, now).set_body(stage.repo, number, Some(&body))
    })?;
    last.shout(stage, page)?;
    let after = last.shouted(&body);
    let said = format!(
        "Both:   {DEVELOPER} types {} into the body of {item}, {PLANNER} {} into its page",
        quoted(&first.loud()),
        quoted(&last.loud())
    );
    let expected = format!(
        "both have both words: lines {} and {} of {} changed, no other byte",
        first.line(&before),
        last.line(&before),
        before.lines().count()
    );
    let both = [first, last];
    Ok(Some(Act::new(stage, said, expected, move |stage, _| {
        let blocks = blocks(stage, page);
        let shows =
            |word: &Word| flat(&blocks).any(|block| block.content.words().contains(&word.loud()));
        issue_is(stage, number, |issue| source(issue) == after) && both.iter().all(shows)
    })))
}

fn source(issue: &IssueView) -> &str {
    issue.body.as_deref().unwrap_or_default()
}

fn blocks(stage: &Stage, page: PageId) -> Vec<Block> {
    stage.world.notion(|notion, _| notion.blocks(page).to_vec())
}

/// What the last block of a page says.
fn last_words(stage: &Stage, page: PageId) -> String {
    blocks(stage, page).last().map(|block| block.content.words()).unwrap_or_default()
}

/// All blocks, children after their parents.
fn flat(blocks: &[Block]) -> impl Iterator<Item = &Block> {
    let mut waiting: Vec<&Block> = blocks.iter().rev().collect();
    std::iter::from_fn(move || {
        let next = waiting.pop()?;
        waiting.extend(next.children.iter().rev());
        Some(next)
    })
}

/// Where the empty box of a to-do stands in the source, when its words stand on that one line only.
fn box_of(source: &str, block: &Block) -> Option<usize> {
    let says = block.content.words();
    if block.content.kind != BlockKind::ToDo(false) || says.len() < LEAST_LETTERS {
        return None;
    }
    let mut at = source.match_indices(&says).map(|(at, _)| at);
    let (at, None) = (at.next()?, at.next()) else { return None };
    source.get(..at)?.ends_with("[ ] ").then(|| at - "[ ] ".len())
}

/// Of each plain paragraph, the first word that stands nowhere else in the source.
fn words(source: &str, blocks: &[Block]) -> Vec<Word> {
    let plain = blocks.iter().filter(|block| {
        let text = &block.content.text;
        block.content.kind == BlockKind::Paragraph
            && text
                .iter()
                .all(|run| matches!(run.what, What::Text(_)) && run.look == Default::default())
    });
    let first = |block: &Block| {
        let says = block.content.words();
        if says.contains(['@', '#', ':', '/', '<', '`']) {
            return None;
        }
        let is_word = |word: &&str| {
            word.len() >= LEAST_LETTERS && word.bytes().all(|b| b.is_ascii_lowercase())
        };
        says.split(' ').filter(is_word).find_map(|word| {
            let mut at = source.match_indices(word).map(|(at, _)| at);
            let (at, None) = (at.next()?, at.next()) else { return None };
            Some(Word { block: block.id, word: word.to_owned(), at })
        })
    };
    plain.filter_map(first).collect()
}

/// The line of the source with this byte, counted from 1.
fn line_at(source: &str, at: usize) -> usize {
    source.get(..at).map_or(0, |before| before.matches('\n').count()) + 1
}
