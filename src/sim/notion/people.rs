//! What people do with pages in Notion's own windows.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::Value as Json;

use super::ids::{ChoiceId, DataSourceId, PageId, PropertyId, UserId};
use super::pages::blank;
use super::richtext::RichText;
use super::schema::{Choice, Kind, Property};
use super::state::{DataSource, Page, State};
use super::time::Moment;
use super::value::{DateValue, Value};
use super::write::color;

/// Something named in an act does not exist, or cannot take the value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this Notion has no {kind} {which}")]
pub struct Unknown {
    kind: &'static str,
    which: String,
}

impl Unknown {
    pub(super) fn new(kind: &'static str, which: &str) -> Unknown {
        Unknown { kind, which: which.to_owned() }
    }
}

/// A value as a person would say it.
#[derive(Debug, Clone, PartialEq)]
pub enum Plain {
    /// For a title or a text.
    Text(String),
    /// For a number.
    Number(f64),
    /// For a URL.
    Url(String),
    /// For a select or a status, by name; a select gets the option if it has none of that name.
    Option(String),
    /// For a multi-select, by name; missing options are made.
    Options(Vec<String>),
    /// For a checkbox.
    Checked(bool),
    /// For people.
    People(Vec<UserId>),
    /// For a date: a day or a date-time.
    Date(String),
    /// For a relation.
    Pages(Vec<PageId>),
    /// Nothing, for any type.
    Empty,
}

impl State {
    pub(super) fn source_mut(&mut self, id: DataSourceId) -> Result<&mut DataSource, Unknown> {
        self.sources.get_mut(&id).ok_or_else(|| Unknown::new("data source", &id.to_string()))
    }

    pub(super) fn page_now(&self, id: PageId) -> Result<Page, Unknown> {
        let row = self.pages.get(&id).ok_or_else(|| Unknown::new("page", &id.to_string()))?;
        Ok(Page::clone(&row.current))
    }

    /// Adds a page with these properties.
    ///
    /// # Errors
    /// When the data source, a property or an option is unknown.
    pub fn add_page(
        &mut self,
        source: DataSourceId,
        properties: &[(&str, Plain)],
        by: UserId,
        now: DateTime<Utc>,
    ) -> Result<PageId, Unknown> {
        self.source_mut(source)?;
        let mut page = blank(self, source, by, now);
        for (name, value) in properties {
            self.put(&mut page, name, value)?;
        }
        let id = page.id;
        self.insert_page(page);
        Ok(id)
    }

    /// Sets one property of a page.
    ///
    /// # Errors
    /// When the page, the property or the option is unknown, or the value does not fit.
    pub fn set(
        &mut self,
        page: PageId,
        property: &str,
        value: &Plain,
        by: UserId,
        now: DateTime<Utc>,
    ) -> Result<(), Unknown> {
        let mut page = self.page_now(page)?;
        self.put(&mut page, property, value)?;
        self.edit_page(page, by, now);
        Ok(())
    }

    /// Types another title.
    ///
    /// # Errors
    /// When the page is unknown.
    pub fn set_title(
        &mut self,
        page: PageId,
        title: &str,
        by: UserId,
        now: DateTime<Utc>,
    ) -> Result<(), Unknown> {
        self.set(page, "title", &Plain::Text(title.to_owned()), by, now)
    }

    /// Mentions people in the title, each as `@Name`, after what stands there.
    ///
    /// # Errors
    /// When the page is unknown.
    pub fn mention_in_title(
        &mut self,
        page: PageId,
        people: &[UserId],
        by: UserId,
        now: DateTime<Utc>,
    ) -> Result<(), Unknown> {
        let mut page = self.page_now(page)?;
        let mut runs = self.title_runs(&page).to_vec();
        for id in people {
            let content = super::richtext::Content::User(*id);
            runs.push(RichText { content, ..RichText::plain("") });
        }
        page.values.insert(PropertyId::title(), Value::Text(runs));
        self.edit_page(page, by, now);
        Ok(())
    }

    /// Picks an option of a select or a status.
    ///
    /// # Errors
    /// When the page, the property or (for a status) the option is unknown.
    pub fn set_option(
        &mut self,
        page: PageId,
        property: &str,
        option: &str,
        by: UserId,
        now: DateTime<Utc>,
    ) -> Result<(), Unknown> {
        self.set(page, property, &Plain::Option(option.to_owned()), by, now)
    }

    /// Picks exactly these options of a multi-select.
    ///
    /// # Errors
    /// When the page or the property is unknown.
    pub fn set_options(
        &mut self,
        page: PageId,
        property: &str,
        options: &[&str],
        by: UserId,
        now: DateTime<Utc>,
    ) -> Result<(), Unknown> {
        let options = options.iter().map(|name| (*name).to_owned()).collect();
        self.set(page, property, &Plain::Options(options), by, now)
    }

    /// Picks exactly these people.
    ///
    /// # Errors
    /// When the page or the property is unknown.
    pub fn set_people(
        &mut self,
        page: PageId,
        property: &str,
        people: &[UserId],
        by: UserId,
        now: DateTime<Utc>,
    ) -> Result<(), Unknown> {
        self.set(page, property, &Plain::People(people.to_vec()), by, now)
    }

    /// Moves a page to the trash.
    ///
    /// # Errors
    /// When the page is unknown.
    pub fn trash_page(
        &mut self,
        page: PageId,
        by: UserId,
        now: DateTime<Utc>,
    ) -> Result<(), Unknown> {
        self.flag(page, by, now, |page| page.in_trash = true)
    }

    /// Takes it out again.
    ///
    /// # Errors
    /// When the page is unknown.
    pub fn restore_page(
        &mut self,
        page: PageId,
        by: UserId,
        now: DateTime<Utc>,
    ) -> Result<(), Unknown> {
        self.flag(page, by, now, |page| page.in_trash = false)
    }

    /// Archives a page, which is not the trash, or brings it back.
    ///
    /// # Errors
    /// When the page is unknown.
    pub fn set_archived(
        &mut self,
        page: PageId,
        archived: bool,
        by: UserId,
        now: DateTime<Utc>,
    ) -> Result<(), Unknown> {
        self.flag(page, by, now, |page| page.is_archived = archived)
    }

    fn flag(
        &mut self,
        page: PageId,
        by: UserId,
        now: DateTime<Utc>,
        change: impl FnOnce(&mut Page),
    ) -> Result<(), Unknown> {
        let mut page = self.page_now(page)?;
        change(&mut page);
        self.edit_page(page, by, now);
        Ok(())
    }

    /// Edits something of the page that no property shows, so that only its time moves.
    ///
    /// # Errors
    /// When the page is unknown.
    pub fn touch_page(
        &mut self,
        page: PageId,
        by: UserId,
        now: DateTime<Utc>,
    ) -> Result<(), Unknown> {
        self.flag(page, by, now, |page| page.icon = Json::String(now.to_rfc3339()))?;
        self.flag(page, by, now, |page| page.icon = Json::Null)
    }

    /// Deletes a page for good: 404 from now on.
    ///
    /// # Errors
    /// When the page is unknown.
    pub fn delete_forever(&mut self, page: PageId) -> Result<(), Unknown> {
        let row =
            self.pages.remove(&page).ok_or_else(|| Unknown::new("page", &page.to_string()))?;
        let source = self.source_mut(row.current.source)?;
        source.rows.retain(|id| *id != page);
        source.revision += 1;
        self.bodies.remove(&page);
        Ok(())
    }

    /// Duplicates a page with all it holds, the url and the content included; only its number is its own.
    ///
    /// # Errors
    /// When the page is unknown.
    pub fn duplicate_page(
        &mut self,
        page: PageId,
        by: UserId,
        now: DateTime<Utc>,
    ) -> Result<PageId, Unknown> {
        let original = self.page_now(page)?;
        let mut copy = blank(self, original.source, by, now);
        for (id, value) in original.values {
            if !matches!(value, Value::UniqueId(_)) {
                copy.values.insert(id, value);
            }
        }
        (copy.icon, copy.cover) = (original.icon, original.cover);
        let id = copy.id;
        self.insert_page(copy);
        self.duplicate_content(page, id, now);
        Ok(id)
    }

    fn put(&mut self, page: &mut Page, name: &str, plain: &Plain) -> Result<(), Unknown> {
        let property = self.property_of(page.source, name)?;
        let value = self.value_for(page.source, &property, plain)?;
        match value {
            Some(value) if !value.is_empty() => page.values.insert(property.id, value),
            Some(_) | None => page.values.remove(&property.id),
        };
        Ok(())
    }

    /// By name; the title also as "title".
    pub(super) fn property_of(
        &self,
        source: DataSourceId,
        name: &str,
    ) -> Result<Property, Unknown> {
        let source = self
            .sources
            .get(&source)
            .ok_or_else(|| Unknown::new("data source", &source.to_string()))?;
        let property =
            source.schema.named(name).or_else(|| source.schema.title().filter(|_| name == "title"));
        property.cloned().ok_or_else(|| Unknown::new("property", name))
    }

    fn value_for(
        &mut self,
        source: DataSourceId,
        property: &Property,
        plain: &Plain,
    ) -> Result<Option<Value>, Unknown> {
        let value = match (&property.kind, plain) {
            (Kind::Status(status), Plain::Empty) => {
                return Ok(status.default.clone().map(Value::Choice));
            }
            (_, Plain::Empty) => return Ok(None),
            (Kind::Title | Kind::RichText, Plain::Text(text)) if text.is_empty() => {
                return Ok(None);
            }
            (Kind::Title | Kind::RichText, Plain::Text(text)) => {
                Value::Text(vec![RichText::plain(text)])
            }
            (Kind::Number, Plain::Number(number)) => Value::Number(*number),
            (Kind::Url, Plain::Url(url)) => Value::Url(url.clone()),
            (Kind::Status(_), Plain::Option(name)) => {
                let choice = property
                    .kind
                    .choice_named(name)
                    .ok_or_else(|| Unknown::new("status option", name))?;
                Value::Choice(Arc::clone(&choice.id))
            }
            (Kind::Select(_), Plain::Option(name)) => {
                Value::Choice(self.choice_for(source, &property.id, name)?)
            }
            (Kind::MultiSelect(_), Plain::Options(names)) => {
                let mut seen = BTreeSet::new();
                let names = names.iter().filter(|name| seen.insert(name.as_str()));
                let ids: Result<Vec<_>, _> =
                    names.map(|name| self.choice_for(source, &property.id, name)).collect();
                Value::Choices(ids?)
            }
            (Kind::Checkbox, Plain::Checked(ticked)) => Value::Checkbox(*ticked),
            (Kind::People, Plain::People(people)) => Value::People(people.clone()),
            (Kind::Date, Plain::Date(text)) => {
                let start = Moment::parse(text, None).ok_or_else(|| Unknown::new("date", text))?;
                Value::Date(DateValue { start, end: None, time_zone: None })
            }
            (Kind::Relation(_), Plain::Pages(pages)) => Value::Relation(pages.clone()),
            (kind, _) => {
                return Err(Unknown::new(
                    "way to put such a value into a property of type",
                    kind.name(),
                ));
            }
        };
        Ok(Some(value))
    }

    /// The option of this name, made when missing. A comma cannot be typed into an option.
    fn choice_for(
        &mut self,
        source: DataSourceId,
        id: &PropertyId,
        name: &str,
    ) -> Result<ChoiceId, Unknown> {
        if name.contains(',') || name.is_empty() {
            return Err(Unknown::new("option that may be called", name));
        }
        let (fresh, color) =
            (self.fresh_choice_id(), color(rand::RngCore::next_u32(&mut self.rng)));
        let source = self.source_mut(source)?;
        let property =
            source.schema.get_mut(id).ok_or_else(|| Unknown::new("property", id.as_str()))?;
        if let Some(choice) = property.kind.choice_named(name) {
            return Ok(Arc::clone(&choice.id));
        }
        if let Some(choices) = property.kind.choices_mut() {
            choices.push(Choice::new(Arc::clone(&fresh), name, color));
        }
        source.revision += 1;
        Ok(fresh)
    }
}
