//! The field mapping of one sync after it has met the real schema: what both codecs need so that
//! their values fall into one domain.

use std::collections::BTreeMap;

use super::{DataSourceId, Direction, Field, Login, NotionUserId, PropertyId, Reason, State};

/// The type of a Notion property, as far as a field can live in one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum PropertyKind {
    /// The page's title.
    Title,
    /// Text.
    RichText,
    /// A number.
    Number,
    /// A web address.
    Url,
    /// One option.
    Select,
    /// Several options.
    MultiSelect,
    /// One option in a group; options are never made on the fly (notion-api §5.3).
    Status,
    /// Ticked or not.
    Checkbox,
    /// Notion users.
    People,
    /// A date or date-time.
    Date,
    /// No property but the page's content, which is read and written by requests of its own.
    Content,
    /// Every other type, by its API name; no field can live there.
    Other(String),
}

impl PropertyKind {
    /// Reads the API's name of a type.
    #[must_use]
    pub fn from_api(name: &str) -> PropertyKind {
        match name {
            "title" => PropertyKind::Title,
            "rich_text" => PropertyKind::RichText,
            "number" => PropertyKind::Number,
            "url" => PropertyKind::Url,
            "select" => PropertyKind::Select,
            "multi_select" => PropertyKind::MultiSelect,
            "status" => PropertyKind::Status,
            "checkbox" => PropertyKind::Checkbox,
            "people" => PropertyKind::People,
            "date" => PropertyKind::Date,
            other => PropertyKind::Other(other.to_owned()),
        }
    }

    /// The API's name of the type; the page's content has a name of ours.
    #[must_use]
    pub fn as_api(&self) -> &str {
        match self {
            PropertyKind::Title => "title",
            PropertyKind::RichText => "rich_text",
            PropertyKind::Number => "number",
            PropertyKind::Url => "url",
            PropertyKind::Select => "select",
            PropertyKind::MultiSelect => "multi_select",
            PropertyKind::Status => "status",
            PropertyKind::Checkbox => "checkbox",
            PropertyKind::People => "people",
            PropertyKind::Date => "date",
            PropertyKind::Content => "content",
            PropertyKind::Other(name) => name,
        }
    }

    /// The types a field can live in, the best first.
    #[must_use]
    pub fn accepted_by(field: Field) -> &'static [PropertyKind] {
        match field {
            Field::Url => &[PropertyKind::Url],
            Field::Number => &[PropertyKind::Number],
            Field::Title => &[PropertyKind::Title],
            Field::Body => &[PropertyKind::Content],
            Field::State => &[PropertyKind::Status, PropertyKind::Select, PropertyKind::Checkbox],
            Field::Labels => &[PropertyKind::MultiSelect],
            Field::Assignees => &[PropertyKind::People, PropertyKind::MultiSelect],
            Field::Milestone | Field::Type | Field::Repository | Field::Author => {
                &[PropertyKind::Select, PropertyKind::RichText]
            }
            Field::Created | Field::Updated | Field::Closed => &[PropertyKind::Date],
        }
    }
}

/// Where one field lives and which way it flows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldMapping {
    /// Which way it flows.
    pub direction: Direction,
    /// The property, by id.
    pub property: PropertyId,
    /// The property's present name, for messages.
    pub property_name: String,
    /// The property's type.
    pub kind: PropertyKind,
    /// Stable digest of all that shapes this field's values; a base made under another one is void (I13).
    pub fingerprint: String,
}

impl FieldMapping {
    /// Whether the field lives in a property, and not in the page's content.
    #[must_use]
    pub fn is_property(&self) -> bool {
        self.kind != PropertyKind::Content
    }
}

/// How bodies are shown in Notion.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BodyOptions {
    /// Whether a login becomes a live mention, which notifies, and not a link to the profile.
    pub mentions: bool,
    /// Whether images are uploaded into Notion, so that those of private repositories show.
    pub upload_images: bool,
}

/// How a state is written in Notion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StateMapping {
    /// Ticked means closed.
    Checkbox,
    /// Options of a status or select property. Empty lists: that reason is not told apart.
    Options {
        /// All of these mean open; the first is written for an issue that (re)opens.
        open: Vec<String>,
        /// Closed as completed; the first is written.
        completed: Vec<String>,
        /// Closed as not planned; the first is written.
        not_planned: Vec<String>,
        /// Closed as duplicate; the first is written.
        duplicate: Vec<String>,
    },
}

impl StateMapping {
    /// The state as this mapping can tell it: a reason without an option counts as completed.
    #[must_use]
    pub fn canonical(&self, state: State) -> State {
        match state {
            State::Open => State::Open,
            State::Closed(reason) if self.tells(reason) => State::Closed(reason),
            State::Closed(_) => State::Closed(Reason::Completed),
        }
    }

    fn tells(&self, reason: Reason) -> bool {
        match self {
            StateMapping::Checkbox => reason == Reason::Completed,
            StateMapping::Options { .. } => !self.options(State::Closed(reason)).is_empty(),
        }
    }

    /// The options that mean `state`; none for a checkbox.
    #[must_use]
    pub fn options(&self, state: State) -> &[String] {
        match self {
            StateMapping::Checkbox => &[],
            StateMapping::Options { open, completed, not_planned, duplicate } => match state {
                State::Open => open,
                State::Closed(Reason::Completed) => completed,
                State::Closed(Reason::NotPlanned) => not_planned,
                State::Closed(Reason::Duplicate) => duplicate,
            },
        }
    }

    /// The state an option means; `None` when it is in no list.
    #[must_use]
    pub fn state_of(&self, option: &str) -> Option<State> {
        let states = [State::Open].into_iter().chain(Reason::ALL.map(State::Closed));
        let option = option.to_lowercase();
        states
            .into_iter()
            .find(|state| self.options(*state).iter().any(|name| name.to_lowercase() == option))
    }
}

/// Who is who: GitHub logins and Notion users (`[users]` in the config).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Users {
    by_login: BTreeMap<String, (Login, NotionUserId)>,
    by_user: BTreeMap<NotionUserId, Login>,
}

impl Users {
    /// Ties a login to a user.
    pub fn link(&mut self, login: Login, user: NotionUserId) {
        self.by_user.insert(user, login.clone());
        self.by_login.insert(login.key(), (login, user));
    }

    /// The user of a login.
    #[must_use]
    pub fn user(&self, login: &Login) -> Option<NotionUserId> {
        self.by_login.get(&login.key()).map(|(_, user)| *user)
    }

    /// Every login and its user, in the order of the logins.
    pub fn links(&self) -> impl Iterator<Item = (&Login, NotionUserId)> {
        self.by_login.values().map(|(login, user)| (login, *user))
    }

    /// The login of a user.
    #[must_use]
    pub fn login(&self, user: NotionUserId) -> Option<&Login> {
        self.by_user.get(&user)
    }
}

/// The mapping of one sync. A field that is not in `fields` is either not mapped or in `broken`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mapping {
    /// The data source whose pages it is for; a page of another one may look alike. `None` is any.
    pub source: Option<DataSourceId>,
    /// Fields that can be read and written.
    pub fields: BTreeMap<Field, FieldMapping>,
    /// Fields whose property is gone or has a type they cannot live in, with the message. Held, not stopped.
    pub broken: BTreeMap<Field, String>,
    /// How the state is written, when it is mapped.
    pub state: Option<StateMapping>,
    /// How bodies are shown, when they are mapped.
    pub body: BodyOptions,
    /// Who is who.
    pub users: Users,
}

impl Mapping {
    /// Whether bodies are kept in step.
    #[must_use]
    pub fn has_body(&self) -> bool {
        self.fields.contains_key(&Field::Body)
    }

    /// Whether assignees are Notion users (as against options that hold logins).
    #[must_use]
    pub fn assigns_people(&self) -> bool {
        self.fields.get(&Field::Assignees).is_some_and(|field| field.kind == PropertyKind::People)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_options_mean_one_state_and_an_unmapped_reason_counts_as_completed() {
        let words = |list: &[&str]| list.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
        let mapping = StateMapping::Options {
            open: words(&["To do", "In progress"]),
            completed: words(&["Done"]),
            not_planned: words(&["Won't do"]),
            duplicate: vec![],
        };
        assert_eq!(mapping.state_of("in progress"), Some(State::Open));
        assert_eq!(mapping.state_of("Blocked"), None);
        let duplicate = State::Closed(Reason::Duplicate);
        assert_eq!(mapping.canonical(duplicate), State::Closed(Reason::Completed));
        let not_planned = State::Closed(Reason::NotPlanned);
        assert_eq!(mapping.canonical(not_planned), not_planned);
        assert_eq!(StateMapping::Checkbox.canonical(not_planned), State::Closed(Reason::Completed));
    }
}
