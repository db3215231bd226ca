//! What keeps words from being read as something else: a block, an address, the end of a target.

use crate::body::source::Spelling;

/// So many bytes back an address is looked for.
const MAX_ADDRESS_BYTES: usize = 2_048;

/// Whether what comes next would belong to an address that GitHub makes a link of.
pub(super) fn is_in_address(before: &str) -> bool {
    let mut start = before.len().saturating_sub(MAX_ADDRESS_BYTES);
    while !before.is_char_boundary(start) {
        start += 1;
    }
    let near = before.get(start..).unwrap_or_default();
    let has_address = |text: &str| text.contains("://") || text.contains("www.");
    // Where the word begins is asked last: to find that out takes a step for each character.
    has_address(near) && near.rsplit(char::is_whitespace).next().is_some_and(has_address)
}

/// Whether that sign ends what an address begins with.
pub(super) fn starts_address(before: &str, sign: char) -> bool {
    sign == '/' && before.ends_with(":/") || sign == '.' && before.ends_with("www")
}

/// Whether `GH-` stands at the end of a text.
pub(super) fn follows_gh(text: &str) -> bool {
    text.len()
        .checked_sub(3)
        .and_then(|at| text.get(at..))
        .is_some_and(|tail| tail.eq_ignore_ascii_case("gh-"))
}

/// Text as HTML shows it.
pub(super) fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// An address where a link's target stands.
pub(super) fn target(url: &str, spelling: Spelling) -> String {
    let url = url.replace(['\n', '\r'], "").replace(' ', "%20");
    let url = if spelling == Spelling::Cell { url.replace('|', "%7C") } else { url };
    let mut depth = 0i32;
    let balanced = url.chars().all(|c| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        depth >= 0
    }) && depth == 0;
    let plain = balanced && !url.contains(['<', '>', '\\', '&', '*', '_', '`', '~', '$', '[', ']']);
    if plain && !url.is_empty() {
        return url;
    }
    let inner =
        url.replace('\\', "\\\\").replace('<', "\\<").replace('>', "\\>").replace('&', "&amp;");
    format!("<{inner}>")
}

/// A line that begins no block, whatever it begins with.
pub(super) fn guarded(line: &str) -> String {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let rest = &line[digits..];
    let ends = |text: &str| text.is_empty() || text.starts_with([' ', '\t']);
    if (1..=9).contains(&digits) && rest.starts_with(['.', ')']) && ends(&rest[1..]) {
        return format!("{}\\{rest}", &line[..digits]);
    }
    let signs = line.bytes().take_while(|b| *b == b'#').count();
    let starts_block = match line.chars().next() {
        Some('#') => signs <= 6 && ends(&line[signs..]),
        Some('>') => true,
        Some('-' | '+') => ends(&line[1..]) || line.starts_with("--"),
        Some('=') => line.trim_end().bytes().all(|b| b == b'='),
        Some('|' | ':') => line.bytes().all(|b| matches!(b, b'|' | b':' | b'-' | b' ')),
        Some(_) | None => false,
    };
    if starts_block { format!("\\{line}") } else { line.to_owned() }
}

/// A heading's text whose signs at the end are text.
pub(super) fn guarded_end(text: String) -> String {
    let kept = text.trim_end_matches('#');
    if kept.len() == text.len() || !(kept.is_empty() || kept.ends_with([' ', '\t'])) {
        return text;
    }
    format!("{kept}\\{}", &text[kept.len()..])
}
