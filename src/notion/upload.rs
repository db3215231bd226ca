//! Images brought into Notion, so that those of private repositories show there (notion-api §13).

use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value as Json, json};
use tokio::time::sleep;
use url::Url;
use uuid::Uuid;

use super::wire;
use super::writer::Writer;
use crate::clock;
use crate::model::Side;
use crate::remote::{RemoteError, Response, without_bodies};

/// The largest file that is sent in one part.
pub const MAX_IMAGE_BYTES: usize = 20 * 1024 * 1024;
/// How long Notion may take to fetch an image (I14).
const FETCHED_WITHIN: Duration = Duration::from_secs(60);
/// The pause before the first look; it doubles each time.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
/// Endings of names under which Notion takes an image.
const ENDINGS: [&str; 10] =
    ["gif", "heic", "ico", "jpeg", "jpg", "png", "svg", "tif", "tiff", "webp"];
/// The ending for an image whose address or type does not tell it.
const USUAL_ENDING: &str = "png";

/// A file that Notion holds and no page shows yet; what is not attached within the hour is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileUploadId(Uuid);

impl FileUploadId {
    /// How a page's markdown shows it: `![caption](file-upload://…)`. Notion answers with an address of its own.
    #[must_use]
    pub fn address(self) -> String {
        format!("{}{}", super::files::UPLOADED, self.0)
    }
}

/// An image whose bytes are at hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Its name without an ending.
    pub name: String,
    /// Its media type, as in `image/png`.
    pub media_type: String,
    /// What it holds.
    pub bytes: Bytes,
}

#[derive(Deserialize)]
struct Upload {
    id: Uuid,
    #[serde(default)]
    status: String,
    #[serde(default)]
    file_import_result: Json,
}

impl Writer {
    /// Has Notion fetch an image that anybody may fetch at this moment, and keep it under that name (without an ending).
    ///
    /// # Errors
    /// `Refused` when Notion cannot get at it, or will not have it: then [`Writer::send_image`] may help.
    pub async fn import_image(&self, from: &Url, name: &str) -> Result<FileUploadId, RemoteError> {
        let imported = self.import(from, name).await;
        // The address of a private image is a key to it (I17).
        imported.map_err(|error| without_bodies(error, &[from.as_str()]))
    }

    async fn import(&self, from: &Url, name: &str) -> Result<FileUploadId, RemoteError> {
        let name = format!("{}.{}", name_in_form(name), ending_of(from));
        let body = json!({"mode": "external_url", "external_url": from.as_str(), "filename": name});
        let mut upload = upload_in(&self.post_upload(&body).await?)?;
        let until = clock::monotonic() + FETCHED_WITHIN;
        let mut pause = FIRST_PAUSE;
        while !upload.is_there()? {
            if clock::monotonic() >= until {
                return Err(refused("Notion did not get the image within a minute".to_owned()));
            }
            sleep(pause).await;
            pause *= 2;
            let answer = self.reader.wire.get(&format!("file_uploads/{}", upload.id)).await?;
            upload = upload_in(&answer)?;
        }
        Ok(FileUploadId(upload.id))
    }

    /// Sends an image of at most [`MAX_IMAGE_BYTES`].
    pub async fn send_image(&self, image: &Image) -> Result<FileUploadId, RemoteError> {
        if image.bytes.len() > MAX_IMAGE_BYTES {
            let most = MAX_IMAGE_BYTES / (1024 * 1024);
            return Err(refused(format!("the image has more than {most} MiB")));
        }
        let ending = ending_for(&image.media_type);
        let name = format!("{}.{ending}", name_in_form(&image.name));
        let body =
            json!({"mode": "single_part", "filename": name, "content_type": image.media_type});
        let id = upload_in(&self.post_upload(&body).await?)?.id;
        let form = Form::of(id, &name, image)?;
        let path = format!("file_uploads/{id}/send");
        let request = self.reader.wire.form(&path, &form.media_type, form.bytes)?;
        let sent = upload_in(&self.channel.write(request).await?)?;
        if sent.is_there()? { Ok(FileUploadId(id)) } else { Err(refused(not_kept(&sent.status))) }
    }

    /// An upload that nobody attaches vanishes by itself, so one too many does no harm.
    async fn post_upload(&self, body: &Json) -> Result<Response, RemoteError> {
        let request = self.reader.wire.request(http::Method::POST, "file_uploads", Some(body))?;
        self.channel.write(request).await
    }
}

impl Upload {
    /// Whether Notion has it, and `Err` when it never will.
    fn is_there(&self) -> Result<bool, RemoteError> {
        match self.status.as_str() {
            "uploaded" => Ok(true),
            "failed" | "expired" => {
                let why = self.file_import_result.pointer("/error/message");
                let why = why.and_then(Json::as_str).map(super::dialect::shortened);
                Err(refused(why.unwrap_or_else(|| not_kept(&self.status))))
            }
            // `pending`, and whatever may be added.
            _ => Ok(false),
        }
    }
}

/// One file as a form (`multipart/form-data`).
struct Form {
    media_type: String,
    bytes: Bytes,
}

impl Form {
    fn of(id: Uuid, name: &str, image: &Image) -> Result<Form, RemoteError> {
        // Notion drew the id after the image was made, so no image can hold the boundary except by the rarest chance.
        let boundary = format!("tandem-{}", id.simple());
        let holds = image.bytes.windows(boundary.len()).any(|window| window == boundary.as_bytes());
        if holds || image.media_type.contains(['\r', '\n']) {
            return Err(refused("the image cannot be sent as a form".to_owned()));
        }
        let mut bytes = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: {}\r\n\r\n",
            image.media_type
        )
        .into_bytes();
        bytes.extend_from_slice(&image.bytes);
        bytes.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
        let media_type = format!("multipart/form-data; boundary={boundary}");
        Ok(Form { media_type, bytes: Bytes::from(bytes) })
    }
}

/// How the address ends, when it ends as images do.
fn ending_of(address: &Url) -> String {
    let ending = address.path().rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    let known = ending.filter(|ending| ENDINGS.contains(&ending.as_str()));
    known.unwrap_or_else(|| USUAL_ENDING.to_owned())
}

/// The ending for a media type such as `image/svg+xml`.
fn ending_for(media_type: &str) -> &str {
    let kind = media_type.split_once('/').map_or("", |(_, kind)| kind);
    let kind = kind.split(['+', ';']).next().unwrap_or_default().trim();
    ENDINGS.into_iter().find(|ending| *ending == kind).unwrap_or(USUAL_ENDING)
}

/// Only what needs no quoting in a header.
fn name_in_form(name: &str) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    name.chars().map(|c| if fits(c) { c } else { '_' }).collect()
}

fn upload_in(answer: &Response) -> Result<Upload, RemoteError> {
    wire::parse(answer, "a file upload")
}

fn not_kept(status: &str) -> String {
    format!("Notion did not keep the image: its upload is {}", super::dialect::shortened(status))
}

fn refused(what: String) -> RemoteError {
    RemoteError::Refused {
        side: Side::Notion,
        status: 200,
        code: "image_not_taken".to_owned(),
        what,
        fields: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_of_an_image_is_that_of_its_address_or_type() {
        for (address, ending) in [
            ("https://private-user-images.githubusercontent.com/1/2-a_b.PNG?jwt=x.gif", "png"),
            ("https://github.com/user-attachments/assets/0fe1e3ab-5d2d", USUAL_ENDING),
            ("https://example.com/archive.zip", USUAL_ENDING),
            ("https://example.com/a%22%0D%0Ab.webp", "webp"),
            ("https://example.com", USUAL_ENDING),
        ] {
            assert_eq!(ending_of(&Url::parse(address).unwrap()), ending);
        }
        for (media_type, ending) in
            [("image/jpeg", "jpeg"), ("image/svg+xml", "svg"), ("text/html", USUAL_ENDING)]
        {
            assert_eq!(ending_for(media_type), ending);
        }
    }

    #[test]
    fn a_form_holds_the_bytes_as_they_are() {
        let bytes = Bytes::from_static(b"\x89PNG\r\n--x\0");
        let image =
            Image { name: "a.png".into(), media_type: "image/png".into(), bytes: bytes.clone() };
        let id = Uuid::from_u128(7);
        let form = Form::of(id, "a.png", &image).unwrap();
        let boundary = form.media_type.split_once("boundary=").unwrap().1;
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n"
        );
        let tail = format!("\r\n--{boundary}--\r\n");
        assert_eq!(form.bytes, [head.as_bytes(), &bytes, tail.as_bytes()].concat());
        let forged = Bytes::from(format!("\r\n--{boundary}--\r\n"));
        assert!(Form::of(id, "a.png", &Image { bytes: forged, ..image }).is_err());
    }
}
