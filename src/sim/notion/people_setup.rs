//! Setting the scene: connections, people, data sources.

use chrono::{DateTime, Utc};
use rand::Rng;
use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::ids::{DataSourceId, DatabaseId, UserId};
use super::limits::Window;
use super::people::Unknown;
use super::richtext::RichText;
use super::schema::{Choice, Group, Kind, Property, Schema, StatusKind};
use super::schema_edit::GROUPS;
use super::state::{Capabilities, DataSource, Database, State, Token, User};
use super::write::color;
use super::{PropertyId, ids::ChoiceId};

/// The type of a property to be made, with its options by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    /// The title; added as "Name" when a schema has none.
    Title,
    /// Text.
    RichText,
    /// A number.
    Number,
    /// A URL.
    Url,
    /// One of these options.
    Select(Vec<String>),
    /// Some of these options.
    MultiSelect(Vec<String>),
    /// One of these options.
    Status {
        /// Group (To-do, In progress, Complete) and option.
        options: Vec<(String, String)>,
        /// The option an empty status turns into.
        default: Option<String>,
    },
    /// Ticked or not.
    Checkbox,
    /// People.
    People,
    /// A date.
    Date,
    /// Pages of this data source.
    Relation(DataSourceId),
    /// A number Notion gives.
    UniqueId(Option<String>),
    /// When the page was made.
    CreatedTime,
    /// When it was last edited.
    LastEditedTime,
    /// Who made it.
    CreatedBy,
    /// Who last edited it.
    LastEditedBy,
    /// Anything else by its name on the wire; read-only.
    Other(String),
}

impl Type {
    /// A select with these options.
    #[must_use]
    pub fn select<const N: usize>(options: [&str; N]) -> Type {
        Type::Select(options.iter().map(|name| (*name).to_owned()).collect())
    }

    /// A multi-select with these options.
    #[must_use]
    pub fn multi_select<const N: usize>(options: [&str; N]) -> Type {
        Type::MultiSelect(options.iter().map(|name| (*name).to_owned()).collect())
    }

    /// A status with these options of the groups To-do, In progress and Complete; the very first is the default.
    #[must_use]
    pub fn status(to_do: &[&str], in_progress: &[&str], complete: &[&str]) -> Type {
        let of = |group: &str, names: &[&str]| {
            names.iter().map(|name| (group.to_owned(), (*name).to_owned())).collect::<Vec<_>>()
        };
        let mut options = of(GROUPS[0], to_do);
        options.extend(of(GROUPS[1], in_progress));
        options.extend(of(GROUPS[2], complete));
        let default = options.first().map(|(_, name)| name.clone());
        Type::Status { options, default }
    }
}

impl State {
    /// Sets up an internal connection with its bot. Nothing is shared with it yet.
    pub fn add_token(&mut self, token: &str, bot_name: &str, capabilities: Capabilities) -> UserId {
        let bot = UserId(self.fresh_uuid());
        self.users.insert(bot, User { id: bot, name: bot_name.to_owned(), email: None });
        // Where the window of a token begins is the server's secret.
        let window = Window::starting(self.rng.random_range(0..3_600_000));
        let name = bot_name.to_owned();
        self.tokens.insert(
            token.to_owned(),
            Token { bot, name, capabilities, personal: false, blocked: false, window },
        );
        bot
    }

    /// Gives a person a token of their own: what is written with it is written by that person.
    ///
    /// # Errors
    /// When there is no such person.
    pub fn add_personal_token(&mut self, token: &str, person: UserId) -> Result<(), Unknown> {
        let user =
            self.users.get(&person).ok_or_else(|| Unknown::new("person", &person.to_string()))?;
        let name = user.name.clone();
        let window = Window::starting(self.rng.random_range(0..3_600_000));
        let capabilities = Capabilities::full();
        let made =
            Token { bot: person, name, capabilities, personal: true, blocked: false, window };
        self.tokens.insert(token.to_owned(), made);
        Ok(())
    }

    /// The bot of a token, or the person whose own it is.
    #[must_use]
    pub fn bot(&self, token: &str) -> Option<UserId> {
        self.tokens.get(token).map(|token| token.bot)
    }

    /// Takes the token back: from now on it is answered 401.
    pub fn revoke_token(&mut self, token: &str) {
        self.tokens.remove(token);
    }

    /// Changes what the connection may do.
    ///
    /// # Errors
    /// When there is no such token.
    pub fn set_capabilities(
        &mut self,
        token: &str,
        capabilities: Capabilities,
    ) -> Result<(), Unknown> {
        self.token(token)?.capabilities = capabilities;
        Ok(())
    }

    /// Blocks the connection (`public_api_request_blocked`), or lets it go on.
    ///
    /// # Errors
    /// When there is no such token.
    pub fn set_blocked(&mut self, token: &str, blocked: bool) -> Result<(), Unknown> {
        self.token(token)?.blocked = blocked;
        Ok(())
    }

    fn token(&mut self, token: &str) -> Result<&mut Token, Unknown> {
        self.tokens.get_mut(token).ok_or_else(|| Unknown::new("token", "of that text"))
    }

    /// Connects the database of a data source to a connection.
    ///
    /// # Errors
    /// When there is no such data source or token.
    pub fn share(&mut self, source: DataSourceId, token: &str) -> Result<(), Unknown> {
        let bot = self.token(token)?.bot;
        self.source_mut(source)?.shared_with.insert(bot);
        Ok(())
    }

    /// Disconnects it: everything in it is 404 for that connection.
    ///
    /// # Errors
    /// When there is no such data source or token.
    pub fn unshare(&mut self, source: DataSourceId, token: &str) -> Result<(), Unknown> {
        let bot = self.token(token)?.bot;
        self.source_mut(source)?.shared_with.remove(&bot);
        Ok(())
    }

    /// A member of the workspace.
    pub fn add_user(&mut self, name: &str, email: &str) -> UserId {
        let id = UserId(self.fresh_uuid());
        self.users.insert(id, User { id, name: name.to_owned(), email: Some(email.to_owned()) });
        id
    }

    /// Makes a database with one data source.
    pub fn add_data_source(
        &mut self,
        title: &str,
        properties: &[(&str, Type)],
        by: UserId,
        now: DateTime<Utc>,
    ) -> (DatabaseId, DataSourceId) {
        let database = DatabaseId(self.fresh_uuid());
        let title_runs = vec![RichText::plain(title)];
        self.databases.insert(
            database,
            Database {
                id: database,
                title: title_runs,
                created_at: now,
                edited_at: now,
                sources: Vec::new(),
            },
        );
        let source = self.put_data_source(database, title, properties, by, now);
        (database, source)
    }

    /// Adds another data source to a database.
    ///
    /// # Errors
    /// When there is no such database.
    pub fn add_second_data_source(
        &mut self,
        database: DatabaseId,
        title: &str,
        properties: &[(&str, Type)],
        by: UserId,
        now: DateTime<Utc>,
    ) -> Result<DataSourceId, Unknown> {
        if !self.databases.contains_key(&database) {
            return Err(Unknown::new("database", &database.to_string()));
        }
        Ok(self.put_data_source(database, title, properties, by, now))
    }

    fn put_data_source(
        &mut self,
        database: DatabaseId,
        title: &str,
        properties: &[(&str, Type)],
        by: UserId,
        now: DateTime<Utc>,
    ) -> DataSourceId {
        let id = DataSourceId(self.fresh_uuid());
        let mut schema = Schema::default();
        if !properties.iter().any(|(_, kind)| *kind == Type::Title) {
            schema.0.push(Property {
                id: PropertyId::title(),
                name: "Name".to_owned(),
                kind: Kind::Title,
            });
        }
        for (name, kind) in properties {
            let id = match kind {
                Type::Title => PropertyId::title(),
                Type::RichText
                | Type::Number
                | Type::Url
                | Type::Select(_)
                | Type::MultiSelect(_)
                | Type::Status { .. }
                | Type::Checkbox
                | Type::People
                | Type::Date
                | Type::Relation(_)
                | Type::UniqueId(_)
                | Type::CreatedTime
                | Type::LastEditedTime
                | Type::CreatedBy
                | Type::LastEditedBy
                | Type::Other(_) => self.fresh_property_id(),
            };
            let kind = self.kind_of(kind);
            schema.0.push(Property { id, name: (*name).to_owned(), kind });
        }
        let source = DataSource {
            id,
            database,
            title: vec![RichText::plain(title)],
            icon: Json::Null,
            schema,
            created_at: now,
            created_by: by,
            edited_at: now,
            edited_by: by,
            in_trash: false,
            shared_with: BTreeSet::new(),
            rows: Vec::new(),
            next_number: 1,
            revision: 0,
        };
        self.sources.insert(id, source);
        if let Some(database) = self.databases.get_mut(&database) {
            database.sources.push(id);
        }
        id
    }

    pub(super) fn kind_of(&mut self, kind: &Type) -> Kind {
        match kind {
            Type::Title => Kind::Title,
            Type::RichText => Kind::RichText,
            Type::Number => Kind::Number,
            Type::Url => Kind::Url,
            Type::Select(names) => Kind::Select(self.new_choices(names)),
            Type::MultiSelect(names) => Kind::MultiSelect(self.new_choices(names)),
            Type::Status { options, default } => {
                let names: Vec<String> = options.iter().map(|(_, name)| name.clone()).collect();
                let choices = self.new_choices(&names);
                let id_of = |wanted: &str| -> Option<ChoiceId> {
                    choices
                        .iter()
                        .find(|choice| choice.name == wanted)
                        .map(|choice| Arc::clone(&choice.id))
                };
                let default = default.as_deref().and_then(id_of);
                let in_group = |group: &str| {
                    options
                        .iter()
                        .filter(|(of, _)| of == group)
                        .filter_map(|(_, name)| id_of(name))
                        .collect()
                };
                let groups: Vec<(String, Vec<ChoiceId>)> =
                    GROUPS.iter().map(|name| ((*name).to_owned(), in_group(name))).collect();
                let groups = groups
                    .into_iter()
                    .map(|(name, choices)| Group {
                        id: self.fresh_uuid().to_string(),
                        name,
                        choices,
                    })
                    .collect();
                Kind::Status(StatusKind { choices, groups, default })
            }
            Type::Checkbox => Kind::Checkbox,
            Type::People => Kind::People,
            Type::Date => Kind::Date,
            Type::Relation(source) => Kind::Relation(*source),
            Type::UniqueId(prefix) => Kind::UniqueId { prefix: prefix.clone() },
            Type::CreatedTime => Kind::CreatedTime,
            Type::LastEditedTime => Kind::LastEditedTime,
            Type::CreatedBy => Kind::CreatedBy,
            Type::LastEditedBy => Kind::LastEditedBy,
            Type::Other(name) => Kind::Other(name.clone()),
        }
    }

    fn new_choices(&mut self, names: &[String]) -> Vec<Choice> {
        names
            .iter()
            .map(|name| {
                let color = color(self.rng.random());
                Choice::new(self.fresh_choice_id(), name, color)
            })
            .collect()
    }
}
