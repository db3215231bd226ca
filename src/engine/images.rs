//! Images on their way into Notion, where `body.upload_images` is on: each is uploaded before the body is written that shows
//! it for the first time. One that cannot be had stays a link to its address on GitHub, which holds nothing up.

use std::collections::BTreeMap;

use url::Url;

use super::case::Case;
use super::ground::Ground;
use super::hands::Hands;
use crate::body::{new_images, upload_name};
use crate::model::{BodyText, Field, IssueRef, Value};
use crate::notion::{FileUploadId, Image};
use crate::remote::RemoteError;

/// So many images are uploaded for one body; the others stay links (I14).
const MAX_IMAGES: usize = 50;

/// What became of the images of a body, by their addresses: `None` stays a link.
pub(super) type Images = BTreeMap<String, Option<FileUploadId>>;

/// Uploads what the plan's body shows anew; says whether there was anything to upload, which takes time.
pub(super) async fn upload_new(
    ground: &Ground<'_>,
    hands: &Hands,
    case: &mut Case,
    from: &Value,
    to: &Value,
) -> bool {
    let (Value::Body(from), Value::Body(to)) = (from, to) else { return false };
    let mut images = std::mem::take(&mut case.images);
    let count = images.len();
    upload(ground, hands, &case.pair.issue, &mut images, (from, to)).await;
    case.images = images;
    case.images.len() > count
}

/// The values of a new page with the images of its body uploaded.
pub(super) async fn with_uploads(
    ground: &Ground<'_>,
    hands: &Hands,
    issue: &IssueRef,
    values: &BTreeMap<Field, Value>,
) -> BTreeMap<Field, Value> {
    let mut values = values.clone();
    if let Some(Value::Body(text)) = values.get_mut(&Field::Body) {
        let (mut images, nothing) = (Images::new(), BodyText(String::new()));
        upload(ground, hands, issue, &mut images, (&nothing, text)).await;
        *text = attached(&images, &nothing, text);
    }
    values
}

/// The text with its new images shown by their uploads.
pub(super) fn attached(images: &Images, from: &BodyText, to: &BodyText) -> BodyText {
    let mut text = to.0.clone();
    if images.is_empty() {
        return BodyText(text);
    }
    for image in new_images(&from.0, &to.0).into_iter().rev() {
        if let Some(Some(upload)) = images.get(&image.url) {
            text.replace_range(image.at, &upload.address());
        }
    }
    BodyText(text)
}

async fn upload(
    ground: &Ground<'_>,
    hands: &Hands,
    issue: &IssueRef,
    images: &mut Images,
    (from, to): (&BodyText, &BodyText),
) {
    if !ground.mapping.body.upload_images {
        return;
    }
    for image in new_images(&from.0, &to.0) {
        if images.contains_key(&image.url) || images.len() >= MAX_IMAGES {
            continue;
        }
        let uploaded = upload_one(ground, hands, issue, &image.url).await;
        if let Err(reason) = &uploaded {
            // The address of an image is a part of the body (I17).
            tracing::warn!(pair = %issue, reason, "an image stays a link to GitHub in Notion");
        }
        images.insert(image.url, uploaded.ok());
    }
}

/// Notion fetches what it can. What only GitHub's users see, GitHub shows to us under an address that is good for minutes.
async fn upload_one(
    ground: &Ground<'_>,
    hands: &Hands,
    issue: &IssueRef,
    url: &str,
) -> Result<FileUploadId, String> {
    let address = Url::parse(url).map_err(|_| "its address cannot be read".to_owned())?;
    let name = upload_name(url);
    let refused = match hands.notion.import_image(&address, &name).await {
        Ok(upload) => return Ok(upload),
        Err(error @ RemoteError::Refused { .. }) => error.to_string(),
        Err(error) => return Err(error.to_string()),
    };
    let github = &ground.services.github;
    let unseen = |_| format!("{refused}; nor does GitHub show it to this token");
    let Some(signed) = github.signed_image(issue, &address).await.map_err(unseen)? else {
        return Err(refused);
    };
    if let Ok(upload) = hands.notion.import_image(&signed, &name).await {
        return Ok(upload);
    }
    let file = github.image(&signed).await.map_err(unseen)?;
    let image = Image { name, media_type: file.media_type, bytes: file.bytes };
    hands.notion.send_image(&image).await.map_err(|error| error.to_string())
}
