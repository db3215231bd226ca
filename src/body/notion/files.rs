//! Images, files and all else that a block shows by its address.

use std::sync::Arc;

use super::blocks::Reader;
use super::flow::{Flow, Found};
use super::mention::is_web;
use super::tag::{Form, Tag, without_entities};
use crate::body::images;
use crate::body::source::{Hold, Mark, Spelling};
use crate::body::tree::{Block, Kind, Style, plain};
use crate::body::words::Words;

impl Reader<'_> {
    /// An image by its address; one that Notion hosts is shown as a link to the page, because its own address dies.
    pub(super) fn image(&mut self, url: String, words: Words, mark: Mark, found: &mut Found) {
        if let Some(source) = self.uploaded(&url) {
            return self.shown_image(source, words, mark, found);
        }
        if is_hosted(&url) {
            let caption = plain(&words.tokens).replace('\n', " ");
            return self.link(&caption, &url, mark, found);
        }
        self.shown_image(url, words, mark, found);
    }

    /// Where an image is on GitHub, if tandem uploaded it from there.
    fn uploaded(&self, url: &str) -> Option<String> {
        let name = is_hosted(url).then(|| images::name_in(url))??;
        self.place.uploaded(name).map(str::to_owned)
    }

    fn shown_image(&mut self, url: String, words: Words, mark: Mark, found: &mut Found) {
        let at = mark.span.clone();
        let shown = self.slice(&at);
        let start = at.start + shown.find("![").map_or(0, |at| at + 2);
        let end = at.start + shown.rfind("](").unwrap_or(0);
        let text = match (words.at.first(), words.at.last()) {
            (Some(first), Some(last)) => first.at.start.min(start)..last.at.end.max(start),
            (None, _) | (_, None) => start..end.max(start),
        };
        let block = Block::new(Kind::Image { url }, words.tokens);
        found.push(block, Mark { text, words: words.at, spelling: Spelling::Line, ..mark });
    }

    /// What a tag shows by its address; false when it is text after all.
    pub(super) fn file(
        &mut self,
        flow: &mut Flow,
        tag: &Tag,
        at: usize,
        found: &mut Found,
    ) -> bool {
        let Some(first) = flow.line() else { return false };
        let close = format!("</{}>", tag.name);
        let mut end = first;
        let mut last = flow.at;
        if tag.form == Form::Open && !first.of(self.text).contains(&close) {
            // The caption ends at the next tag of that name, or it has none.
            let opens = format!("<{}", tag.name);
            let stops = |line: &str| line.trim_start().starts_with(&opens) || line.contains(&close);
            let Some(found) = self.close(flow, &tag.name, stops) else { return false };
            last = found;
            end = flow.lines.get(found).copied().unwrap_or(first);
        }
        let inner = at + tag.len..end.end;
        let shown = self.slice(&inner).trim_end_matches([' ', '\t']);
        let caption = match tag.form {
            Form::Alone if shown.is_empty() => 0,
            Form::Open if shown.ends_with(&close) => shown.len() - close.len(),
            Form::Alone | Form::Open | Form::Close => return false,
        };
        let caption = inner.start..inner.start + caption;
        let lines: Vec<_> = flow
            .lines
            .get(flow.at..=last)
            .unwrap_or_default()
            .iter()
            .map(|line| line.start.max(caption.start)..line.end.min(caption.end))
            .filter(|line| line.start < line.end)
            .map(|line| super::lines::Line { start: line.start, end: line.end }.trimmed(self.text))
            .filter(|line| !line.is_empty())
            .collect();
        flow.at = last + 1;
        let text = match (lines.first(), lines.last()) {
            (Some(first), Some(last)) => first.start..last.end,
            (None, _) | (_, None) => caption.start..caption.start,
        };
        let mark = self.mark(flow, first.start..end.end, text);
        let url = tag.get("source").or(tag.get("url")).unwrap_or_default();
        let uploaded = self.uploaded(url);
        if tag.name == "image" && (uploaded.is_some() || is_web(url) && !is_hosted(url)) {
            let words = self.inline(&lines, Spelling::Html).words;
            let url = uploaded.unwrap_or_else(|| url.to_owned());
            let block = Block::new(Kind::Image { url }, words.tokens);
            found.push(block, Mark { words: words.at, spelling: Spelling::Html, ..mark });
        } else {
            let parts: Vec<&str> = lines.iter().map(|line| self.slice(line)).collect();
            let name = without_entities(&parts.join(" "));
            self.link(&name, url, mark, found);
        }
        true
    }

    /// What only Notion can hold: its name, leading to it.
    fn link(&mut self, name: &str, url: &str, mark: Mark, found: &mut Found) {
        let page = self.place.page_url();
        let target = if is_web(url) && !is_hosted(url) { Some(url) } else { page };
        let path = url.split(['?', '#']).next().unwrap_or_default();
        let file = path.rsplit('/').next().unwrap_or_default();
        let fallback = if is_web(url) && !is_hosted(url) { url } else { file };
        let words = [name.trim(), fallback, "file"].into_iter().find(|name| !name.is_empty());
        let style = Style { link: target.map(Arc::from), ..Style::default() };
        let mut read = Words::default();
        read.unit(words.unwrap_or("file"), &style, &mark.span, false);
        let read = read.settle(self.place);
        let block = Block::new(Kind::Paragraph, read.tokens);
        found.push(block, Mark { words: read.at, hold: Hold::Kept, ..mark });
    }
}

/// Hosts that serve nothing but the files of Notion's pages (notion-api §13).
const HOSTS: [&str; 5] = [
    "secure.notion-static.com",
    "file.notion.com",
    "file.notion.so",
    "files.notion.so",
    "img.notionusercontent.com",
];
/// Notion's buckets at Amazon.
const BUCKETS: [&str; 2] = ["prod-files-secure", "secure.notion-static.com"];

/// Whether Notion serves what is at the address, for an hour at a time; so it is with everything that is no web address.
fn is_hosted(url: &str) -> bool {
    if !is_web(url) {
        return true;
    }
    let address = url.split_once("://").map_or(url, |(_, address)| address);
    let (host, path) = address.split_once(['/', '?', '#']).unwrap_or((address, ""));
    let host = host.to_ascii_lowercase();
    let at_amazon = || {
        let place = host.strip_suffix(".amazonaws.com")?;
        let named = |bucket: &str| place.starts_with(&format!("{bucket}.s3"));
        let inside = |bucket: &str| place.starts_with("s3") && path.starts_with(bucket);
        Some(BUCKETS.into_iter().any(|bucket| named(bucket) || inside(bucket)))
    };
    HOSTS.contains(&host.as_str()) || at_amazon().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_notion_signs_are_told_from_those_of_others() {
        for hosted in [
            "https://prod-files-secure.s3.us-west-2.amazonaws.com/a/b.png",
            "https://s3.us-west-2.amazonaws.com/secure.notion-static.com/a.png",
            "https://file.notion.so/f/x.pdf",
            "attachment:1:a.png",
        ] {
            assert!(is_hosted(hosted), "{hosted}");
        }
        for other in ["https://example.com/a.png", "https://mine.s3.amazonaws.com/a.png"] {
            assert!(!is_hosted(other), "{other}");
        }
    }
}
