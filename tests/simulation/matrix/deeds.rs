//! What people do in a scenario, in few words. The oracle sees each deed.

use chrono::{DateTime, TimeDelta, Utc};
use tandem::sim::notion::{PageId, Plain, UserId};
use tandem::sim::{github, notion};

use crate::place::Place;

/// Everybody but tandem.
pub struct People<'a>(pub &'a Place);

impl People<'_> {
    /// octocat does something on GitHub.
    pub fn on_github<T>(
        &self,
        act: impl FnOnce(&mut github::Person<'_>, github::RepoId) -> Result<T, github::Unknown>,
    ) -> T {
        let stage = &self.0.stage;
        self.seen(|| {
            stage.world.github(|it, now| act(&mut it.by("octocat", now), stage.scene.repo)).unwrap()
        })
    }

    /// Ann does something in Notion.
    pub fn in_notion<T>(
        &self,
        act: impl FnOnce(&mut notion::State, UserId, DateTime<Utc>) -> Result<T, notion::Unknown>,
    ) -> T {
        let stage = &self.0.stage;
        self.seen(|| stage.world.notion(|it, now| act(it, stage.scene.ann, now)).unwrap())
    }

    /// What octocat may do from now on.
    pub fn permit(&self, permission: github::Permission) {
        let stage = &self.0.stage;
        let repo = stage.scene.repo;
        stage.world.github(|it, _| it.set_permission(repo, "octocat", permission)).unwrap();
    }

    /// An issue is not shown to tandem, or is again.
    pub fn hide(&self, number: u64, is_hidden: bool) {
        let stage = &self.0.stage;
        let repo = stage.scene.repo;
        stage.world.github(|it, _| it.set_hidden(repo, number, is_hidden)).unwrap();
    }

    /// An issue is opened with all of this.
    pub fn open(&self, new: github::NewIssue) -> u64 {
        let stage = &self.0.stage;
        let new = github::NewIssue { author: Some("octocat".to_owned()), ..new };
        self.seen(|| {
            stage.world.github(|it, now| it.seed_issue(stage.scene.repo, &new, now)).unwrap()
        })
    }

    /// Ann makes a page, with content in Notion's markdown.
    pub fn make_page(&self, values: &[(&str, Plain)], content: &str) -> PageId {
        let table = self.0.stage.scene.table;
        self.in_notion(|it, ann, now| {
            let page = it.add_page(table, values, ann, now)?;
            if !content.is_empty() {
                it.append_content(page, content, ann, now)?;
            }
            Ok(page)
        })
    }

    /// Ann sets a property of the issue's page.
    pub fn set(&self, number: u64, property: &str, value: Plain) {
        let page = self.page_of(number);
        self.in_notion(|it, ann, now| it.set(page, property, &value, ann, now));
    }

    /// octocat types something else over a part of the issue's body.
    pub fn type_on_github(&self, number: u64, from: &str, to: &str) {
        let stage = &self.0.stage;
        let body = stage.world.github(|it, _| it.issue(stage.scene.repo, number)).unwrap().body;
        let body = body.unwrap_or_default();
        assert!(body.contains(from), "{body:?} lacks {from:?}");
        self.on_github(|octocat, repo| {
            octocat.set_body(repo, number, Some(&body.replace(from, to)))
        });
    }

    /// Ann types something else over a part of the page's content.
    pub fn type_in_notion(&self, number: u64, from: &str, to: &str) {
        let page = self.page_of(number);
        self.in_notion(|it, ann, now| {
            let says = |block: &&notion::Block| block.content.words().contains(from);
            let block = it.blocks(page).iter().find(says).unwrap().id;
            it.change_words(page, block, from, to, ann, now)
        });
    }

    /// The page that says it belongs to the issue, in the trash or not.
    pub fn page_of(&self, number: u64) -> PageId {
        let stage = &self.0.stage;
        let url = format!("https://github.com/acme/app/issues/{number}");
        stage.world.notion(|it, _| {
            let pages = it.pages(stage.scene.table);
            pages.iter().find(|page| page.url("GitHub").as_deref() == Some(&url)).unwrap().id()
        })
    }

    /// Time passes for both servers.
    pub fn pause_minutes(&self, minutes: i64) {
        let by = TimeDelta::minutes(minutes).to_std().unwrap();
        self.0.stage.world.advance(by);
    }

    fn seen<T>(&self, act: impl FnOnce() -> T) -> T {
        self.0.oracle().before_a_person();
        let done = act();
        self.0.oracle().after_a_person("somebody does something");
        done
    }
}
