//! What a test may look at: the truth, without lag, rounding or truncation.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::ids::{DataSourceId, PageId, UserId};
use super::render::Words;
use super::richtext;
use super::schema::Property;
use super::state::{Page, Row, State};
use super::time::Moment;
use super::value::Value;

/// A page as it really is.
#[derive(Clone, Copy)]
pub struct PageView<'a> {
    state: &'a State,
    row: &'a Row,
}

impl State {
    /// The page of this id, trashed or not.
    #[must_use]
    pub fn page(&self, id: PageId) -> Option<PageView<'_>> {
        self.pages.get(&id).map(|row| PageView { state: self, row })
    }

    /// All pages of a data source in the order they were made, trashed ones included.
    #[must_use]
    pub fn pages(&self, source: DataSourceId) -> Vec<PageView<'_>> {
        let rows = self.sources.get(&source).map_or(&[][..], |source| &source.rows);
        rows.iter().filter_map(|id| self.page(*id)).collect()
    }

    /// Accepted page writes through the API, creations included.
    #[must_use]
    pub fn page_writes(&self) -> u64 {
        self.pages.values().map(|row| row.writes).sum()
    }
}

impl<'a> PageView<'a> {
    fn page(&self) -> &'a Page {
        &self.row.current
    }

    fn property(&self, name: &str) -> Option<&'a Property> {
        self.state.sources.get(&self.page().source)?.schema.named(name)
    }

    fn value(&self, name: &str) -> Option<&'a Value> {
        self.page().values.get(&self.property(name)?.id)
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> PageId {
        self.page().id
    }

    /// The words of its title.
    #[must_use]
    pub fn title(&self) -> String {
        self.state.title_text(self.page())
    }

    /// The words of a text property.
    #[must_use]
    pub fn text(&self, name: &str) -> String {
        match self.value(name) {
            Some(Value::Text(runs)) => richtext::plain_text(runs, &Words(self.state)),
            Some(_) | None => String::new(),
        }
    }

    /// The name of the option a select or a status holds.
    #[must_use]
    pub fn option(&self, name: &str) -> Option<String> {
        match self.value(name) {
            Some(Value::Choice(id)) => {
                self.property(name)?.kind.choice(id).map(|choice| choice.name.clone())
            }
            Some(_) | None => None,
        }
    }

    /// The names of the options a multi-select holds.
    #[must_use]
    pub fn options(&self, name: &str) -> BTreeSet<String> {
        match (self.property(name), self.value(name)) {
            (Some(property), Some(Value::Choices(ids))) => ids
                .iter()
                .filter_map(|id| property.kind.choice(id))
                .map(|choice| choice.name.clone())
                .collect(),
            (_, _) => BTreeSet::new(),
        }
    }

    /// The people a people property holds, in order.
    #[must_use]
    pub fn people(&self, name: &str) -> Vec<UserId> {
        match self.value(name) {
            Some(Value::People(people)) => people.clone(),
            Some(_) | None => Vec::new(),
        }
    }

    /// The pages a relation holds.
    #[must_use]
    pub fn related(&self, name: &str) -> Vec<PageId> {
        match self.value(name) {
            Some(Value::Relation(pages)) => pages.clone(),
            Some(_) | None => Vec::new(),
        }
    }

    /// Whether a checkbox is ticked.
    #[must_use]
    pub fn checked(&self, name: &str) -> bool {
        matches!(self.value(name), Some(Value::Checkbox(true)))
    }

    /// The URL of a url property.
    #[must_use]
    pub fn url(&self, name: &str) -> Option<String> {
        match self.value(name) {
            Some(Value::Url(url)) => Some(url.clone()),
            Some(_) | None => None,
        }
    }

    /// The number of a number property or a unique id.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<f64> {
        match self.value(name) {
            Some(Value::Number(number)) => Some(*number),
            // Unique ids are far below 2^53.
            #[allow(clippy::cast_precision_loss)]
            Some(Value::UniqueId(number)) => Some(*number as f64),
            Some(_) | None => None,
        }
    }

    /// The start of a date.
    #[must_use]
    pub fn date(&self, name: &str) -> Option<Moment> {
        match self.value(name) {
            Some(Value::Date(date)) => Some(date.start),
            Some(_) | None => None,
        }
    }

    /// When it was made, to the millisecond.
    #[must_use]
    pub fn created_at(&self) -> DateTime<Utc> {
        self.page().created_at
    }

    /// Who made it.
    #[must_use]
    pub fn created_by(&self) -> UserId {
        self.page().created_by
    }

    /// When it was last edited, to the millisecond.
    #[must_use]
    pub fn edited_at(&self) -> DateTime<Utc> {
        self.page().edited_at
    }

    /// Who last edited it.
    #[must_use]
    pub fn edited_by(&self) -> UserId {
        self.page().edited_by
    }

    /// Whether it is in the trash.
    #[must_use]
    pub fn in_trash(&self) -> bool {
        self.page().in_trash
    }

    /// Accepted writes to it through the API, its creation included.
    #[must_use]
    pub fn writes(&self) -> u64 {
        self.row.writes
    }
}
