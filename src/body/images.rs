//! Images that tandem uploads from GitHub into Notion.
//!
//! Such a file is named after the address of the image on GitHub, and Notion's own address of it ends with that name. So it
//! is known by the texts of the two sides alone, with an empty database, too: an image of GitHub's body whose name the file
//! bears is the image that the page shows.

use std::collections::BTreeMap;
use std::ops::Range;

use sha2::{Digest as _, Sha256};

use super::dialect::Dialect;
use super::lens::Input;
use super::notion::address;
use super::place::Place;
use super::source::{Hold, Mark};
use super::tree::{Block, Kind};
use crate::model::Side;

/// Begins the name of every file that tandem uploads.
const STEM: &str = "tandem";
/// Digits of the digest in a name: enough that no two images of one body share it.
const DIGITS: usize = 32;

/// The name, without an ending, under which the image at that address is uploaded into Notion.
#[must_use]
pub fn upload_name(url: &str) -> String {
    let mut name = hex::encode(Sha256::digest(url));
    name.truncate(DIGITS);
    name.insert_str(0, STEM);
    name
}

/// The name that the last part of a file's address bears, if tandem gave it.
pub(super) fn name_in(address: &str) -> Option<&str> {
    let path = address.split(['?', '#']).next()?;
    let name = path.rsplit('/').next()?.get(..STEM.len() + DIGITS)?;
    name.starts_with(STEM).then_some(name)
}

/// The images of these blocks, by the names they are uploaded under.
pub(super) fn names_of<'b>(
    trees: impl IntoIterator<Item = &'b [Block]>,
) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for blocks in trees {
        note(blocks, &mut names);
    }
    names
}

fn note(blocks: &[Block], names: &mut BTreeMap<String, String>) {
    for block in blocks {
        if let Kind::Image { url } = &block.kind {
            names.insert(upload_name(url), url.clone());
        }
        note(&block.children, names);
    }
}

/// The place with all images that GitHub's texts show and that may have been uploaded.
pub(super) fn with_uploads(input: &Input<'_>) -> Place {
    let place = input.place.clone();
    let texts = || [Some(input.now), input.base].into_iter().flatten();
    if !texts().any(|texts| may_show_uploads(texts.notion)) {
        return place;
    }
    let dialect = Dialect { side: Side::GitHub, place: input.place };
    let trees: Vec<Vec<Block>> = texts().map(|texts| dialect.read(texts.github).blocks).collect();
    place.with_uploads(names_of(trees.iter().map(Vec::as_slice)))
}

fn may_show_uploads(notion: &str) -> bool {
    notion.split('/').any(|part| part.starts_with(STEM))
}

/// An image that a Notion text shows anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewImage {
    /// Its address on the web.
    pub url: String,
    /// Where that stands in the text, to be replaced by that of an upload.
    pub at: Range<usize>,
}

/// The images that one Notion text shows by an address on the web and another one, from which it was made, does not, in
/// the order of the text.
#[must_use]
pub fn new_images(from: &str, to: &str) -> Vec<NewImage> {
    let place = Place::nowhere();
    let dialect = Dialect { side: Side::Notion, place: &place };
    let (old, new) = (dialect.read(from), dialect.read(to));
    let known = names_of([&old.blocks[..]]);
    let mut images = Vec::new();
    collect(to, &new.blocks, &new.marks, &mut images);
    images.retain(|image| !known.contains_key(&upload_name(&image.url)));
    images
}

fn collect(text: &str, blocks: &[Block], marks: &[Mark], images: &mut Vec<NewImage>) {
    for (block, mark) in blocks.iter().zip(marks) {
        if let Kind::Image { url } = &block.kind
            && mark.hold == Hold::Free
            && let Some(at) = address_at(text, mark, url)
        {
            images.push(NewImage { url: url.clone(), at });
        }
        collect(text, &block.children, &mark.children, images);
    }
}

/// Where the address of an image stands that is written as tandem writes it.
fn address_at(text: &str, mark: &Mark, url: &str) -> Option<Range<usize>> {
    let written = text.get(mark.span.clone())?.trim_end();
    let address = address(url, mark.spelling)?;
    let is_image = written.starts_with("![") && written.ends_with(&format!("]({address})"));
    let end = mark.span.start + written.len() - 1;
    is_image.then(|| end - address.len()..end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::{Outcome, as_meant, reconcile, to_notion};
    use crate::model::Sides;

    const SHOT: &str = "https://github.com/user-attachments/assets/0fe1e3ab-5d2d";
    const OTHER: &str = "https://example.com/b_(1).png";

    fn place() -> Place {
        Place::of_issue("https://github.com/acme/app/issues/12")
            .unwrap()
            .with_page("https://www.notion.so/1")
    }

    fn hosted(url: &str) -> String {
        let name = upload_name(url);
        format!("https://prod-files-secure.s3.us-west-2.amazonaws.com/a/b/{name}.png")
    }

    fn outcome(base: Sides<&str>, now: Sides<&str>) -> Outcome {
        let place = place();
        reconcile(&Input { base: Some(base), now, source: None, winner: None, place: &place })
    }

    #[test]
    fn images_that_are_new_in_a_text_are_found_where_their_addresses_stand() {
        let text = to_notion(
            &format!("A\n\n![a *b*]({SHOT})\n\n- in a list\n\n  ![]({OTHER})\n\n```\n![no](https://x.example/c.png)\n```"),
            &place(),
        )
        .unwrap();
        let new = new_images("", &text);
        let urls: Vec<&str> = new.iter().map(|image| image.url.as_str()).collect();
        assert_eq!(urls, [SHOT, OTHER]);
        assert_eq!(&text[new[0].at.clone()], SHOT);
        assert_eq!(new_images(&format!("![elsewhere]({OTHER})"), &text).len(), 1);
        assert_eq!(new_images(&text, &text), []);
    }

    #[test]
    fn what_was_uploaded_is_what_github_shows() {
        let github = format!("One.\r\n\r\n![shot]({SHOT})\r\n\r\nTwo.");
        let sent = to_notion(&github, &place()).unwrap();
        let shown = sent.replace(SHOT, &hosted(SHOT));
        assert_eq!(as_meant(&sent, &shown), Ok(()));
        assert!(as_meant(&sent, &sent.replace(SHOT, &hosted(OTHER))).is_err());
        let place = place();
        let now = Sides { github: &*github, notion: &*shown };
        let lost = Input { base: None, now, source: None, winner: None, place: &place };
        assert_eq!(reconcile(&lost), Outcome::Agree);
    }

    #[test]
    fn an_edit_beside_an_upload_leaves_it_alone_on_both_sides() {
        let github = format!("One.\r\n\r\n![shot]({SHOT})\r\n\r\nTwo.");
        let notion = to_notion(&github, &place()).unwrap().replace(SHOT, &hosted(SHOT));
        let base = Sides { github: &*github, notion: &*notion };
        let edited = github.replace("Two", "Three");
        let Outcome::Write { to, .. } = outcome(base, Sides { github: &edited, ..base }) else {
            panic!("nothing is written")
        };
        assert_eq!(to.notion.unwrap(), notion.replace("Two", "Three"));
        let edited = notion.replace("shot", "picture").replace("One", "Zero");
        let Outcome::Write { to, .. } = outcome(base, Sides { notion: &edited, ..base }) else {
            panic!("nothing is written")
        };
        assert_eq!(to.github.unwrap(), github.replace("shot", "picture").replace("One", "Zero"));
    }

    #[test]
    fn an_image_that_somebody_put_into_notion_is_a_link_to_the_page() {
        let base = Sides { github: "One.", notion: "One.\n" };
        let notion = format!("One.\n\n![mine]({})\n", hosted(SHOT));
        let Outcome::Write { to, .. } = outcome(base, Sides { notion: &notion, ..base }) else {
            panic!("nothing is written")
        };
        assert_eq!(to.github.unwrap(), "One.\n\n[mine](https://www.notion.so/1)");
    }
}
