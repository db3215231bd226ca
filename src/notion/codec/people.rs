//! people: mapped ones are logins, the others stay where they are.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use super::super::shapes::UserRef;
use super::{MAX_ITEMS, wrong_kind};
use crate::model::{Login, NotionUserId, Users, Value};

pub(super) fn decode(people: &[UserRef], users: &Users) -> Value {
    Value::Names(
        people
            .iter()
            .filter_map(|person| users.login(person.id))
            .map(|login| login.0.as_str())
            .collect(),
    )
}

/// People nobody mapped: writing the property without them would remove them.
pub(in super::super) fn unmapped(people: &[UserRef], users: &Users) -> Vec<NotionUserId> {
    people.iter().map(|person| person.id).filter(|id| users.login(*id).is_none()).collect()
}

pub(super) fn encode(
    value: &Value,
    users: &Users,
    kept: Option<&[NotionUserId]>,
) -> Result<Json, String> {
    let Value::Names(names) = value else { return Err(wrong_kind(value, "a set of logins")) };
    let kept = kept.ok_or_else(|| {
        "the people who are there could not be read whole, and writing would remove them".to_owned()
    })?;
    let mut ids: Vec<NotionUserId> = kept.to_vec();
    for name in names.names() {
        let user = users.user(&Login(name.to_owned()));
        ids.push(user.ok_or_else(|| {
            format!("nobody in Notion is known as `{name}`; add the login to [users] in the config")
        })?);
    }
    let mut met = BTreeSet::new();
    ids.retain(|id| met.insert(*id));
    if ids.len() > MAX_ITEMS {
        return Err(format!(
            "{} people, of which Notion takes {MAX_ITEMS} in one request",
            ids.len()
        ));
    }
    Ok(ids.into_iter().map(|id| json!({"object": "user", "id": id})).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn user(n: usize) -> NotionUserId {
        NotionUserId(Uuid::from_u128(n as u128 + 1))
    }

    fn users(n: usize) -> Users {
        let mut users = Users::default();
        (0..n).for_each(|i| users.link(Login(format!("Login-{i}")), user(i)));
        users
    }

    fn back(json: Json) -> Vec<UserRef> {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn somebody_without_a_mapping_is_left_alone_and_put_back() {
        let users = users(2);
        let shown = [UserRef { id: user(0) }, UserRef { id: user(77) }];
        assert_eq!(decode(&shown, &users), Value::Names(["login-0"].into_iter().collect()));
        let kept = unmapped(&shown, &users);
        let json =
            encode(&Value::Names(["Login-1"].into_iter().collect()), &users, Some(&kept)).unwrap();
        assert_eq!(back(json), [UserRef { id: user(77) }, UserRef { id: user(1) }]);
    }

    #[test]
    fn a_login_nobody_mapped_is_refused_with_its_name() {
        let value = Value::Names(["stranger"].into_iter().collect());
        let reason = encode(&value, &users(1), Some(&[])).unwrap_err();
        assert!(reason.contains("`stranger`") && reason.contains("[users]"), "{reason}");
    }

    #[test]
    fn more_people_than_a_request_takes_are_refused() {
        let kept: Vec<_> = (0..101).map(|i| user(i + 500)).collect();
        assert!(
            encode(&Value::Names([""; 0].into_iter().collect()), &users(0), Some(&kept)).is_err()
        );
    }

    proptest! {
        #[test]
        fn decoding_what_was_encoded_gives_the_logins(chosen in proptest::collection::btree_set(0usize..40, 0..30)) {
            let users = users(40);
            let value = Value::Names(chosen.iter().map(|i| format!("login-{i}")).collect());
            let json = encode(&value, &users, Some(&[user(99)])).unwrap();
            prop_assert_eq!(decode(&back(json), &users), value);
        }
    }
}
