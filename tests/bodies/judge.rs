//! Whether an edit changed the lines it had to change and no other; judged from the two texts and the block alone.

use gix_imara_diff::{Algorithm, Diff, InternedInput};

use crate::person::{ADDED_IN_NOTION, Deed, Kind, TYPED_IN_NOTION};

/// `Err` when a line changed that is not the block's; a remark when a line of the block changed more than it had to.
pub fn is_local(deed: &Deed, old: &str, new: &str) -> Result<Option<&'static str>, String> {
    let (removed, added) = changed_lines(old, new);
    match &deed.what {
        Kind::Word(word) if is_replaced(old, new, word, TYPED_IN_NOTION) => Ok(None),
        Kind::Word(_) => {
            within(&differing(&removed, &added), &deed.seen)?;
            if added.iter().any(|line| line.contains(TYPED_IN_NOTION)) {
                Ok(Some("more than the word changed in its lines"))
            } else {
                Err("the new word is not there".to_owned())
            }
        }
        Kind::Tick(done) => {
            let (from, to) = if *done { ([" ", " "], "x") } else { (["x", "X"], " ") };
            let ticked =
                |from: &str| is_replaced(old, new, &format!("[{from}]"), &format!("[{to}]"));
            if from.into_iter().any(ticked) {
                Ok(None)
            } else {
                Err("more than a tick changed".to_owned())
            }
        }
        Kind::Add => {
            let left = without(&added, &removed);
            let said: String =
                left.iter().flat_map(|line| line.chars()).filter(|c| c.is_alphanumeric()).collect();
            let due: String = ADDED_IN_NOTION.chars().filter(|c| c.is_alphanumeric()).collect();
            let gone = without(&removed, &added);
            if !gone.is_empty() {
                return Err(format!("lines are gone: {gone:?}"));
            }
            if said == due { Ok(None) } else { Err(format!("it says {said}")) }
        }
        Kind::Delete => {
            within(&without(&removed, &added), &deed.seen)?;
            // An image that stands in a paragraph is a block of its own in Notion, and stays.
            let more = without(&added, &removed);
            let more: Vec<String> = more
                .into_iter()
                .filter(|line| !line.starts_with("![") && !visible(line, false).trim().is_empty())
                .collect();
            if more.is_empty() { Ok(None) } else { Err(format!("new lines: {more:?}")) }
        }
        Kind::Move(_) => {
            let (gone, more) = (without(&removed, &added), without(&added, &removed));
            if !gone.is_empty() || !more.is_empty() {
                return Err(format!("lines changed: {gone:?} {more:?}"));
            }
            let others = |text: &str| -> Vec<String> {
                let lines = text.lines().map(bare).filter(|line| !line.is_empty());
                // Where a definition stands shows nowhere: one may be passed by, or go along with what it stands in.
                let lines = lines.filter(|line| !is_definition(line));
                lines.filter(|line| !contains(&deed.seen, line)).collect()
            };
            if others(old) == others(new) { Ok(None) } else { Err("other lines moved".to_owned()) }
        }
    }
}

/// Whether one text is the other with one occurrence of a word replaced.
pub fn is_replaced(old: &str, new: &str, from: &str, to: &str) -> bool {
    old.match_indices(from).any(|(at, _)| {
        let (before, rest) = old.split_at(at);
        new.strip_prefix(before).and_then(|new| new.strip_prefix(to)) == rest.strip_prefix(from)
    })
}

fn changed_lines(old: &str, new: &str) -> (Vec<String>, Vec<String>) {
    let (before, after): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let mut input = InternedInput::default();
    input.update_before(before.iter().copied());
    input.update_after(after.iter().copied());
    let diff = Diff::compute(Algorithm::Myers, &input);
    let (mut removed, mut added) = (Vec::new(), Vec::new());
    for hunk in diff.hunks() {
        let lines = |lines: &[&str], range: std::ops::Range<u32>| -> Vec<String> {
            lines[range.start as usize..range.end as usize].iter().map(|line| bare(line)).collect()
        };
        removed.extend(lines(&before, hunk.before.clone()));
        added.extend(lines(&after, hunk.after.clone()));
    }
    removed.retain(|line| !line.is_empty());
    added.retain(|line| !line.is_empty());
    (removed, added)
}

/// What differs of lines of which each became one other: the row of a cell, say, has other cells, which stay.
fn differing(removed: &[String], added: &[String]) -> Vec<String> {
    if removed.len() != added.len() {
        return removed.to_vec();
    }
    let middle = |(old, new): (&String, &String)| {
        let same = old.chars().zip(new.chars()).take_while(|(a, b)| a == b);
        let front: usize = same.map(|(c, _)| c.len_utf8()).sum();
        let (old, new) = (&old[front..], &new[front..]);
        let same = old.chars().rev().zip(new.chars().rev()).take_while(|(a, b)| a == b);
        let back: usize = same.map(|(c, _)| c.len_utf8()).sum();
        old[..old.len() - back].to_owned()
    };
    removed.iter().zip(added).map(middle).collect()
}

/// A line without what its containers begin it with; nothing of a mere separator, a fence or an alert's name, nor of
/// the mark of byte order that a text may begin with.
fn bare(line: &str) -> String {
    let mut line = line.trim_start_matches('\u{feff}').trim();
    loop {
        let number = line.trim_start_matches(|c: char| c.is_ascii_digit());
        let number = if number.len() < line.len() { number.strip_prefix(['.', ')']) } else { None };
        let next = line
            .strip_prefix('>')
            .or_else(|| line.strip_prefix(['-', '*', '+']).filter(|rest| is_apart(rest)))
            .or_else(|| number.filter(|rest| is_apart(rest)))
            .or_else(|| BOXES.iter().find_map(|sign| line.strip_prefix(sign)));
        match next {
            Some(next) => line = next.trim_start(),
            None => break,
        }
    }
    let is_fence = line.starts_with("```") || line.starts_with("~~~");
    let is_separator = line == "<!-- -->" || line.starts_with("[!") || is_fence;
    if is_separator { String::new() } else { line.to_owned() }
}

/// The boxes of tasks.
const BOXES: [&str; 3] = ["[ ] ", "[x] ", "[X] "];

/// Whether what follows the sign of an item makes it one: a blank, a tab, or the end of the line of an empty item.
fn is_apart(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with([' ', '\t'])
}

/// Whether a line defines where links with a label lead.
fn is_definition(line: &str) -> bool {
    line.strip_prefix('[')
        .and_then(|label| label.split_once("]:"))
        .is_some_and(|(label, _)| !label.contains(['[', ']']))
}

/// The lines of the one that the other has not, each taken once.
fn without(lines: &[String], others: &[String]) -> Vec<String> {
    let mut others = others.to_vec();
    let mut left = Vec::new();
    for line in lines {
        match others.iter().position(|other| other == line) {
            Some(at) => {
                others.swap_remove(at);
            }
            None => left.push(line.clone()),
        }
    }
    left
}

fn within(lines: &[String], seen: &str) -> Result<(), String> {
    match lines.iter().find(|line| !contains(seen, line)) {
        Some(line) => Err(format!("not its line: {line}")),
        None => Ok(()),
    }
}

/// Whether every word of a line is seen in the block.
fn contains(seen: &str, line: &str) -> bool {
    // Of three pairs of brackets, which are two links or one, the second or the third is a label.
    [false, true].into_iter().any(|is_last| {
        let line = visible(line, is_last);
        let mut words = line.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        words.all(|word| seen.contains(word))
    })
}

/// A line of source without what a page does not show of it: tags and comments, entities, codes of emoji, titles and
/// labels of links.
fn visible(line: &str, only_last_is_label: bool) -> String {
    // A tag may part words, as `<br>` does; and a comment may go on over the next lines.
    let line = crate::eyes::with_tags_as(line, " ");
    let line = line.split_once("<!--").map_or(line.as_str(), |(before, _)| before);
    // A title may stand on a line of its own, and blanks between it and the end of its link.
    let mut line = line.split(')').map(str::trim_end).collect::<Vec<_>>().join(")");
    line.insert(0, ' ');
    for (start, end) in
        [("&", ";"), (":", ":"), (" \"", "\")"), (" '", "')"), (" (", "))"), ("][", "]")]
    {
        let mut at = 0;
        while let Some(from) =
            line.get(at..).and_then(|rest| rest.find(start)).map(|found| at + found)
        {
            let inner = from + start.len();
            at = from + 1;
            let Some(len) = line[inner..].find(end) else { break };
            let is_title = start.starts_with(' ');
            let is_label = start == "][";
            let after = &line[inner + len + end.len()..];
            if is_label && only_last_is_label && after.starts_with('[') {
                continue;
            }
            if is_title
                || line[inner..inner + len].chars().all(|c| {
                    c.is_ascii_alphanumeric()
                        || "#_+-".contains(c)
                        || is_label && matches!(c, ' ' | '\\' | '[')
                })
            {
                line.replace_range(from..inner + len + end.len(), " ");
            }
        }
    }
    line
}

/// The lines that differ, for people.
pub fn diff(old: &str, new: &str) -> String {
    let input = InternedInput::new(old, new);
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_lines(&input);
    let mut out = String::new();
    let lines = |text: &str, range: std::ops::Range<u32>, sign: &str, out: &mut String| {
        for line in text.lines().skip(range.start as usize).take(range.len().min(6)) {
            out.push_str(&format!("    {sign}{}\n", excerpt(line)));
        }
    };
    for hunk in diff.hunks().take(5) {
        lines(old, hunk.before.clone(), "-", &mut out);
        lines(new, hunk.after.clone(), "+", &mut out);
    }
    out
}

/// The beginning of a text, on one line.
pub fn excerpt(text: &str) -> String {
    let line = text.replace(['\n', '\r'], "⏎");
    line.chars().take(160).collect()
}
