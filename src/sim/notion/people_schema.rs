//! What people do with the schema in Notion's own windows.

use chrono::{DateTime, Utc};

use super::ids::{DataSourceId, PropertyId};
use super::people::Unknown;
use super::people_setup::Type;
use super::schema::{Kind, Property, Schema};
use super::state::State;

impl State {
    /// The properties of a data source, as they are now.
    #[must_use]
    pub fn schema(&self, source: DataSourceId) -> &[Property] {
        self.sources.get(&source).map_or(&[], |source| &source.schema.0)
    }

    /// The names of the options of a property, as they are now.
    #[must_use]
    pub fn option_names(&self, source: DataSourceId, property: &str) -> Vec<String> {
        let property = self.schema(source).iter().find(|known| known.name == property);
        property
            .map_or(&[][..], |property| property.kind.choices())
            .iter()
            .map(|choice| choice.name.clone())
            .collect()
    }

    fn change_schema(
        &mut self,
        source: DataSourceId,
        now: DateTime<Utc>,
        change: impl FnOnce(&mut Schema) -> Result<(), Unknown>,
    ) -> Result<(), Unknown> {
        let known = self.source_mut(source)?;
        let before = known.schema.clone();
        let mut schema = before.clone();
        change(&mut schema)?;
        known.schema = schema;
        known.edited_at = now;
        self.schema_changed(source, &before, now);
        Ok(())
    }

    /// Adds a property.
    ///
    /// # Errors
    /// When the data source is unknown.
    pub fn add_property(
        &mut self,
        source: DataSourceId,
        name: &str,
        kind: &Type,
        now: DateTime<Utc>,
    ) -> Result<PropertyId, Unknown> {
        let (id, kind) = (self.fresh_property_id(), self.kind_of(kind));
        let property = Property { id: id.clone(), name: name.to_owned(), kind };
        self.change_schema(source, now, |schema| {
            schema.0.push(property);
            Ok(())
        })?;
        Ok(id)
    }

    /// Renames a property; its id stays.
    ///
    /// # Errors
    /// When the data source or the property is unknown.
    pub fn rename_property(
        &mut self,
        source: DataSourceId,
        name: &str,
        new_name: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Unknown> {
        self.change_schema(source, now, |schema| {
            new_name.clone_into(&mut by_name(schema, name)?.name);
            Ok(())
        })
    }

    /// Deletes a property and what pages hold of it.
    ///
    /// # Errors
    /// When the data source or the property is unknown.
    pub fn delete_property(
        &mut self,
        source: DataSourceId,
        name: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Unknown> {
        self.change_schema(source, now, |schema| {
            by_name(schema, name)?;
            schema.0.retain(|property| property.name != name);
            Ok(())
        })
    }

    /// Gives a property another type; the values are lost, its id stays.
    ///
    /// # Errors
    /// When the data source or the property is unknown.
    pub fn change_property_type(
        &mut self,
        source: DataSourceId,
        name: &str,
        kind: &Type,
        now: DateTime<Utc>,
    ) -> Result<(), Unknown> {
        let kind = self.kind_of(kind);
        self.change_schema(source, now, |schema| {
            by_name(schema, name)?.kind = kind;
            Ok(())
        })
    }

    /// Adds an option to a select, a multi-select or a status, which then is of the group "To-do".
    ///
    /// # Errors
    /// When the data source or the property is unknown.
    pub fn add_option(
        &mut self,
        source: DataSourceId,
        property: &str,
        option: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Unknown> {
        let choice = super::schema::Choice::new(self.fresh_choice_id(), option, "default");
        self.change_schema(source, now, |schema| {
            let kind = &mut by_name(schema, property)?.kind;
            if let Kind::Status(status) = kind
                && let Some(group) = status.groups.first_mut()
            {
                group.choices.push(choice.id.clone());
            }
            let choices =
                kind.choices_mut().ok_or_else(|| Unknown::new("options in property", property))?;
            choices.push(choice);
            Ok(())
        })
    }

    /// Renames an option; pages show the new name at once.
    ///
    /// # Errors
    /// When the data source, the property or the option is unknown.
    pub fn rename_option(
        &mut self,
        source: DataSourceId,
        property: &str,
        option: &str,
        new_name: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Unknown> {
        self.change_schema(source, now, |schema| {
            let choices = by_name(schema, property)?.kind.choices_mut();
            let choice =
                choices.and_then(|choices| choices.iter_mut().find(|choice| choice.name == option));
            choice.ok_or_else(|| Unknown::new("option", option))?.rename(new_name);
            Ok(())
        })
    }

    /// Deletes an option, also from every page that has it.
    ///
    /// # Errors
    /// When the data source, the property or the option is unknown.
    pub fn delete_option(
        &mut self,
        source: DataSourceId,
        property: &str,
        option: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Unknown> {
        self.change_schema(source, now, |schema| {
            let kind = &mut by_name(schema, property)?.kind;
            let id = kind.choice_named(option).map(|choice| choice.id.clone());
            let id = id.ok_or_else(|| Unknown::new("option", option))?;
            if let Some(choices) = kind.choices_mut() {
                choices.retain(|choice| choice.id != id);
            }
            if let Kind::Status(status) = kind {
                for group in &mut status.groups {
                    group.choices.retain(|choice| *choice != id);
                }
                if status.default.as_ref() == Some(&id) {
                    status.default = None;
                }
            }
            Ok(())
        })
    }
}

fn by_name<'a>(schema: &'a mut Schema, name: &str) -> Result<&'a mut Property, Unknown> {
    schema
        .0
        .iter_mut()
        .find(|property| property.name == name)
        .ok_or_else(|| Unknown::new("property", name))
}
