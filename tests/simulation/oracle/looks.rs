//! What tandem looked at directly. What somebody types after that, and before the write that follows, it cannot know of:
//! neither service has conditional writes.

use http::Method;
use tandem::model::Side;
use tandem::sim::{Fault, Seen};

use super::Oracle;
use crate::snapshot::{Key, Object};

/// What one request shows of an item: an issue shows everything at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Properties,
    Content,
}

impl Part {
    fn of(object: Object, key: &Key) -> Part {
        match (object, key) {
            (Object::Page(_), Key::Said(_)) => Part::Content,
            (Object::Page(_) | Object::Issue(_), _) => Part::Properties,
        }
    }
}

impl Oracle {
    /// Notes a direct look, or the answer to a write that is as good as one, if it showed what is there. A reason is changed in
    /// three writes that are one step.
    pub(super) fn note_look(&mut self, seen: &Seen, body: &[u8]) {
        let is_answered = seen.status.is_some_and(|status| (200..300).contains(&status));
        let is_true = matches!(seen.fault, None | Some(Fault::Slow(_)));
        let is_step = seen.mutating && String::from_utf8_lossy(body).contains("\"state\":");
        let is_look = matches!(seen.method, Method::GET | Method::PATCH) && !is_step;
        if !is_answered || !is_true || !is_look {
            return;
        }
        let path = seen.path.split('?').next().unwrap_or_default();
        let found = match seen.side {
            Side::GitHub => path.rsplit_once("/issues/").and_then(|(_, number)| {
                Some((Object::Issue(number.parse().ok()?), Part::Properties))
            }),
            Side::Notion => self.page_at(path),
        };
        if let Some(found) = found {
            self.looked.insert(found, self.seq);
        }
    }

    fn page_at(&self, path: &str) -> Option<(Object, Part)> {
        let (_, rest) = path.split_once("/pages/")?;
        let (id, part) = match rest.strip_suffix("/markdown") {
            Some(id) => (id, Part::Content),
            None => (rest, Part::Properties),
        };
        let is_it =
            |object: &&Object| matches!(object, Object::Page(page) if page.to_string() == id);
        self.now.objects.keys().find(is_it).map(|object| (*object, part))
    }

    /// Whether a person has changed it since tandem's last look, or since the cycle began.
    pub(super) fn is_raced(&self, object: Object, key: &Key) -> bool {
        let looked = self.looked.get(&(object, Part::of(object, key))).copied();
        let since = looked.unwrap_or(0).max(self.cycle.began);
        self.touch_of(object, key).is_some_and(|touch| touch.seq > since)
    }
}
