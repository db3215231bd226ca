//! Files sent to Notion, to be shown on pages (notion-api.md §13).

use bytes::Bytes;
use chrono::{DateTime, Duration, Utc};
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use super::errors::{Outcome, Refusal};
use super::ids::UserId;
use super::routes::{Caller, QueryString, path_id};
use super::shape::Path;
use super::state::State;
use super::time;

const BODY: Path<'_> = Path::Root("body");
/// How long an upload may wait to be sent and attached.
const EXPIRES_HOURS: i64 = 1;
/// How long Notion takes to fetch a file by its URL.
const IMPORT_SECS: i64 = 2;
/// What the workspace says about itself (`bot.workspace_limits`).
const FILE_BYTES: usize = 5_242_880;

/// One file on its way.
#[derive(Debug, Clone)]
pub(super) struct Upload {
    of: UserId,
    made_at: DateTime<Utc>,
    filename: Option<String>,
    content_type: Option<String>,
    bytes: Option<usize>,
    mode: Mode,
    is_attached: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Mode {
    /// The caller sends it.
    SinglePart,
    /// Notion fetches it.
    External { url: String },
}

/// `POST /file_uploads`.
pub(super) fn create(
    state: &mut State,
    now: DateTime<Utc>,
    caller: &Caller,
    body: &Map<String, Json>,
) -> Outcome<Json> {
    BODY.only(body, &["mode", "filename", "content_type", "external_url"])?;
    caller.may_insert()?;
    let text = |key: &'static str| match body.get(key) {
        None => Ok(None),
        value => BODY.key(key).filled_string(value, 900).map(|text| Some(text.to_owned())),
    };
    let mode = match body.get("mode").map(|mode| mode.as_str().unwrap_or_default()) {
        None | Some("single_part") => Mode::SinglePart,
        Some("external_url") => {
            let path = BODY.key("external_url");
            let given = path.filled_string(body.get("external_url"), 2000)?;
            if !given.starts_with("https://") || url::Url::parse(given).is_err() {
                return Err(path.refuse("a public HTTPS URL", format_args!("\"{given}\"")));
            }
            BODY.key("filename").filled_string(body.get("filename"), 900)?;
            Mode::External { url: given.to_owned() }
        }
        Some(other) => {
            let should = "`\"single_part\"` or `\"external_url\"`, as this stand-in has no more";
            return Err(BODY.key("mode").refuse(should, format_args!("\"{other}\"")));
        }
    };
    let id = state.fresh_uuid();
    let upload = Upload {
        of: caller.bot,
        made_at: now,
        filename: text("filename")?,
        content_type: text("content_type")?,
        bytes: None,
        mode,
        is_attached: false,
    };
    state.uploads.insert(id, upload);
    retrieved(state, now, caller, id)
}

/// `GET /file_uploads/{id}`.
pub(super) fn retrieve(
    state: &State,
    now: DateTime<Utc>,
    caller: &Caller,
    query: &QueryString,
    raw: &str,
) -> Outcome<Json> {
    query.only(&[])?;
    retrieved(state, now, caller, path_id("file_upload_id", raw)?)
}

fn retrieved(state: &State, now: DateTime<Utc>, caller: &Caller, id: Uuid) -> Outcome<Json> {
    let upload = own(state, caller, id)?;
    let status = upload.status(state, now);
    let imported = time::minute(upload.made_at + Duration::seconds(IMPORT_SECS));
    let expiry = upload.made_at + Duration::hours(EXPIRES_HOURS);
    let mut object = json!({
        "object": "file_upload", "id": id.to_string(), "status": status.name(),
        "created_time": time::minute(upload.made_at), "last_edited_time": time::minute(upload.made_at),
        "created_by": { "id": upload.of.to_string(), "type": "bot" },
        "expiry_time": (!upload.is_attached).then(|| time::minute(expiry)),
        "filename": upload.filename, "content_type": upload.content_type,
        "content_length": upload.bytes, "in_trash": false, "archived": false,
    });
    match (&upload.mode, status) {
        (Mode::SinglePart | Mode::External { .. }, Status::Pending) => {
            object["upload_url"] =
                json!(format!("https://api.notion.com/v1/file_uploads/{id}/send"));
        }
        (Mode::External { .. }, Status::Uploaded) => {
            object["file_import_result"] =
                json!({ "imported_time": imported, "type": "success", "success": {} });
        }
        (Mode::External { url }, Status::Failed) => {
            object["file_import_result"] = json!({ "imported_time": imported, "type": "error", "error": {
                "type": "download_error", "code": "unreachable", "message": format!("Could not download {url}."),
                "parameter": null, "status_code": 404,
            } });
        }
        (Mode::SinglePart | Mode::External { .. }, _) => {}
    }
    Ok(object)
}

fn own<'s>(state: &'s State, caller: &Caller, id: Uuid) -> Outcome<&'s Upload> {
    state
        .uploads
        .get(&id)
        .filter(|upload| upload.of == caller.bot)
        .ok_or_else(|| caller.not_found("file upload", id))
}

/// `POST /file_uploads/{id}/send`: a multipart form with one `file`.
pub(super) fn send(
    state: &mut State,
    now: DateTime<Utc>,
    caller: &Caller,
    raw: &str,
    content_type: &str,
    body: &Bytes,
) -> Outcome<Json> {
    let id = path_id("file_upload_id", raw)?;
    let upload = own(state, caller, id)?;
    if upload.mode != Mode::SinglePart || upload.status(state, now) != Status::Pending {
        return Err(Refusal::validation("This file upload does not wait for a file."));
    }
    let part = file_part(content_type, body)
        .ok_or_else(|| BODY.key("file").refuse("a file in a multipart form", "undefined"))?;
    if part.bytes > FILE_BYTES {
        return Err(Refusal::validation(format!(
            "The file is larger than the workspace's limit of {FILE_BYTES} bytes."
        )));
    }
    let known = upload.content_type.as_ref();
    if known.is_some_and(|known| *known != part.content_type) {
        return Err(Refusal::validation(
            "The content type is not the one the upload was made with.",
        ));
    }
    if let Some(upload) = state.uploads.get_mut(&id) {
        upload.bytes = Some(part.bytes);
        upload.content_type = Some(part.content_type);
        upload.filename = upload.filename.take().or(Some(part.filename));
    }
    retrieved(state, now, caller, id)
}

struct FilePart {
    filename: String,
    content_type: String,
    bytes: usize,
}

/// The part called `file` of a multipart form.
fn file_part(content_type: &str, body: &[u8]) -> Option<FilePart> {
    let (kind, parameters) = content_type.split_once(';')?;
    let boundary = parameters.split(';').find_map(|one| one.trim().strip_prefix("boundary="))?;
    let boundary = boundary.trim_matches('"');
    if kind.trim() != "multipart/form-data" || boundary.is_empty() || boundary.len() > 70 {
        return None;
    }
    let delimiter = format!("--{boundary}");
    let mut parts = Vec::new();
    let mut rest = body.get(position(body, delimiter.as_bytes())? + delimiter.len()..)?;
    while let Some(part) = rest.strip_prefix(b"\r\n") {
        let end = position(part, format!("\r\n{delimiter}").as_bytes())?;
        parts.push(part.get(..end)?);
        rest = part.get(end + 2 + delimiter.len()..)?;
    }
    parts.into_iter().find_map(|part| {
        let end = position(part, b"\r\n\r\n")?;
        let headers = std::str::from_utf8(part.get(..end)?).ok()?;
        let disposition = header(headers, "content-disposition")?;
        let parameter = |name: &str| {
            disposition.split(';').find_map(|one| {
                one.trim().strip_prefix(name)?.strip_prefix('=').map(|text| text.trim_matches('"'))
            })
        };
        (parameter("name")? == "file").then(|| FilePart {
            filename: parameter("filename").unwrap_or("file").to_owned(),
            content_type: header(headers, "content-type")
                .unwrap_or("application/octet-stream")
                .to_owned(),
            bytes: part.len() - end - 4,
        })
    })
}

fn header<'h>(headers: &'h str, name: &str) -> Option<&'h str> {
    headers.split("\r\n").find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

fn position(body: &[u8], wanted: &[u8]) -> Option<usize> {
    body.windows(wanted.len()).position(|window| window == wanted)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Pending,
    Uploaded,
    Expired,
    Failed,
}

impl Status {
    fn name(self) -> &'static str {
        match self {
            Status::Pending => "pending",
            Status::Uploaded => "uploaded",
            Status::Expired => "expired",
            Status::Failed => "failed",
        }
    }
}

impl Upload {
    fn status(&self, state: &State, now: DateTime<Utc>) -> Status {
        let age = now - self.made_at;
        match &self.mode {
            _ if self.is_attached => Status::Uploaded,
            _ if age >= Duration::hours(EXPIRES_HOURS) => Status::Expired,
            Mode::SinglePart if self.bytes.is_some() => Status::Uploaded,
            Mode::External { .. } if age < Duration::seconds(IMPORT_SECS) => Status::Pending,
            Mode::External { url } if state.cannot_fetch(url) => Status::Failed,
            Mode::External { .. } => Status::Uploaded,
            Mode::SinglePart => Status::Pending,
        }
    }
}

impl State {
    fn cannot_fetch(&self, url: &str) -> bool {
        self.options.unreachable.iter().any(|part| url.contains(part.as_str()))
    }

    /// The name of an upload that can be attached.
    pub(super) fn upload_name(&self, id: Uuid, now: DateTime<Utc>) -> Option<String> {
        let upload = self.uploads.get(&id)?;
        let is_there = upload.status(self, now) == Status::Uploaded;
        is_there.then(|| upload.filename.clone().unwrap_or_else(|| "file".to_owned()))
    }

    /// What is attached does not expire.
    pub(super) fn attach_upload(&mut self, id: Uuid) {
        if let Some(upload) = self.uploads.get_mut(&id) {
            upload.is_attached = true;
        }
    }
}
