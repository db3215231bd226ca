//! Writing a page's body: targeted edits where they are unambiguous, so that untouched blocks keep their ids and
//! comments, the whole text else; never with `allow_deleting_content` (notion-api §6.2, §6.3.1).

use std::collections::BTreeSet;

use http::Method;
use serde_json::{Value as Json, json};

use super::BODY_EDITED_MEANWHILE;
use super::around::{around_files, has_any};
use super::content::{Content, MARKDOWN_VERSION, RawContent};
use super::files::{as_uploaded, hosted_files, signed_as, stable_files};
use super::observe::raw_page;
use super::task::{awaited, is_large};
use super::writer::{Writer, in_trash, missing, named};
use crate::body::{Update, as_meant, updates};
use crate::model::{PageId, Side};
use crate::remote::{Kind, Lookup, RemoteError, unquoted, without_bodies};

/// So many updates one request may hold (notion-api §3).
const MAX_UPDATES: usize = 100;
/// Begins a tag for what Notion does not show; a bare `<unknown>` stands in many a stack trace.
const UNKNOWN_TAG: &str = "<unknown ";
const UNKNOWN_ATTRIBUTES: [&str; 2] = ["url=\"", "alt=\""];

/// What came of writing a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BodyWritten {
    /// The body as the page shows it now.
    pub content: Content,
    /// Why it is not what was meant, and what to do; `None` when it is. Holds a short diff of the body, so it is for
    /// the hold of the field and for no log (I17).
    pub refused: Option<String>,
}

impl Writer {
    /// Turns a page's body from what it showed (`from`, as [`super::Reader::body`] gave it) into `to`, and looks whether
    /// the page shows then what was meant.
    ///
    /// # Errors
    /// Apart from what every write may meet: [`BODY_EDITED_MEANWHILE`] when the page no longer shows `from`, so that it
    /// has to be read and planned again; [`super::PAGE_IN_TRASH`]. After `Unclear` the body may be old, new or in between.
    pub async fn write_body(
        &self,
        page: PageId,
        from: &str,
        to: &str,
    ) -> Result<BodyWritten, RemoteError> {
        Edit { writer: self, page, from, to }.carry_out().await
    }
}

/// A body on its way.
struct Edit<'a> {
    writer: &'a Writer,
    page: PageId,
    from: &'a str,
    to: &'a str,
}

/// One request.
#[derive(Debug, PartialEq)]
enum Command {
    Update(Vec<Update>),
    Replace(String),
}

/// How to get there.
#[derive(Debug, PartialEq)]
enum Route {
    Send(Vec<Command>),
    /// There is no harmless way, and why.
    Blocked(String),
}

impl Edit<'_> {
    async fn carry_out(&self) -> Result<BodyWritten, RemoteError> {
        let commands = match self.route().await? {
            Route::Send(commands) => commands,
            Route::Blocked(why) => {
                return Ok(BodyWritten {
                    content: self.shown().await?.content,
                    refused: Some(why),
                });
            }
        };
        let mut shown = None;
        for command in &commands {
            match self.send(command).await {
                Ok(content) => shown = Some(content),
                Err(error) => return self.settle(error, shown.is_some()).await,
            }
        }
        match shown {
            Some(content) => self.checked(content).await,
            None => self.checked(self.shown().await?.content).await,
        }
    }

    /// Updates where there are unambiguous ones. Files that Notion hosts are known to it only with their signature, and
    /// written anew with it they would be lost within the hour; what it does not show would be lost at once.
    async fn route(&self) -> Result<Route, RemoteError> {
        let files: BTreeSet<&str> = hosted_files(self.from).into_iter().collect();
        let holds_file = |text: &str| has_any(text, &files);
        if unshown(self.to) < unshown(self.from) {
            return Ok(Route::Blocked("the change would remove content that Notion does not show to the connection; make the change in Notion".to_owned()));
        }
        let Some(updates) = updates(self.from, self.to) else {
            if holds_file(self.to) {
                return Ok(Route::Blocked(file_in_the_way()));
            }
            // Nothing in the request says what it replaces: looked at once more, so that nobody's first words go (I2).
            if self.shown().await?.content.markdown != self.from {
                return Err(edited_meanwhile(self.page));
            }
            return Ok(Route::Send(vec![Command::Replace(self.to.to_owned())]));
        };
        let updates = around_files(self.from, updates);
        if updates.iter().any(|update| holds_file(&update.new)) {
            return Ok(Route::Blocked(file_in_the_way()));
        }
        let updates = if updates.iter().any(|update| holds_file(&update.old)) {
            let page = self.shown().await?.markdown;
            let sign = |update: Update| Update { old: signed_as(&update.old, &page), ..update };
            updates.into_iter().map(sign).collect()
        } else {
            updates
        };
        Ok(Route::Send(in_requests(updates)))
    }

    async fn send(&self, command: &Command) -> Result<Content, RemoteError> {
        let writer = self.writer;
        let wire = &writer.reader.wire;
        let path = format!("pages/{}/markdown", self.page);
        let request = wire.request(Method::PATCH, &path, Some(&command.body()))?;
        let sent = writer.channel.write(request).await;
        let sent = match sent {
            Ok(answer) => awaited(wire, Kind::Write, answer).await,
            Err(error) => Err(named(self.page, error)),
        };
        let answer = sent.map_err(|error| {
            let texts = [vec![self.from, self.to], command.texts()].concat();
            without_bodies(error, &texts)
        })?;
        RawContent::of(wire, &answer).map(|raw| raw.content).map_err(unclear)
    }

    /// What to make of a request that failed: whatever the server says, the page tells what became of it.
    async fn settle(
        &self,
        error: RemoteError,
        something_sent: bool,
    ) -> Result<BodyWritten, RemoteError> {
        let settled = match error {
            RemoteError::Refused { .. } => self.after_refusal(&error).await,
            RemoteError::Unclear { .. } => match self.shown().await {
                Ok(now) if self.judge(&now.content).is_ok() => {
                    Ok(BodyWritten { content: now.content, refused: None })
                }
                Ok(_) | Err(_) => Err(error),
            },
            RemoteError::Transient { .. }
            | RemoteError::Limited { .. }
            | RemoteError::Auth { .. }
            | RemoteError::Gone { .. }
            | RemoteError::Moved { .. }
            | RemoteError::Missing { .. }
            | RemoteError::Nonsense { .. } => Err(error),
        };
        settled.map_err(|error| match error {
            // Something was written already, so this may not be called a failure without effect (I4).
            RemoteError::Transient { .. } | RemoteError::Limited { .. } if something_sent => {
                unclear(error)
            }
            error => error,
        })
    }

    /// All reasons come as a 400 with one code, and the wording changes (notion-api §12): the page tells which it was.
    async fn after_refusal(&self, error: &RemoteError) -> Result<BodyWritten, RemoteError> {
        let path = format!("pages/{}", self.page);
        let answer = self.writer.reader.wire.get(&path).await;
        let raw = raw_page(&answer.map_err(|error| named(self.page, error))?)?;
        if raw.in_trash.unwrap_or(false) {
            return Err(in_trash(self.page));
        }
        let content = self.shown().await?.content;
        if self.judge(&content).is_ok() {
            // A write that was repeated after a collision, and had been carried out the first time.
            return Ok(BodyWritten { content, refused: None });
        }
        if content.markdown != self.from {
            return Err(edited_meanwhile(self.page));
        }
        if self.removes_file() {
            return self.replace(content).await;
        }
        Ok(BodyWritten { content, refused: Some(why_refused(error)) })
    }

    /// Whether a file goes that Notion hosts: an edit can name it only by a signature, which may be another by now.
    fn removes_file(&self) -> bool {
        hosted_files(self.to).len() < hosted_files(self.from).len()
    }

    /// The whole text anew, where nothing is lost by that; `content` is what the page shows.
    async fn replace(&self, content: Content) -> Result<BodyWritten, RemoteError> {
        let is_plain = hosted_files(self.to).is_empty() && unshown(self.from) == 0;
        if is_plain && !content.truncated {
            match self.send(&Command::Replace(self.to.to_owned())).await {
                Ok(shown) => return self.checked(shown).await,
                Err(RemoteError::Refused { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(BodyWritten { content, refused: Some(file_in_the_way()) })
    }

    /// What was written has to be what is shown (DESIGN §3, PutGet); a warning is a doubt that a read settles.
    async fn checked(&self, answered: Content) -> Result<BodyWritten, RemoteError> {
        let warnings = answered.warnings.join(" ");
        let content = if warnings.is_empty() {
            answered
        } else {
            let read = self.shown().await.map_err(unclear)?.content;
            Content { warnings: answered.warnings, ..read }
        };
        let refused = self.judge(&content).err().map(|diff| {
            let remark = match unquoted(&warnings, &[self.to]) {
                none if none.is_empty() => String::new(),
                remark => format!(" (its remark: {remark})"),
            };
            format!("Notion took the body and shows another{remark}; change what differs on either side: {diff}")
        });
        Ok(BodyWritten { content, refused })
    }

    /// `Err` is a diff. Signatures that the text itself brought are cut in what is shown, so they are cut here, and an
    /// upload has got an address by now.
    fn judge(&self, shown: &Content) -> Result<(), String> {
        as_meant(&as_uploaded(&stable_files(self.to), &shown.markdown), &shown.markdown)
    }

    async fn shown(&self) -> Result<RawContent, RemoteError> {
        match self.writer.reader.raw_body(self.page).await? {
            Lookup::Found(raw) => Ok(raw),
            Lookup::Gone | Lookup::Moved(_) | Lookup::Hidden(_) => Err(missing(self.page)),
        }
    }
}

impl Command {
    fn body(&self) -> Json {
        let mut body = match self {
            Command::Update(updates) => {
                let update =
                    |update: &Update| json!({"old_str": update.old, "new_str": update.new});
                let updates: Vec<Json> = updates.iter().map(update).collect();
                json!({"type": "update_content", "update_content": {"content_updates": updates}})
            }
            Command::Replace(text) => {
                json!({"type": "replace_content", "replace_content": {"new_str": text}})
            }
        };
        body["markdown_version"] = MARKDOWN_VERSION.into();
        if is_large(self.texts()) {
            body["allow_async"] = true.into();
        }
        body
    }

    fn texts(&self) -> Vec<&str> {
        match self {
            Command::Update(updates) => {
                updates.iter().flat_map(|update| [&*update.old, &*update.new]).collect()
            }
            Command::Replace(text) => vec![text],
        }
    }
}

fn in_requests(mut updates: Vec<Update>) -> Vec<Command> {
    let mut commands = Vec::new();
    while !updates.is_empty() {
        let rest = updates.split_off(updates.len().min(MAX_UPDATES));
        commands.push(Command::Update(std::mem::replace(&mut updates, rest)));
    }
    commands
}

/// Notion's words about a body it will not take, and what to do.
pub(super) fn why_refused(error: &RemoteError) -> String {
    match error {
        RemoteError::Refused { status: 413, what, .. } => {
            format!("the body is too large for Notion ({what}); shorten it on GitHub")
        }
        RemoteError::Refused { what, .. } => {
            format!("Notion refuses this body: {what}; change it on GitHub, or in Notion")
        }
        other => other.to_string(),
    }
}

/// How many things of the page stand in the text only as a tag.
fn unshown(text: &str) -> usize {
    let tags = text.split(UNKNOWN_TAG).skip(1);
    tags.filter(|rest| UNKNOWN_ATTRIBUTES.iter().any(|name| rest.starts_with(name))).count()
}

fn file_in_the_way() -> String {
    "the change touches a file that Notion hosts, and writing that anew would break it; make the change in Notion".to_owned()
}

fn edited_meanwhile(page: PageId) -> RemoteError {
    RemoteError::Refused {
        side: Side::Notion,
        status: 400,
        code: BODY_EDITED_MEANWHILE.to_owned(),
        what: format!("the body of the page {page} was edited meanwhile"),
        fields: Vec::new(),
    }
}

/// The write was taken, or a part of it, and what it made cannot be seen: recovery has to look.
fn unclear(error: RemoteError) -> RemoteError {
    let what =
        format!("a body was written, in part at least, and what came of it is not shown: {error}");
    RemoteError::Unclear { side: Side::Notion, what, made: None }
}
