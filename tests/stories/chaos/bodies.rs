//! What people do with bodies on both sides, by chance: paragraphs come, change, move and go.

use tandem::sim::notion::BlockId;

use super::*;

/// The paragraphs of a body, the marker among them.
pub fn paragraphs(body: &str) -> Vec<String> {
    let body = body.replace("\r\n", "\n");
    let parts = body.split("\n\n").map(|part| part.trim().to_owned());
    parts.filter(|part| !part.is_empty()).collect()
}

pub fn is_marker(paragraph: &str) -> bool {
    paragraph.starts_with("<!-- tandem:")
}

impl Chaos {
    /// What the blocks of a page say.
    pub fn blocks(&self, page: PageId) -> Vec<(BlockId, String)> {
        self.stage.world.notion(|notion, _| {
            let blocks = notion.blocks(page).iter();
            blocks.map(|block| (block.id, block.content.words())).collect()
        })
    }

    /// A paragraph that nobody typed before; it begins with a word of its own.
    pub fn paragraph(&mut self) -> String {
        let title = self.title();
        format!("{} was typed here.", token(&title))
    }

    /// Somebody types in a body.
    pub fn body(&mut self) {
        if self.rng.random() { self.body_on_github() } else { self.body_in_notion() }
    }

    fn body_on_github(&mut self) {
        let issues = self.issues();
        let Some(issue) = issues.choose(&mut self.rng).cloned() else { return };
        let (repo, n) = (self.stage.repo, issue.number);
        let mut all = paragraphs(issue.body.as_deref().unwrap_or_default());
        // Most people leave the marker where it is.
        let keeps_marker = self.chance(0.8);
        let marker = all.pop_if(|last| is_marker(last)).filter(|_| keeps_marker);
        let at = self.rng.random_range(0..=all.len());
        let said = match self.rng.random_range(0..4) {
            0 | 1 if at < all.len() => {
                self.displace(&all[at]);
                all[at] = self.paragraph();
                format!("paragraph {at} is now {}", all[at])
            }
            2 if at < all.len() => {
                self.displace(&all[at]);
                format!("paragraph {at} gone: {}", all.remove(at))
            }
            _ => {
                let new = self.paragraph();
                all.insert(at, new.clone());
                format!("paragraph at {at}: {new}")
            }
        };
        all.extend(marker);
        let line_end = if self.chance(0.5) { "\r\n\r\n" } else { "\n\n" };
        let body = all.join(line_end);
        let set = |person: &mut Person<'_>| person.set_body(repo, n, Some(&body)).unwrap();
        self.stage.world.github(|github, now| set(&mut github.by("octocat", now)));
        self.say(format!("GitHub: #{n} {said}"));
    }

    fn body_in_notion(&mut self) {
        let (ann, pages) = (self.stage.ann, self.pages());
        let Some((page, _, url, in_trash)) = pages.choose(&mut self.rng).cloned() else { return };
        if in_trash {
            return;
        }
        let blocks = self.blocks(page);
        let at = self.rng.random_range(0..=blocks.len());
        let of = url.unwrap_or_else(|| page.to_string());
        let (said, done) = match (self.rng.random_range(0..5), blocks.get(at)) {
            (0 | 1, Some((block, words))) => {
                self.displace(words);
                let new = self.paragraph();
                let set =
                    self.stage.world.notion(|n, now| n.set_words(page, *block, &new, ann, now));
                (format!("block {at} is now {new}"), set)
            }
            (2, Some((block, words))) => {
                self.displace(words);
                let gone = self.stage.world.notion(|n, now| n.delete_block(page, *block, ann, now));
                (format!("block {at} gone: {words}"), gone)
            }
            (3, Some((block, words))) => {
                let to = self.rng.random_range(0..blocks.len());
                let moved =
                    self.stage.world.notion(|n, now| n.move_block(page, *block, to, ann, now));
                (format!("block {at} moved to {to}: {words}"), moved)
            }
            _ => {
                let new = self.paragraph();
                let put =
                    self.stage.world.notion(|n, now| n.insert_content(page, at, &new, ann, now));
                (format!("block at {at}: {new}"), put)
            }
        };
        self.say(format!(
            "Notion: {of} {said} {}",
            done.err().map(|error| error.to_string()).unwrap_or_default()
        ));
    }
}
