//! A snapshot of the environment variables, so that nothing else reads the process environment.

use std::collections::BTreeMap;
use std::fmt;

/// The environment variables tandem was started with. Tests build their own.
#[derive(Clone, Default)]
pub struct Env {
    variables: BTreeMap<String, String>,
}

impl Env {
    /// The variables of this process. One whose name or value is not UTF-8 counts as not set: no secret, path or name of
    /// ours can be made of it.
    #[must_use]
    pub fn of_process() -> Env {
        let text = |os: std::ffi::OsString| os.into_string().ok();
        Env {
            variables: std::env::vars_os()
                .filter_map(|(name, value)| Some((text(name)?, text(value)?)))
                .collect(),
        }
    }

    /// The value of a variable; `None` when it is not set.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }

    /// The value of a variable; `None` when it is not set or empty.
    #[must_use]
    pub fn get_filled(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Env {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Env {
        Env {
            variables: pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect(),
        }
    }
}

/// Names only: the values may be secrets (I17).
impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.variables.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_debug_form_shows_names_but_no_values() {
        let env = Env::from_iter([("GITHUB_TOKEN", "ghp_planted")]);
        assert_eq!(format!("{env:?}"), r#"{"GITHUB_TOKEN"}"#);
    }

    #[test]
    fn an_empty_variable_is_set_but_not_filled() {
        let env = Env::from_iter([("EMPTY", "")]);
        assert_eq!(env.get("EMPTY"), Some(""));
        assert_eq!(env.get_filled("EMPTY"), None);
    }
}
