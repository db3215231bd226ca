//! The form both sides are brought into.

use url::Url;

/// One line of what a reader sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// One sign for each quote and each item around it.
    pub(super) depth: String,
    /// What it is; empty for plain text.
    pub(super) sign: String,
    /// What it says.
    pub(super) words: String,
}

/// Words of one look.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Piece {
    /// What they say; a newline is a line break.
    pub(super) words: String,
    /// Whether they are code: to the letter.
    pub(super) is_code: bool,
    /// Where they lead, as it is written.
    pub(super) link: Option<String>,
}

/// An item without words, or a quote, says nothing; a box does.
const BOXES: [&str; 2] = ["[ ]", "[x]"];
/// GitHub's own detour that leaves no trace at the target.
const DETOUR: &str = "https://redirect.github.com/";
/// Where Notion's own pages and files are.
const NOTION_HOSTS: [&str; 4] = ["notion.so", "notion.com", "notion.site", "notion-static.com"];

/// A dollar sign in code, which is no sign of a formula.
const IN_CODE: &str = "\u{E001}";

/// Lines in the making.
pub(super) struct Sheet {
    base: Option<Url>,
    lines: Vec<Line>,
}

impl Sheet {
    /// For a body of the issue with this address.
    pub(super) fn new(issue_url: &str) -> Sheet {
        Sheet { base: Url::parse(issue_url).ok(), lines: Vec::new() }
    }

    pub(super) fn lines(self) -> Vec<Line> {
        self.lines
    }

    /// One line as it is.
    pub(super) fn line(&mut self, depth: &str, sign: &str, words: &str) {
        self.lines.push(Line {
            depth: depth.to_owned(),
            sign: sign.to_owned(),
            words: words.to_owned(),
        });
    }

    /// The text of one block: the sign stands on its first line. Where its words lead follows.
    pub(super) fn text(&mut self, depth: &str, sign: &str, pieces: Vec<Piece>) {
        let (words, links) = self.read(pieces);
        let mut sign = sign;
        for words in words.split('\n').map(spaced).filter(|words| !words.is_empty()) {
            self.line(depth, std::mem::take(&mut sign), &words);
        }
        if BOXES.contains(&sign) {
            self.line(depth, sign, "");
        }
        self.links(depth, links);
    }

    /// A row of a table.
    pub(super) fn row(&mut self, depth: &str, cells: Vec<Vec<Piece>>) {
        let (mut row, mut links) = (Vec::new(), Vec::new());
        for cell in cells {
            let (words, leads) = self.read(cell);
            row.push(spaced(&words));
            links.extend(leads);
        }
        let filled = row.iter().rposition(|cell| !cell.is_empty()).map_or(0, |last| last + 1);
        row.truncate(filled);
        self.line(depth, "|", &row.join(" | "));
        self.links(depth, links);
    }

    /// Code, line by line.
    pub(super) fn code(&mut self, depth: &str, code: &str) {
        let seen = visible(code);
        for line in seen.trim_matches('\n').split('\n') {
            let line = spaced(line);
            if !line.is_empty() {
                self.line(depth, "code", &line);
            }
        }
    }

    /// A formula.
    pub(super) fn formula(&mut self, depth: &str, tex: &str) {
        let pieces = vec![Piece {
            words: tex.split_whitespace().collect::<Vec<_>>().join(" "),
            ..Piece::default()
        }];
        self.text(depth, "", pieces);
    }

    /// An image with its description.
    pub(super) fn image(&mut self, depth: &str, address: &str, description: Vec<Piece>) {
        let address = self.absolute(address).unwrap_or_else(|| address.to_owned());
        self.line(depth, "image", &address);
        let (words, _) = self.read(description);
        let words = spaced(&words);
        if !words.is_empty() {
            self.line(depth, "described", &words);
        }
    }

    fn links(&mut self, depth: &str, links: Vec<String>) {
        for link in links {
            self.line(depth, "leads to", &link);
        }
    }

    /// What pieces say, and where they lead.
    fn read(&self, pieces: Vec<Piece>) -> (String, Vec<String>) {
        let mut joined: Vec<Piece> = Vec::new();
        for piece in pieces {
            let piece = Piece { link: piece.link.and_then(|link| self.absolute(&link)), ..piece };
            match joined.last_mut() {
                Some(last) if last.link == piece.link && last.is_code == piece.is_code => {
                    last.words.push_str(&piece.words);
                }
                Some(_) | None => joined.push(piece),
            }
        }
        let (mut text, mut links) = (String::new(), Vec::<(String, String)>::new());
        let mut is_linked = false;
        for piece in joined {
            let words = visible(&piece.words);
            let words = if piece.is_code { words.replace('$', IN_CODE) } else { drawn(&words) };
            match (piece.link, links.last_mut()) {
                (Some(link), Some((before, said))) if is_linked && *before == link => {
                    said.push_str(&words);
                }
                (Some(link), _) => {
                    is_linked = true;
                    links.push((link, words.clone()));
                }
                // A line break inside a link has no look of its own.
                (None, _) => is_linked &= words.trim().is_empty(),
            }
            text.push_str(&words);
        }
        let text = without_formula_signs(&text);
        let links =
            links.into_iter().filter(|(link, words)| !says_where(spaced(words).as_str(), link));
        (text, links.map(|(link, _)| link).collect())
    }

    /// Where a link leads from the issue's own page; `None` when that is no web address, or Notion's own.
    pub(super) fn absolute(&self, link: &str) -> Option<String> {
        let link = link.trim();
        if link.is_empty() {
            return None;
        }
        let url = match Url::parse(link) {
            Ok(url) => url,
            Err(url::ParseError::RelativeUrlWithoutBase) => self.base.as_ref()?.join(link).ok()?,
            Err(_) => return None,
        };
        if !matches!(url.scheme(), "http" | "https" | "mailto") {
            return None;
        }
        let is_notions = url.host_str().is_some_and(|host| {
            NOTION_HOSTS.iter().any(|known| host == *known || host.ends_with(&format!(".{known}")))
        });
        if is_notions {
            return None;
        }
        let url = String::from(url);
        Some(
            url.strip_prefix(DETOUR)
                .map_or(url.clone(), |path| format!("https://github.com/{path}")),
        )
    }
}

/// Whether a link's words say where it leads.
fn says_where(words: &str, link: &str) -> bool {
    // One address, with or without encryption, with or without a slash at its end.
    let bare = |url: &str| {
        let url = url
            .strip_prefix(DETOUR)
            .map_or(url.to_owned(), |path| format!("https://github.com/{path}"));
        let url = url.strip_prefix("https:").or_else(|| url.strip_prefix("http:")).unwrap_or(&url);
        url.trim_end_matches('/').to_owned()
    };
    let same = |text: &str| Url::parse(text).is_ok_and(|url| bare(url.as_str()) == bare(link));
    if same(words) || same(&format!("http://{words}")) || same(&format!("mailto:{words}")) {
        return true;
    }
    let path = Url::parse(link).map(|url| url.path().to_owned()).unwrap_or_default();
    let ends = |end: &str| path.eq_ignore_ascii_case(end);
    if let Some(login) = words.strip_prefix('@') {
        return match login.split_once('/') {
            Some((organisation, team)) => ends(&format!("/orgs/{organisation}/teams/{team}")),
            None => ends(&format!("/{login}")),
        };
    }
    let reference = |sign: char, kind: &str| {
        let (place, name) = words.rsplit_once(sign)?;
        if name.is_empty() {
            return None;
        }
        let end = if place.is_empty() {
            format!("/{kind}/{name}")
        } else {
            format!("/{place}/{kind}/{name}")
        };
        Some(if place.is_empty() { path.ends_with(&end) } else { ends(&end) })
    };
    let short =
        words.get(..3).filter(|start| start.eq_ignore_ascii_case("gh-")).and(words.get(3..));
    reference('#', "issues").unwrap_or(false)
        || reference('@', "commit").unwrap_or(false)
        || short.is_some_and(|number| path.ends_with(&format!("/issues/{number}")))
        || words.len() >= 7 && path.ends_with(&format!("/commit/{words}"))
}

/// Without what nobody sees, and with one kind of line break.
fn visible(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let is_seen = |c: &char| {
        let is_blank = matches!(c, '\n' | '\t');
        (is_blank || !c.is_control())
            && !matches!(c, '\u{200b}' | '\u{feff}' | '\u{fe0e}' | '\u{fe0f}' | '\u{fffd}')
    };
    text.chars().filter(is_seen).collect()
}

/// As GitHub draws text that is no code: with emoji in the place of their codes.
pub(super) fn drawn(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, tail)) = rest.split_once(':') {
        out.push_str(before);
        let emoji = tail
            .split_once(':')
            .and_then(|(code, after)| Some((emojis::get_by_shortcode(code)?.as_str(), after)));
        match emoji {
            Some((emoji, after)) => {
                out.push_str(&visible(emoji));
                rest = after;
            }
            None => {
                out.push(':');
                rest = tail;
            }
        }
    }
    out.push_str(rest);
    // A single one strikes words out on GitHub and not everywhere else.
    out.retain(|c| c != '~');
    out
}

/// What is a formula and what only has dollar signs is not told apart, and in formulas a line break is a blank.
pub(super) fn without_formula_signs(text: &str) -> String {
    let text =
        if text.contains('$') { text.replace('\n', " ").replace('$', "") } else { text.to_owned() };
    text.replace(IN_CODE, "$")
}

/// With one blank between words.
pub(super) fn spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
