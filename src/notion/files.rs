//! Addresses of files that Notion itself hosts: signed anew at each read (notion-api §6.2, §13), so never compared whole.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Begins the address of a file that was uploaded and is to be attached; Notion shows another for it.
pub(super) const UPLOADED: &str = "file-upload://";
const SCHEME: &str = "https://";
/// Hosts that serve nothing but the files of Notion's pages.
const HOSTS: [&str; 5] = [
    "secure.notion-static.com",
    "file.notion.com",
    "file.notion.so",
    "files.notion.so",
    "img.notionusercontent.com",
];
/// Notion's buckets, as part of a host or as the beginning of a path at Amazon.
const BUCKETS: [&str; 2] = ["prod-files-secure", "secure.notion-static.com"];
/// A query with one of these is a signature: it changes at each read, and dies within the hour.
const SIGNS: [&str; 3] = ["X-Amz-", "signature=", "expirationTimestamp="];

/// The same markdown with the signatures of Notion-hosted files cut off, so that two reads of one page compare equal.
/// Every other address, and every other byte, stays.
#[must_use]
pub fn stable_files(markdown: &str) -> String {
    let mut stable = String::with_capacity(markdown.len());
    let mut copied = 0;
    let mut files = Files::of(markdown);
    while let Some(mut file) = files.next() {
        // What stands right behind a signature joins the address once that is cut, and may bring another.
        while file.is_signed(markdown) {
            stable.push_str(markdown.get(copied..file.address.end).unwrap_or_default());
            copied = file.query.end;
            file = files.go_on();
        }
    }
    stable.push_str(markdown.get(copied..).unwrap_or_default());
    stable
}

/// The addresses of Notion-hosted files in the text, without their queries.
pub(super) fn hosted_files(markdown: &str) -> Vec<&str> {
    Files::of(markdown).filter_map(|file| markdown.get(file.address)).collect()
}

/// The text with those addresses as the page shows them now, signatures and all: only so does Notion find it again.
pub(super) fn signed_as(text: &str, page: &str) -> String {
    let shown =
        Files::of(page).filter_map(|file| Some((page.get(file.address)?, page.get(file.query)?)));
    let shown: BTreeMap<&str, &str> = shown.collect();
    let mut signed = String::with_capacity(text.len());
    let mut copied = 0;
    for file in Files::of(text) {
        let query = text.get(file.address.clone()).and_then(|address| shown.get(address));
        signed.push_str(text.get(copied..file.address.end).unwrap_or_default());
        signed.push_str(query.copied().unwrap_or_default());
        copied = file.query.end;
    }
    signed.push_str(text.get(copied..).unwrap_or_default());
    signed
}

/// The text that was sent, with the addresses that its uploads have in what is shown: the files that are new there, in
/// their order.
#[must_use]
pub fn as_uploaded(sent: &str, shown: &str) -> String {
    let known: BTreeSet<&str> = hosted_files(sent).into_iter().collect();
    let mut new = hosted_files(shown).into_iter().filter(|file| !known.contains(file));
    let mut text = String::with_capacity(sent.len());
    let mut rest = sent;
    while let Some((before, after)) = rest.split_once(UPLOADED) {
        let id_len = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '-');
        let (id, after) =
            after.split_at_checked(id_len.unwrap_or(after.len())).unwrap_or((after, ""));
        text.push_str(before);
        match new.next() {
            Some(file) => text.push_str(file),
            None => text.extend([UPLOADED, id]),
        }
        rest = after;
    }
    text.push_str(rest);
    text
}

/// Where one address stands in a text.
struct File {
    address: Range<usize>,
    /// From the question mark on; empty when there is none.
    query: Range<usize>,
}

impl File {
    fn is_signed(&self, text: &str) -> bool {
        let query = text.get(self.query.clone()).unwrap_or_default();
        SIGNS.iter().any(|sign| query.contains(sign))
    }
}

/// Finds them one after the other.
struct Files<'a> {
    text: &'a str,
    at: usize,
    /// Parentheses that the address read last has opened and not closed.
    open: u32,
}

impl<'a> Files<'a> {
    fn of(text: &'a str) -> Files<'a> {
        Files { text, at: 0, open: 0 }
    }

    /// The same address behind its query: as it would go on if that were not there.
    fn go_on(&mut self) -> File {
        let start = self.at;
        let end = start + address_len(self.rest(start), &mut self.open);
        let query = end..end + query_len(self.rest(end));
        self.at = query.end;
        File { address: start..end, query }
    }

    fn rest(&self, at: usize) -> &'a str {
        self.text.get(at..).unwrap_or_default()
    }
}

impl Iterator for Files<'_> {
    type Item = File;

    fn next(&mut self) -> Option<File> {
        loop {
            let start = self.at + self.rest(self.at).find(SCHEME)?;
            self.open = 0;
            let end = start + address_len(self.rest(start), &mut self.open);
            self.at = end;
            if is_hosted_by_notion(self.text.get(start + SCHEME.len()..end)?) {
                let query = end..end + query_len(self.rest(end));
                self.at = query.end;
                return Some(File { address: start..end, query });
            }
        }
    }
}

/// How far an address goes, its query left out: to a blank, a quote, an angle bracket or a parenthesis it did not open.
fn address_len(text: &str, open: &mut u32) -> usize {
    for (at, c) in text.char_indices() {
        match c {
            '(' => *open += 1,
            ')' if *open == 0 => return at,
            ')' => *open -= 1,
            '?' | '#' | '"' | '<' | '>' | '`' | '|' | '\\' | ']' => return at,
            c if c.is_whitespace() => return at,
            _ => {}
        }
    }
    text.len()
}

/// How long the query is with which the text begins. Signatures are percent-encoded, and in tags an `&` is `&amp;`.
fn query_len(text: &str) -> usize {
    let is_query = |c: char| c.is_ascii_alphanumeric() || "-._~%!$&*+,;=:@/?".contains(c);
    if text.starts_with('?') { text.find(|c| !is_query(c)).unwrap_or(text.len()) } else { 0 }
}

fn is_hosted_by_notion(address: &str) -> bool {
    let Some((host, path)) = address.split_once('/') else { return false };
    let host = host.to_ascii_lowercase();
    if HOSTS.contains(&host.as_str()) {
        return true;
    }
    let Some(place) = host.strip_suffix(".amazonaws.com") else { return false };
    let is_s3 = |place: &str| place == "s3" || place.starts_with("s3.") || place.starts_with("s3-");
    BUCKETS.into_iter().any(|bucket| {
        let in_host = place.strip_prefix(bucket).and_then(|rest| rest.strip_prefix('.'));
        let in_path = path.strip_prefix(bucket).is_some_and(|rest| rest.starts_with('/'));
        in_host.is_some_and(is_s3) || (is_s3(place) && in_path)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BARE: &str =
        "https://prod-files-secure.s3.us-west-2.amazonaws.com/3da8/774d/Untitled.png";

    fn signed(address: &str, seed: u32) -> String {
        format!(
            "{address}?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=ASIA%2F2026%2Fus-west-2%2Fs3&X-Amz-Date={seed}T140756Z&X-Amz-Signature={seed:064x}&x-id=GetObject"
        )
    }

    #[test]
    fn two_reads_of_one_page_compare_equal_wherever_the_file_stands() {
        let page = |seed| {
            let url = signed(BARE, seed);
            let in_tag = url.replace('&', "&amp;");
            format!(
                "![A (b) c]({url})\n\n<file source=\"{in_tag}\">\nName\n</file>\n\n<video source=\"{url}\"/>\n\nbare {url}, <{url}>\n\n| {url} | x |\n"
            )
        };
        let cut = page(0).replace(&signed(BARE, 0), BARE);
        let cut = cut.replace(&signed(BARE, 0).replace('&', "&amp;"), BARE);
        assert_eq!(stable_files(&page(1)), stable_files(&page(2)));
        // In running text a comma may belong to an address, so it goes with the signature.
        assert_eq!(stable_files(&page(1)), cut.replace("png, <", "png <"));
        assert_eq!(hosted_files(&page(1)).len(), 6);
    }

    #[test]
    fn every_place_where_notion_keeps_files_is_known() {
        for address in [
            "https://secure.notion-static.com/a/b.png",
            "https://s3.us-west-2.amazonaws.com/secure.notion-static.com/a/b.png",
            "https://s3-us-west-2.amazonaws.com/secure.notion-static.com/a/b.png",
            "https://s3.amazonaws.com/prod-files-secure/a/b_(1).png",
            "https://prod-files-secure.s3.eu-central-1.amazonaws.com/a/%E6%B1%82.png",
            "https://file.notion.so/f/f/space/id/b.png",
            "https://img.notionusercontent.com/s3/prod-files-secure/a",
        ] {
            assert_eq!(
                stable_files(&format!("![]({})", signed(address, 7))),
                format!("![]({address})")
            );
        }
        let other = "https://file.notion.com/f/f/space/id/b.png";
        let query = "?table=block&id=1&expirationTimestamp=1700000000000&signature=x-y_z";
        assert_eq!(stable_files(&format!("{other}{query}")), other);
    }

    #[test]
    fn what_is_not_notions_or_not_signed_stays_as_it_is() {
        for text in [
            "https://github.com/acme/app/issues/3?X-Amz-Signature=1",
            "https://my-files.s3.amazonaws.com/a.png?X-Amz-Signature=1",
            "https://s3.amazonaws.com/mine/prod-files-secure/a.png?X-Amz-Signature=1",
            "https://prod-files-secure.s3.evil.example/a.png?X-Amz-Signature=1",
            "https://file.notion.so.evil.example/a?signature=1",
            "https://file.notion.so/a?page=2",
            "https://file.notion.so/a.png",
            "[f](https://file.notion.so/f/x)?signature=1",
            "http://file.notion.so/a?signature=1",
            "https://",
            "https://file.notion.so?signature=1",
        ] {
            assert_eq!(stable_files(text), text);
        }
    }

    #[test]
    fn what_joins_an_address_when_its_signature_is_cut_is_read_with_it() {
        for (text, stable) in [
            ("https://file.notion.so/?signature=(?signature=", "https://file.notion.so/("),
            (
                "https://file.notion.so/(a?signature=1é)?signature=2) b",
                "https://file.notion.so/(aé)) b",
            ),
            ("https://file.notion.so/a?signature=1é?page=2", "https://file.notion.so/aé?page=2"),
            (
                "https://file.notion.so/a?signature=1)?signature=2",
                "https://file.notion.so/a)?signature=2",
            ),
        ] {
            assert_eq!(stable_files(text), stable);
            assert_eq!(stable_files(stable), stable);
        }
    }

    #[test]
    fn a_text_gets_the_signatures_that_the_page_shows_now() {
        let page = format!("A\n\n![x]({})\n\nB", signed(BARE, 9));
        assert_eq!(signed_as(&stable_files(&page), &page), page);
        assert_eq!(signed_as("no file", &page), "no file");
        let unknown = "![x](https://file.notion.so/f/other.png)";
        assert_eq!(signed_as(unknown, &page), unknown);
    }

    #[test]
    fn an_upload_is_known_again_under_the_address_that_notion_gave_it() {
        let old = "https://file.notion.so/f/old.png";
        let new = ["https://file.notion.so/f/1.png", "https://file.notion.so/f/2.png"];
        let sent =
            format!("![a](file-upload://0fe1-1)\n\n![o]({old})\n\n![b](file-upload://0fe1-2)\n");
        let shown = format!("![a]({})\n\n![o]({old})\n\n![b]({})\n", new[0], new[1]);
        assert_eq!(as_uploaded(&sent, &shown), shown);
        assert_eq!(as_uploaded(&sent, "nothing"), sent);
        assert_eq!(as_uploaded("plain", &shown), "plain");
    }

    proptest! {
        #[test]
        fn cutting_twice_is_cutting_once_and_nothing_panics(
            text in "(https://|file\\.notion\\.so|/|\\?|signature=|X-Amz-|\\(|\\)|é|🦀|[ \\n\"<>&#a-z]){0,40}"
        ) {
            let once = stable_files(&text);
            prop_assert_eq!(stable_files(&once), once.clone());
            prop_assert_eq!(once.matches('\n').count(), text.matches('\n').count());
        }

        #[test]
        fn what_stands_around_a_signature_stays(before in "[ -~é\\n]{0,20}", after in "([ )\"<\\n][ -~é\\n]{0,20})?") {
            prop_assume!(!before.contains("http") && !after.contains("http"));
            let text = format!("{before}{}{after}", signed(BARE, 3));
            prop_assert_eq!(stable_files(&text), format!("{before}{BARE}{after}"));
        }
    }
}
