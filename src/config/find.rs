//! Which config file is meant.

use std::path::{Path, PathBuf};

use super::Env;

/// Where tandem looks when nobody names a file, in this order.
const USUAL_PLACES: [&str; 2] = ["./config.toml", "/etc/tandem/config.toml"];

/// No config file was found (exit code 2).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoConfig {
    /// The file that was named is not there.
    #[error("there is no config file {} (named by {named_by})\n  help: check the path, or leave it out to use ./config.toml or /etc/tandem/config.toml", path.display())]
    Named {
        /// The file.
        path: PathBuf,
        /// `--config` or `$TANDEM_CONFIG`.
        named_by: &'static str,
    },
    /// None of the usual places has one.
    #[error("no config file found\n  looked at: --config (not given), $TANDEM_CONFIG (not set), {}\n  help: copy config.example.toml to one of these places, or name a file with --config FILE", .looked_at.join(", "))]
    Nowhere {
        /// The usual places.
        looked_at: Vec<String>,
    },
}

/// The config file: the one given on the command line, else `$TANDEM_CONFIG`, else `./config.toml`, else
/// `/etc/tandem/config.toml`. A file that was named is never replaced by another one.
///
/// # Errors
/// When the named file is not there, or no usual place has one.
pub fn find_config(cli: Option<PathBuf>, env: &Env) -> Result<PathBuf, NoConfig> {
    find_among(cli, env, &USUAL_PLACES)
}

fn find_among(cli: Option<PathBuf>, env: &Env, places: &[&str]) -> Result<PathBuf, NoConfig> {
    let by_env =
        || env.get_filled("TANDEM_CONFIG").map(|path| (PathBuf::from(path), "$TANDEM_CONFIG"));
    if let Some((path, named_by)) = cli.map(|path| (path, "--config")).or_else(by_env) {
        return if path.exists() { Ok(path) } else { Err(NoConfig::Named { path, named_by }) };
    }
    let found = places.iter().map(Path::new).find(|path| path.exists());
    found.map(Path::to_owned).ok_or_else(|| NoConfig::Nowhere {
        looked_at: places.iter().map(|&place| place.to_owned()).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_beats_the_environment_which_beats_the_usual_places() {
        let dir = tempfile::tempdir().unwrap();
        let file = |name: &str| {
            let path = dir.path().join(name);
            std::fs::write(&path, "").unwrap();
            path
        };
        let (cli, by_env, usual) = (file("cli.toml"), file("env.toml"), file("usual.toml"));
        let env = Env::from_iter([("TANDEM_CONFIG", by_env.to_str().unwrap())]);
        let places = ["/nowhere/config.toml", usual.to_str().unwrap()];
        assert_eq!(find_among(Some(cli.clone()), &env, &places), Ok(cli));
        assert_eq!(find_among(None, &env, &places), Ok(by_env));
        assert_eq!(find_among(None, &Env::from_iter([("TANDEM_CONFIG", "")]), &places), Ok(usual));
    }

    #[test]
    fn a_named_file_that_is_missing_is_an_error_although_a_usual_one_exists() {
        let dir = tempfile::tempdir().unwrap();
        let usual = dir.path().join("config.toml");
        std::fs::write(&usual, "").unwrap();
        let env = Env::from_iter([("TANDEM_CONFIG", "/nowhere/env.toml")]);
        let error = find_among(None, &env, &[usual.to_str().unwrap()]).unwrap_err();
        insta::assert_snapshot!(error, @r"
        there is no config file /nowhere/env.toml (named by $TANDEM_CONFIG)
          help: check the path, or leave it out to use ./config.toml or /etc/tandem/config.toml
        ");
    }

    #[test]
    fn the_error_lists_where_it_looked() {
        let error =
            find_among(None, &Env::default(), &["/nowhere/a.toml", "/nowhere/b.toml"]).unwrap_err();
        insta::assert_snapshot!(error, @r"
        no config file found
          looked at: --config (not given), $TANDEM_CONFIG (not set), /nowhere/a.toml, /nowhere/b.toml
          help: copy config.example.toml to one of these places, or name a file with --config FILE
        ");
    }
}
