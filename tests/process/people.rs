//! People at work on both sides, and a ledger of every word they typed.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use tandem::model::Side;
use tandem::sim::notion::{BlockId, PageId, Plain};

use crate::place::Place;

/// Neither service offers a conditional write: a run that has just looked cannot see what is typed before its write
/// arrives. A word typed while a run lives is excused when that run wrote to the same item within so long.
const RACE: TimeDelta = TimeDelta::seconds(10);

/// People who type by chance, words that are all different.
pub struct People {
    dice: Dice,
    typed: u32,
    /// Words that no person took away again: each is to be shown or in the history (I2).
    owed: BTreeMap<String, Typed>,
    /// Pages that people made.
    pub new_pages: usize,
    /// What people did, all in all.
    pub acts: usize,
}

/// Where and when a word was typed.
#[derive(Debug, Clone)]
struct Typed {
    side: Side,
    /// The end of the item's path in a request.
    item: String,
    at: DateTime<Utc>,
    /// Whether a run was alive.
    in_a_race: bool,
}

/// What became of the words that are owed.
pub struct Account {
    pub owed: usize,
    pub in_history_only: usize,
    /// Typed while a run lived that then wrote to the same item.
    pub lost_in_a_race: Vec<String>,
    /// There is no excuse for these.
    pub lost: Vec<String>,
}

impl People {
    pub fn new(seed: u64) -> People {
        People { dice: Dice(seed), typed: 0, owed: BTreeMap::new(), new_pages: 0, acts: 0 }
    }

    pub fn up_to(&mut self, limit: u64) -> u64 {
        self.dice.up_to(limit)
    }

    /// Somebody does something on GitHub: most often in a body.
    pub fn on_github(&mut self, place: &Place, in_a_race: bool) {
        self.acts += 1;
        let issues = place.issues();
        let issue = &issues[self.index(issues.len())];
        let (n, word) = (issue.number, self.word());
        let title = format!("{word} on GitHub");
        let typed =
            |item| Typed { side: Side::GitHub, item, at: place.world.now(Side::GitHub), in_a_race };
        let at = format!("/issues/{n}");
        match self.up_to(6) {
            0 | 1 => {
                self.take_away(place, &issue.title);
                place.retitle_issue(n, &title);
                self.owed.insert(word, typed(at));
            }
            2 => place.world.github(|github, now| {
                let mut octocat = github.by("octocat", now);
                if issue.is_closed {
                    octocat.reopen(place.repo, n)
                } else {
                    octocat.close(place.repo, n, "completed")
                }
                .unwrap();
                octocat.add_label(place.repo, n, &format!("round {word}")).unwrap();
            }),
            _ => {
                let body = self.edited(place, issue.body.as_deref().unwrap_or_default(), &title);
                let set = |github: &mut tandem::sim::github::State, now| {
                    github.by("octocat", now).set_body(place.repo, n, Some(&body)).unwrap();
                };
                place.world.github(set);
                if body.contains(&word) {
                    self.owed.insert(word, typed(at));
                }
            }
        }
    }

    /// A body with one paragraph more, less or other than before.
    fn edited(&mut self, place: &Place, body: &str, new: &str) -> String {
        let body = body.replace("\r\n", "\n");
        let mut paragraphs: Vec<String> = body.split("\n\n").map(str::to_owned).collect();
        let marker = paragraphs.pop_if(|last| last.trim_start().starts_with("<!-- tandem:"));
        let at = self.index(paragraphs.len() + 1);
        match (self.up_to(3), paragraphs.get(at).cloned()) {
            (0, Some(old)) => {
                self.take_away(place, &old);
                paragraphs.remove(at);
            }
            (1, Some(old)) => {
                self.take_away(place, &old);
                new.clone_into(&mut paragraphs[at]);
            }
            _ => paragraphs.insert(at, new.to_owned()),
        }
        paragraphs.extend(marker);
        paragraphs.join("\r\n\r\n")
    }

    /// Somebody does something in Notion: most often in a page's content.
    pub fn in_notion(&mut self, place: &Place, in_a_race: bool) {
        self.acts += 1;
        let pages = place.pages();
        if pages.is_empty() || self.up_to(12) == 0 {
            return self.new_page(place, in_a_race);
        }
        let (page, title, _) = pages[self.index(pages.len())].clone();
        let word = self.word();
        let text = format!("{word} in Notion");
        let typed = Typed {
            side: Side::Notion,
            item: page.to_string().replace('-', ""),
            at: place.world.now(Side::Notion),
            in_a_race,
        };
        match self.up_to(6) {
            0 | 1 => {
                self.take_away(place, &title);
                let act = |notion: &mut tandem::sim::notion::State, now| {
                    notion.set_title(page, &text, place.ann, now).unwrap();
                };
                place.world.notion(act);
                self.owed.insert(word, typed);
            }
            2 => {
                let status = ["To do", "In progress", "Done", "Won't do"][self.index(4)];
                let set = Plain::Option(status.to_owned());
                place.world.notion(|notion, now| {
                    notion.set(page, "Status", &set, place.ann, now).unwrap()
                });
            }
            _ => {
                if self.edit_content(place, page, &text) {
                    self.owed.insert(word, typed);
                }
            }
        }
    }

    /// One block more, less or other than before; whether the text is in it now.
    fn edit_content(&mut self, place: &Place, page: PageId, text: &str) -> bool {
        let blocks = blocks(place, page);
        let at = self.index(blocks.len() + 1);
        let (world, ann) = (&place.world, place.ann);
        match (self.up_to(3), blocks.get(at)) {
            (0, Some((block, words))) => {
                self.take_away(place, words);
                world.notion(|notion, now| notion.delete_block(page, *block, ann, now).unwrap());
                false
            }
            (1, Some((block, words))) => {
                self.take_away(place, words);
                world.notion(|notion, now| notion.set_words(page, *block, text, ann, now).unwrap());
                true
            }
            _ => {
                world
                    .notion(|notion, now| notion.insert_content(page, at, text, ann, now).unwrap());
                true
            }
        }
    }

    fn new_page(&mut self, place: &Place, in_a_race: bool) {
        let (title, text) = (self.word(), self.word());
        let name = Plain::Text(format!("{title} is new"));
        let page = place.world.notion(|notion, now| {
            let page = notion.add_page(place.table, &[("Name", name)], place.ann, now).unwrap();
            notion.append_content(page, &format!("{text} in it"), place.ann, now).unwrap();
            page
        });
        let (side, item) = (Side::Notion, page.to_string().replace('-', ""));
        let typed = Typed { side, item, at: place.world.now(side), in_a_race };
        self.owed.extend([(title, typed.clone()), (text, typed)]);
        self.new_pages += 1;
    }

    /// A person is about to replace a text: the words that stand nowhere else are taken away by that person.
    fn take_away(&mut self, place: &Place, text: &str) {
        let shown = shown(place);
        for word in words(text) {
            if shown.get(&word).copied().unwrap_or(0) <= 1 {
                self.owed.remove(&word);
            }
        }
    }

    /// What became of every word.
    pub fn account(&self, place: &Place) -> Account {
        let (shown, history) = (shown(place), place.words_in_history());
        let mut account = Account {
            owed: self.owed.len(),
            in_history_only: 0,
            lost_in_a_race: Vec::new(),
            lost: Vec::new(),
        };
        for (word, typed) in &self.owed {
            if shown.contains_key(word) {
                continue;
            }
            if history.contains(word) {
                account.in_history_only += 1;
            } else if typed.in_a_race && was_written_over(place, typed) {
                account.lost_in_a_race.push(word.clone());
            } else {
                account.lost.push(format!("{word}: {typed:?}"));
            }
        }
        account
    }

    fn word(&mut self) -> String {
        self.typed += 1;
        format!("w{}", self.typed)
    }

    fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.up_to(length as u64)).unwrap()
    }
}

/// Whether tandem wrote to that very item right after that was typed.
fn was_written_over(place: &Place, typed: &Typed) -> bool {
    place.world.seen().iter().any(|seen| {
        let path = seen.path.replace('-', "");
        let is_it = path.ends_with(&typed.item) || path.contains(&format!("{}/", typed.item));
        let since = seen.at.signed_duration_since(typed.at);
        seen.mutating
            && seen.side == typed.side
            && is_it
            && since >= TimeDelta::zero()
            && since < RACE
    })
}

fn blocks(place: &Place, page: PageId) -> Vec<(BlockId, String)> {
    place.world.notion(|notion, _| {
        let blocks = notion.blocks(page).iter();
        blocks.map(|block| (block.id, block.content.words())).collect()
    })
}

fn words(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !c.is_alphanumeric()).map(ToOwned::to_owned).collect()
}

/// How many items show each word.
fn shown(place: &Place) -> BTreeMap<String, usize> {
    let mut shown = BTreeMap::new();
    let mut count = |text: &str| {
        for word in words(text) {
            *shown.entry(word).or_insert(0) += 1;
        }
    };
    for issue in place.issues() {
        count(&format!("{} {}", issue.title, issue.body.unwrap_or_default()));
    }
    place.world.notion(|notion, _| {
        for page in notion.pages(place.table).iter().filter(|page| !page.in_trash()) {
            count(&format!("{} {}", page.title(), notion.outline(page.id())));
        }
    });
    shown
}

/// A fixed sequence, so that every run of the test is the same as far as processes allow.
struct Dice(u64);

impl Dice {
    fn up_to(&mut self, limit: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}
