//! Images that only those see who may see the repository: GitHub shows each under an address of its own that anybody may
//! fetch for some minutes.

use bytes::Bytes;
use http::{HeaderValue, Method, header};
use serde::Deserialize;
use url::Url;

use super::client::USER_AGENT;
use super::links::issue_path;
use super::pages::decode;
use super::reader::Reader;
use crate::model::{IssueRef, Side};
use crate::remote::{RemoteError, Request};

/// Asks for the body as HTML, too.
const WITH_HTML: &str = "application/vnd.github.full+json";
/// The host of such addresses; only what is there is fetched.
const SIGNED_HOST: &str = "private-user-images.githubusercontent.com";
/// Where people put images that GitHub keeps.
const KEPT_AT: [&str; 2] = ["github.com", "githubusercontent.com"];

/// An image as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageFile {
    /// Its media type, as in `image/png`.
    pub media_type: String,
    /// What it holds.
    pub bytes: Bytes,
}

#[derive(Deserialize)]
struct Shown {
    #[serde(default)]
    body_html: Option<String>,
}

impl Reader {
    /// The address at which an image of that issue's body can be fetched for some minutes; `None` when GitHub has none for
    /// it. It is a key, and goes into no log (I17).
    pub async fn signed_image(
        &self,
        at: &IssueRef,
        image: &Url,
    ) -> Result<Option<Url>, RemoteError> {
        let Some(name) = kept_name(image) else { return Ok(None) };
        let path = issue_path(&at.repo, at.number, "");
        let answer = self.client().get_as(&path, WITH_HTML).await?;
        let shown: Shown = decode(&answer, &at.to_string())?;
        let html = shown.body_html.unwrap_or_default();
        Ok(signed_in(&html).find(|signed| signed.path().contains(name)))
    }

    /// Fetches such an image. Our token stays here: the address is the key.
    pub async fn image(&self, signed: &Url) -> Result<ImageFile, RemoteError> {
        if signed.host_str() != Some(SIGNED_HOST) {
            return Err(nonsense("an image of another host is not fetched"));
        }
        let mut request = Request::new(Bytes::new());
        *request.method_mut() = Method::GET;
        *request.uri_mut() =
            signed.as_str().parse().map_err(|_| nonsense("the address of an image is none"))?;
        let agent = HeaderValue::from_static(USER_AGENT);
        request.headers_mut().insert(header::USER_AGENT, agent);
        let answer = self.client().channel().read(request).await?;
        let media_type = answer.headers().get(header::CONTENT_TYPE);
        let media_type = media_type.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if !media_type.starts_with("image/") {
            return Err(nonsense("what GitHub keeps there is no image"));
        }
        Ok(ImageFile { media_type: media_type.to_owned(), bytes: answer.into_body() })
    }
}

/// What names an image in its address, if GitHub keeps it.
fn kept_name(image: &Url) -> Option<&str> {
    /// Shorter names are no identity.
    const SHORTEST: usize = 16;
    let host = image.host_str()?;
    let is_kept = KEPT_AT.iter().any(|kept| {
        host.strip_suffix(kept).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    });
    let last = image.path_segments()?.next_back()?;
    let name = last.rsplit_once('.').map_or(last, |(name, _)| name);
    (is_kept && name.len() >= SHORTEST).then_some(name)
}

/// The signed addresses of images in HTML that GitHub made.
fn signed_in(html: &str) -> impl Iterator<Item = Url> {
    let sources = html.split("src=\"").skip(1).filter_map(|rest| rest.split('"').next());
    sources
        .filter_map(|source| Url::parse(&source.replace("&amp;", "&")).ok())
        .filter(|url| url.scheme() == "https" && url.host_str() == Some(SIGNED_HOST))
}

fn nonsense(what: &str) -> RemoteError {
    RemoteError::Nonsense { side: Side::GitHub, what: what.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn an_image_is_known_by_the_name_that_github_gave_it() {
        let name = "0fe1e3ab-5d2d-4f6b-9a55-0123456789ab";
        let attached = url(&format!("https://github.com/user-attachments/assets/{name}"));
        assert_eq!(kept_name(&attached), Some(name));
        let older = url(&format!("https://user-images.githubusercontent.com/1/{name}.png"));
        assert_eq!(kept_name(&older), Some(name));
        for other in [
            format!("https://evilgithub.com/assets/{name}"),
            "https://github.com/a/b/raw/main/a.png".to_owned(),
        ] {
            assert_eq!(kept_name(&url(&other)), None, "{other}");
        }
    }

    #[test]
    fn only_addresses_of_githubs_own_host_are_taken_from_the_html() {
        let html = r#"<a href="x"><img src="https://private-user-images.githubusercontent.com/1/2-ab.png?jwt=k&amp;x=1"></a>
            <img src="https://evil.example/private-user-images.githubusercontent.com/2-ab.png">
            <img src="http://private-user-images.githubusercontent.com/2-ab.png"><img src="rel.png"><img src=""#;
        let found: Vec<String> = signed_in(html).map(String::from).collect();
        let wanted = "https://private-user-images.githubusercontent.com/1/2-ab.png?jwt=k&x=1";
        assert_eq!(found, [wanted]);
    }
}
