//! The history, as the database holds it while tandem runs.

use std::ops::ControlFlow;

use tandem::model::Side;

use super::{Oracle, name_of};
use crate::snapshot::{Key, Object, tokens};

/// A value that tandem replaced, as the database remembers it.
#[derive(Debug, Clone)]
pub struct Past {
    pub item: String,
    pub page: Option<String>,
    pub side: Side,
    pub field: String,
    pub lost: serde_json::Value,
    pub rule: String,
}

impl Oracle {
    pub(super) fn read_history(&mut self) {
        let Some((_, store)) = &self.past else { return };
        let rows = usize::try_from(store.history_size().unwrap().rows).unwrap_or(usize::MAX);
        let mut fresh = Vec::new();
        let mut missing = rows.saturating_sub(self.history.len());
        if missing == 0 {
            return;
        }
        let told = store.history(None, |_, entry| {
            fresh.push(Past {
                item: entry.item.to_string(),
                page: entry.page.map(|page| page.to_string()),
                side: entry.side,
                field: entry.field,
                lost: entry.lost,
                rule: entry.rule,
            });
            missing -= 1;
            if missing == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        told.unwrap();
        fresh.reverse();
        let is_conflict = |past: &&Past| {
            let rules = ["newer edit", "tie:", "conflict:", "both sides changed"];
            rules.iter().any(|rule| past.rule.starts_with(rule))
        };
        self.conflicts += fresh.iter().filter(is_conflict).count() as u64;
        for past in &fresh {
            self.judge_rule(past);
        }
        self.history.append(&mut fresh);
    }

    /// Who wins a conflict is what the config says.
    fn judge_rule(&mut self, past: &Past) {
        let conflict = self.terms.conflict;
        let (decider, winner) = match &*past.rule {
            "conflict: `conflict = github` decides" => ("github", Side::GitHub),
            "conflict: `conflict = notion` decides" => ("notion", Side::Notion),
            "newer edit, on GitHub" | "tie: `tie = github` decides" => ("newest", Side::GitHub),
            "newer edit, on Notion" => ("newest", Side::Notion),
            rule if rule.starts_with("tie:") => ("nothing", Side::GitHub),
            _ => return,
        };
        // A winner's body gets what the other side edited elsewhere in it.
        let is_lost = past.side != winner || past.field == "body";
        if decider != conflict || !is_lost {
            self.complain(
                "conflict",
                format!("with `{conflict}` {:?} lost its {}: {}", past.side, past.field, past.rule),
            );
        }
    }

    /// Whether the history had it before it was replaced, and got it while it was there.
    pub(super) fn is_in_history(&self, object: Object, key: &Key, old: &str) -> bool {
        let since = self.appeared.get(&(object, key.clone())).copied().unwrap_or(0);
        let mut names = vec![name_of(object)];
        names.extend(self.now.partners(object).into_iter().map(name_of));
        let side = match object {
            Object::Issue(_) => Side::GitHub,
            Object::Page(_) => Side::Notion,
        };
        self.history.iter().skip(since).any(|past| {
            past.side == side
                && past.field == key.field()
                && (names.contains(&past.item)
                    || past.page.as_ref().is_some_and(|page| names.contains(page)))
                && keeps(&past.lost, key, old)
        })
    }
}

/// Whether a lost value is, or holds, what was there.
pub fn keeps(lost: &serde_json::Value, key: &Key, old: &str) -> bool {
    let text = |name: &str| lost.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
    match key {
        Key::Title => text("text").trim() == old,
        Key::State => match lost.get("state") {
            Some(serde_json::Value::String(state)) => state == old,
            Some(closed) => closed.get("closed").and_then(|reason| reason.as_str()) == Some(old),
            None => false,
        },
        Key::Milestone | Key::Type => text("name").replace(',', "‚") == old,
        Key::Label(name) => {
            let names = lost.get("names").and_then(serde_json::Value::as_array);
            let names = names.into_iter().flatten().filter_map(serde_json::Value::as_str);
            names.map(|name| name.replace(',', "‚").to_lowercase()).any(|lost| lost == *name)
        }
        Key::Assignee(_) => lost.get("names").is_some(),
        Key::Said(word) => tokens(text("body")).any(|kept| kept == word),
        Key::Trash => true,
    }
}
