//! What of the config file may be shown. A token pasted into the wrong place must not reach a log (I17), so everything
//! that an error message quotes from the file goes through here.

/// How the tokens of GitHub (github-api §8) and Notion (notion-api §11) begin, and private keys.
const TOKEN_BEGINNINGS: [&str; 9] =
    ["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "ntn_", "secret_", "-----begin"];

/// From this many characters on, a run of letters and digits may be a token without a known beginning, such as the
/// 40 hex digits of GitHub's old ones.
const SUSPICIOUS_RUN: usize = 30;

/// A known beginning followed by so many token characters is surely a token.
const TOKEN_REST: usize = 20;

/// The longest text quoted in a message.
const SHOWN_CHARS: usize = 80;

/// Whether any part of the text could be a token. Errs on the side of hiding.
pub(super) fn may_hold_token(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    TOKEN_BEGINNINGS.iter().any(|beginning| lower.contains(beginning))
        || text.split(|c| !in_token(c)).any(suspicious)
}

/// Whether a token is surely in the text: somebody pasted it where only a reference or an ordinary value belongs.
pub(super) fn is_token(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    TOKEN_BEGINNINGS.iter().any(|beginning| {
        lower.match_indices(beginning).any(|(at, _)| {
            let rest = lower.get(at + beginning.len()..).unwrap_or("");
            beginning.starts_with('-') || is_random(rest)
        })
    })
}

/// Long, and not `words_like_these`, which property names may have.
fn is_random(rest: &str) -> bool {
    let run = rest.split(|c| !in_token(c)).next().unwrap_or("");
    run.len() >= TOKEN_REST && (run.contains(|c: char| c.is_ascii_digit()) || !run.contains('_'))
}

/// The text in backticks for a message, or a stand-in when it may hold a token. Control characters are escaped, long
/// texts are cut.
pub(super) fn shown(text: &str) -> String {
    if may_hold_token(text) {
        return "(not shown: it may hold a token)".to_owned();
    }
    if text.is_empty() {
        return "an empty text".to_owned();
    }
    format!("`{}`", plain(text, SHOWN_CHARS))
}

/// The text without control characters and no longer than `limit_chars`.
pub(super) fn plain(text: &str, limit_chars: usize) -> String {
    let mut out = String::new();
    for (n, c) in text.chars().enumerate() {
        if n == limit_chars {
            out.push('…');
            break;
        }
        if c == '\t' {
            out.push(' ');
        } else if c.is_control() {
            out.push('\u{fffd}');
        } else {
            out.push(c);
        }
    }
    out
}

fn in_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

fn suspicious(run: &str) -> bool {
    run.len() >= SUSPICIOUS_RUN
        && run.contains(|c: char| c.is_ascii_digit())
        && run.contains(|c: char| c.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_kind_of_token_is_recognised_and_hidden() {
        for token in [
            "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
            "github_pat_11AAAAAAA0aaaaaaaaaaaa_bbbbbbbb",
            "ghs_12345_eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiI",
            "ntn_1234567890abcdefghijklmnop",
            "secret_abcdefghijklmnopqrstuvwxyz",
            "  GHP_16C7e42F292c6912E7710c838347Ae178B4a",
            "-----BEGIN RSA PRIVATE KEY-----",
        ] {
            assert!(is_token(token), "{token}");
            assert!(may_hold_token(token), "{token}");
            assert!(!shown(token).contains("16C7e42F"), "{token}");
        }
    }

    #[test]
    fn forty_hex_digits_are_hidden_wherever_they_stand() {
        assert!(may_hold_token("x = \"e72e16c7e42f292c6912e7710c838347ae178b4a\" # old"));
    }

    #[test]
    fn ordinary_values_are_shown() {
        for value in [
            "In review",
            "*/2 * * * *",
            "Won't do",
            "acme/app",
            "https://api.github.com",
            "secret santa",
        ] {
            assert!(!is_token(value), "{value}");
            assert_eq!(shown(value), format!("`{value}`"));
        }
    }

    #[test]
    fn a_property_name_that_begins_like_a_token_is_not_one() {
        assert!(!is_token("secret_santa_of_the_whole_office"));
        assert!(!is_token("ntn_rollout"));
    }

    #[test]
    fn control_characters_and_long_texts_are_tamed() {
        assert_eq!(shown("a\u{1b}[31mb\tc"), "`a\u{fffd}[31mb c`");
        assert_eq!(plain(&"ä ".repeat(100), 3), "ä ä…");
    }
}
