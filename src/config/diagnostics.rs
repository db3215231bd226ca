//! Everything that is wrong with a config, each with its place, what is accepted and, where there is one, the nearest
//! word that would have been right.

use std::fmt;
use std::path::{Path, PathBuf};

use super::source::{Excerpt, Position};

/// What is wrong with a key or a value, without its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Complaint {
    pub(super) problem: String,
    pub(super) accepted: Option<String>,
    pub(super) hint: Option<String>,
    /// The value must not be quoted.
    pub(super) unseen: bool,
}

impl Complaint {
    pub(super) fn new(problem: impl Into<String>) -> Complaint {
        Complaint { problem: problem.into(), accepted: None, hint: None, unseen: false }
    }

    pub(super) fn accepted(mut self, accepted: impl Into<String>) -> Complaint {
        self.accepted = Some(accepted.into());
        self
    }

    /// Keeps the value out of the message.
    pub(super) fn unseen(mut self) -> Complaint {
        self.unseen = true;
        self
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Complaint {
        self.hint = Some(hint.into());
        self
    }
}

/// One problem of the config file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Where; `None` when the file could not be read at all.
    pub at: Option<Position>,
    /// The key, as in `sync[0].fields.state.open`; empty when the problem is not that of one key.
    pub key: String,
    /// What is wrong.
    pub problem: String,
    /// What would be accepted.
    pub accepted: Option<String>,
    /// What to do about it.
    pub hint: Option<String>,
    pub(super) excerpt: Option<Excerpt>,
}

/// Every problem of one config file, in the order of the file. There is at least one. It never holds a token (I17).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostics {
    file: PathBuf,
    problems: Vec<Diagnostic>,
}

impl Diagnostics {
    pub(super) fn new(file: &Path, mut problems: Vec<Diagnostic>) -> Diagnostics {
        problems.sort_by(|a, b| (a.at, &a.key).cmp(&(b.at, &b.key)));
        problems.dedup();
        Diagnostics { file: file.to_owned(), problems }
    }

    /// The file the problems are in.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The problems, in the order of the file.
    #[must_use]
    pub fn problems(&self) -> &[Diagnostic] {
        &self.problems
    }
}

impl std::error::Error for Diagnostics {}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.problems {
            problem.write(&self.file, f)?;
            writeln!(f)?;
        }
        match self.problems.len() {
            1 => write!(f, "1 problem in {}", self.file.display()),
            n => write!(f, "{n} problems in {}", self.file.display()),
        }
    }
}

impl Diagnostic {
    fn write(&self, file: &Path, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "error: {}", self.problem)?;
        let margin = self.at.map_or(1, |at| at.line.to_string().len());
        match self.at {
            Some(at) => {
                writeln!(f, "{:margin$}--> {}:{}:{}", "", file.display(), at.line, at.column)?
            }
            None => writeln!(f, "{:margin$}--> {}", "", file.display())?,
        }
        if let (Some(at), Some(excerpt)) = (self.at, &self.excerpt) {
            let Excerpt { text, mark_from, mark_chars } = excerpt;
            writeln!(f, "{:margin$} |", "")?;
            writeln!(f, "{} | {text}", at.line)?;
            writeln!(f, "{:margin$} | {:mark_from$}{}", "", "", "^".repeat((*mark_chars).max(1)))?;
        }
        if !self.key.is_empty() {
            writeln!(f, "{:margin$} = key: {}", "", self.key)?;
        }
        if let Some(accepted) = &self.accepted {
            writeln!(f, "{:margin$} = accepted: {accepted}", "")?;
        }
        if let Some(hint) = &self.hint {
            writeln!(f, "{:margin$} = help: {hint}", "")?;
        }
        Ok(())
    }
}
