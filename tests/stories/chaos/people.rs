//! What people do on both sides, by chance.

use super::*;

impl Chaos {
    fn github(&mut self, act: impl FnOnce(&mut Person<'_>) -> String) {
        let said = self.stage.world.github(|github, now| act(&mut github.by("octocat", now)));
        self.say(format!("GitHub: {said}"));
    }

    /// Somebody does something on GitHub.
    pub fn on_github(&mut self) {
        let (repo, issues) = (self.stage.repo, self.issues());
        let Some(issue) =
            issues.choose(&mut self.rng).filter(|_| !self.rng.clone().random_bool(0.1))
        else {
            let title = self.title();
            let words = if self.has_bodies { self.paragraph() } else { "words".to_owned() };
            return self.github(|person| {
                let number = person.open_issue(repo, &title, Some(&words)).unwrap();
                format!("#{number} opened: {title}")
            });
        };
        let n = issue.number;
        let label = self.pick(&LABELS);
        match self.rng.random_range(0..16) {
            0..3 => {
                self.displace(&issue.title);
                let title = self.title();
                self.github(|person| {
                    person.set_title(repo, n, &title).unwrap();
                    format!("#{n} title {title}")
                });
            }
            3 | 4 => {
                let reason = self.pick(&["completed", "not_planned", "duplicate"]);
                self.github(|person| {
                    person.close(repo, n, reason).unwrap();
                    format!("#{n} closed {reason}")
                });
            }
            5 => self.github(|person| {
                person.reopen(repo, n).unwrap();
                format!("#{n} reopened")
            }),
            6 | 7 => self.github(|person| {
                person.add_label(repo, n, label).unwrap();
                format!("#{n} + label {label}")
            }),
            8 => {
                if let Some(label) = issue.labels.first() {
                    self.github(|person| {
                        person.remove_label(repo, n, label).unwrap();
                        format!("#{n} - label {label}")
                    });
                }
            }
            9 => {
                let milestone = Some(self.pick(&MILESTONES)).filter(|_| self.chance(0.7));
                self.github(|person| {
                    person.set_milestone(repo, n, milestone).unwrap();
                    format!("#{n} milestone {milestone:?}")
                });
            }
            10 => {
                let login = self.pick(&["octocat", "hubot"]);
                self.github(|person| {
                    person.assign(repo, n, login).unwrap();
                    format!("#{n} + assignee {login}")
                });
            }
            11 => {
                let login = self.pick(&["octocat", "hubot"]);
                self.github(|person| {
                    person.unassign(repo, n, login).unwrap();
                    format!("#{n} - assignee {login}")
                });
            }
            12 => {
                let name = *[Some("Bug"), Some("Feature"), None].choose(&mut self.rng).unwrap();
                self.github(|person| {
                    person.set_type(repo, n, name).unwrap();
                    format!("#{n} type {name:?}")
                });
            }
            13 => self.github(|person| {
                person.comment(repo, n, "hm").unwrap();
                format!("#{n} comment")
            }),
            14 if self.quiet_acts && self.chance(0.5) => {
                self.displace(&issue.title);
                for said in bodies::paragraphs(issue.body.as_deref().unwrap_or_default()) {
                    self.displace(&said);
                }
                self.deleted.insert(n);
                self.github(|person| {
                    person.delete_issue(repo, n).unwrap();
                    format!("#{n} deleted")
                });
            }
            15 if self.quiet_acts && self.chance(0.3) => {
                self.github(|person| match person.delete_label(repo, label) {
                    Ok(()) => format!("label {label} deleted"),
                    Err(error) => error.to_string(),
                });
            }
            15 if self.quiet_acts => {
                let to = format!("renamed {}", self.typed);
                self.typed += 1;
                self.github(|person| match person.rename_label(repo, label, &to) {
                    Ok(()) => format!("label {label} renamed {to}"),
                    Err(error) => error.to_string(),
                });
            }
            _ => {}
        }
    }

    fn notion(
        &mut self,
        said: String,
        act: impl FnOnce(
            &mut tandem::sim::notion::State,
            chrono::DateTime<chrono::Utc>,
        ) -> Result<(), tandem::sim::notion::Unknown>,
    ) {
        match self.stage.world.notion(act) {
            Ok(()) => self.say(format!("Notion: {said}")),
            Err(error) => self.say(format!("Notion: {said}: {error}")),
        }
    }

    /// Somebody does something in Notion.
    pub fn in_notion(&mut self) {
        let (ann, table) = (self.stage.ann, self.stage.table);
        let pages = self.pages();
        let Some((page, title, url, in_trash)) =
            pages.choose(&mut self.rng).filter(|_| !self.rng.clone().random_bool(0.1)).cloned()
        else {
            let mut values = Vec::new();
            if self.chance(0.8) {
                values.push(("Name", Plain::Text(self.title())));
            }
            if self.chance(0.5) {
                values.push(("Status", Plain::Option(self.pick(&STATUSES).to_owned())));
            }
            if self.chance(0.5) {
                values.push(("Labels", Plain::Options(vec![self.pick(&LABELS).replace(',', "‚")])));
            }
            let said = format!("new page {values:?}");
            return self
                .notion(said, |notion, now| notion.add_page(table, &values, ann, now).map(drop));
        };
        let name = url
            .as_deref()
            .and_then(|url| url.rsplit('/').next())
            .map_or_else(|| format!("page {page}"), |number| format!("page of #{number}"));
        if in_trash {
            if self.chance(0.3) {
                self.notion(format!("{name} restored"), |n, now| n.restore_page(page, ann, now));
            }
            return;
        }
        let (property, value) = match self.rng.random_range(0..16) {
            0 if self.chance(0.1) => {
                self.displace(&title);
                ("Name", Plain::Empty)
            }
            0..3 => {
                self.displace(&title);
                ("Name", Plain::Text(self.title()))
            }
            3..6 => ("Status", Plain::Option(self.pick(&STATUSES).to_owned())),
            6 | 7 => {
                let mut labels: Vec<String> = (0..self.rng.random_range(0..4))
                    .map(|_| self.pick(&LABELS).replace(',', "‚"))
                    .collect();
                labels.dedup();
                ("Labels", Plain::Options(labels))
            }
            8 => {
                let people = [vec![], vec![ann], vec![self.bob], vec![ann, self.bob]];
                ("Assignees", Plain::People(people.choose(&mut self.rng).unwrap().clone()))
            }
            9 => {
                let title = self.pick(&MILESTONES).replace(',', "‚");
                ("Milestone", if self.chance(0.7) { Plain::Option(title) } else { Plain::Empty })
            }
            10 => {
                let name = self.pick(&["Bug", "Feature"]).to_owned();
                ("Type", if self.chance(0.7) { Plain::Option(name) } else { Plain::Empty })
            }
            11 => ("Number", Plain::Number(999.0)),
            12 => ("Author", Plain::Text("somebody else".to_owned())),
            13 if self.quiet_acts => {
                self.trashed.insert(page);
                let said = format!("{name} trashed");
                return self.notion(said, |n, now| n.trash_page(page, ann, now));
            }
            14 if self.quiet_acts && self.chance(0.3) => {
                let (from, to) = (self.pick(&LABELS).replace(',', "‚"), self.typed);
                self.typed += 1;
                return match self.chance(0.6) {
                    true => self.notion(format!("option {from} renamed opt{to}"), |n, now| {
                        n.rename_option(table, "Labels", &from, &format!("opt{to}"), now)
                    }),
                    false => self.notion(format!("option {from} deleted"), |n, now| {
                        n.delete_option(table, "Labels", &from, now)
                    }),
                };
            }
            14 if self.quiet_acts && self.chance(0.2) => {
                let said = format!("{name} duplicated");
                return self.notion(said, |n, now| n.duplicate_page(page, ann, now).map(drop));
            }
            _ => {
                let said = format!("{name} touched");
                return self.notion(said, |n, now| n.touch_page(page, ann, now));
            }
        };
        let said = format!("{name} {property} = {value:?}");
        self.notion(said, |notion, now| notion.set(page, property, &value, ann, now));
    }
}
