//! Who is who: the config's logins tied to Notion users, asked of Notion once and remembered.

use serde::{Deserialize, Serialize};

use crate::config::{NotionUser, UserLink};
use crate::model::{Login, NotionUserId, Users};
use crate::notion::{Reader, User};
use crate::remote::RemoteError;

/// What is remembered between runs.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Remembered {
    /// The links it was made from; others mean asking again.
    links: Vec<String>,
    /// Login and user.
    found: Vec<(String, NotionUserId)>,
}

impl Remembered {
    /// What is remembered, if it was made from these very links.
    pub(super) fn read(text: &str, links: &[UserLink]) -> Option<Remembered> {
        let remembered: Remembered = serde_json::from_str(text).ok()?;
        (remembered.links == keys(links)).then_some(remembered)
    }

    /// Whether everybody was found: somebody may become a member of the workspace tomorrow.
    pub(super) fn is_complete(&self) -> bool {
        self.found.len() == self.links.len()
    }

    /// As the mapping takes it.
    pub(super) fn users(&self) -> Users {
        let mut users = Users::default();
        for (login, user) in &self.found {
            users.link(Login(login.clone()), *user);
        }
        users
    }
}

fn keys(links: &[UserLink]) -> Vec<String> {
    links.iter().map(|link| format!("{}={:?}", link.login.key(), link.notion)).collect()
}

/// Finds everybody; e-mails are looked up only when the config names one. Who is not found stays unmapped.
pub(super) async fn find(notion: &Reader, links: &[UserLink]) -> Result<Remembered, RemoteError> {
    let by_email = links.iter().any(|link| matches!(link.notion, NotionUser::Email(_)));
    let members = if by_email { notion.users().await? } else { Vec::new() };
    let (users, unknown) = link_up(links, &members);
    for login in unknown {
        tracing::warn!(%login, "[users]: no member of the Notion workspace has this e-mail; the login stays unmapped");
    }
    let found = users.links().map(|(login, user)| (login.0.clone(), user)).collect();
    Ok(Remembered { links: keys(links), found })
}

/// Ties logins to members of the workspace, and names the logins whose e-mail nobody has.
#[must_use]
pub fn link_up(links: &[UserLink], members: &[User]) -> (Users, Vec<Login>) {
    let mut users = Users::default();
    let mut unknown = Vec::new();
    for link in links {
        let found = match &link.notion {
            NotionUser::Id(id) => Some(*id),
            NotionUser::Email(email) => members
                .iter()
                .find(|user| user.email.as_ref().is_some_and(|e| e.eq_ignore_ascii_case(email)))
                .map(|user| user.id),
        };
        match found {
            Some(id) => users.link(link.login.clone(), id),
            None => unknown.push(link.login.clone()),
        }
    }
    (users, unknown)
}
