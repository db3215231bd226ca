//! Config files, schedules and names, drawn from the example and from nasty pieces.

use crate::texts::{Rng, boundary};

/// Whole files to begin with.
const FILES: &[&str] = &[
    include_str!("../../config.example.toml"),
    include_str!("seeds/several.config.toml"),
    include_str!("seeds/spelled.config.toml"),
    include_str!("seeds/wrong.config.toml"),
    LEAST,
];
const LEAST: &str = "[[sync]]\nname = \"app\"\nrepositories = [\"acme/app\"]\n\
    data_source = \"0fe1e3ab5d2d4e0a9c0c7d3c4d1f8a11\"\n[sync.fields]\nurl = \"GitHub\"\ntitle = \"Name\"\n";
/// What no message may show; their ends are looked for.
pub(crate) const TOKENS: [&str; 4] = [
    "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
    "github_pat_11AAAAAAA0zqzqzqzqzqzqzqzq",
    "ntn_1234567890zqzqzqzqzqzqzqzqzqzq",
    "secret_zqZQ12zqZQ34zqZQ56zqZQ78zq",
];

const SECTIONS: &[&str] = &[
    "[daemon]",
    "[github]",
    "[notion]",
    "[safety]",
    "[users]",
    "[[sync]]",
    "[sync]",
    "[sync.filter]",
    "[sync.fields]",
    "[sync.fields.state]",
    "[sync.fields.body]",
    "[github.app]",
    "[[sync.fields]]",
    "[]",
    "[a.b.\"c d\".'e']",
    "[[users]]",
];
const KEYS: &[&str] = &[
    "database",
    "schedule",
    "timezone",
    "full_scan",
    "api_url",
    "token",
    "app",
    "app.private_key",
    "requests_per_minute",
    "brake_percent",
    "brake_floor",
    "max_wait",
    "name",
    "repositories",
    "data_source",
    "create",
    "conflict",
    "tie",
    "settle",
    "on_page_trashed",
    "on_issue_deleted",
    "state",
    "labels_any",
    "labels_all",
    "labels_none",
    "since",
    "pull_requests",
    "notion",
    "url",
    "number",
    "title",
    "body",
    "comments",
    "property",
    "direction",
    "open",
    "completed",
    "mentions",
    "upload_images",
    "octocat",
    "OctoCat",
    "sync",
    "users",
    "\"\"",
    "\"ü n\"",
    "'\u{200b}'",
    "文字列",
    "zqunknown",
    "github.token",
    "fields.title",
];
const VALUES: &[&str] = &[
    "true",
    "false",
    "0",
    "-1",
    "+5",
    "00",
    "1_000",
    "9223372036854775807",
    "9223372036854775808",
    "99999999999999999999999999",
    "0xff",
    "0o7",
    "0b1",
    "1.5",
    "-0.0",
    "1e400",
    "inf",
    "-nan",
    "\"\"",
    "\"x\"",
    "'x'",
    "\"\"\"\nx\n\"\"\"",
    "'''x'''",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "\"\\q\"",
    "\"é\u{301}\u{202e}\"",
    "[]",
    "[[]]",
    "[\"a\", 1]",
    "[\"a\",]",
    "{}",
    "{ a = 1, a = 2 }",
    "{ property = \"Name\", direction = \"both\" }",
    "{ direction = \"to_notion\", mentions = true }",
    "{ id = 1, installation = 2, private_key = \"env:KEY\" }",
    "{ property = \"P\", checkbox = { equals = true } }",
    "{ and = [{ property = \"P\", number = { equals = 9.5 } }] }",
    "{ timestamp = \"created_time\", created_time = { after = 2024-01-01 } }",
    "1979-05-27",
    "07:32:00",
    "1979-05-27T07:32:00Z",
    "1979-13-45",
    "2024-01-01T00:00:00.999999999+23:59",
    "\"2024-02-30\"",
    "\"2024-01-01\"",
    "\"*/2 * * * *\"",
    "\"@daily\"",
    "\"0 0 31 2 *\"",
    "\"Europe/Berlin\"",
    "\"Mars/Base\"",
    "\"2m\"",
    "\"1h30m\"",
    "\"90 s\"",
    "\"99999999999999999999h\"",
    "\"-2m\"",
    "\"1.5h\"",
    "\"env:NAME\"",
    "\"file:/etc/token\"",
    "\"credential:name\"",
    "\"env:\"",
    "\"octo@example.com\"",
    "\"0fe1e3ab-5d2d-4e0a-9c0c-7d3c4d1f8a11\"",
    "\"https://www.notion.so/x-0fe1e3ab5d2d4e0a9c0c7d3c4d1f8a11?v=1\"",
    "\"https://user:pass@example.com\"",
    "\"http://localhost:1/\"",
    "\"http://[::1\"",
    "\"https://api.github.com\"",
    "[\"acme/app\"]",
    "[\"acme/app\", \"ACME/APP\"]",
    "[\"../..\"]",
    "\"newest\"",
    "\"Done\"",
    "[\"Done\", \"done\"]",
    "# c",
    "= 1",
    "\"x",
    "[1",
    "{ a = ",
];

/// A config file as somebody or something may leave it.
pub(crate) fn file(rng: &mut Rng) -> Vec<String> {
    let mut text = match rng.below(4) {
        0 | 1 => rng.pick(FILES).to_owned(),
        2 => format!("{}\n{LEAST}", lines(rng)),
        _ => lines(rng),
    };
    for _ in 0..rng.below(5) {
        text = changed(&text, rng);
    }
    vec![text]
}

fn lines(rng: &mut Rng) -> String {
    let line = |rng: &mut Rng| match rng.below(5) {
        0 => rng.pick(SECTIONS).to_owned(),
        _ => format!("{} = {}", rng.pick(KEYS), value(rng)),
    };
    (0..=rng.below(12)).map(|_| line(rng) + "\n").collect()
}

fn value(rng: &mut Rng) -> String {
    match rng.below(12) {
        0 => format!("\"{}\"", rng.pick(&TOKENS)),
        1 => format!("\"env:{}\"", rng.pick(&TOKENS)),
        2 => format!("\"{}\"", schedule_text(rng)),
        3 => {
            let inner = value(rng);
            let times = if rng.one_in(4) { 2_000 } else { rng.below(6) };
            let (open, close) = *rng.pick(&[&("[", "]"), &("{ a = ", " }"), &("{ and = [", "] }")]);
            format!("{}{inner}{}", open.repeat(times), close.repeat(times))
        }
        4 => format!("\"{}{}\"", rng.below(1_000), rng.pick(&["s", "m", "h", "d", "ms", "ü", ""])),
        _ => rng.pick(VALUES).to_owned(),
    }
}

/// The text after something happened to it: mostly to one of its lines.
fn changed(text: &str, rng: &mut Rng) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let at = rng.below(lines.len() + 1);
    let line = lines.get(at).cloned().unwrap_or_default();
    let place = |rng: &mut Rng| boundary(text, rng.below(text.len() + 1));
    match rng.below(12) {
        // What stands in the file commented out is switched on.
        0 | 1 => {
            for line in &mut lines {
                let is_key = line.strip_prefix('#').is_some_and(|rest| rest.contains(" = "));
                if is_key && rng.one_in(4) {
                    line.remove(0);
                }
            }
        }
        2 | 3 => lines.insert(at, format!("{} = {}", rng.pick(KEYS), value(rng))),
        4 => {
            if let (Some((key, _)), Some(line)) = (line.split_once(" = "), lines.get_mut(at)) {
                *line = format!("{key} = {}", value(rng));
            }
        }
        5 => lines.insert(at, line),
        6 => drop((at < lines.len()).then(|| lines.remove(at))),
        7 => lines.insert(at, rng.pick(SECTIONS).to_owned()),
        8 => return text.replace('\n', rng.pick(&["\r\n", "\r", "\n\n", "\u{2028}"])),
        9 => {
            let what =
                rng.pick(&["\u{feff}", "\u{0}", "\"", "]", "\\", "\t", "\u{1b}[31m", "ü", "'''"]);
            let (head, tail) = text.split_at(place(rng));
            return format!("{head}{what}{tail}");
        }
        10 => {
            let (a, b) = (place(rng), place(rng));
            return format!("{}{}", &text[..a.min(b)], &text[a.max(b)..]);
        }
        _ => {
            // Long, so that a reader who goes over the file once per line is seen.
            let times = if rng.one_in(8) { 5_000 } else { 20 };
            let many =
                (0..times).map(|n| format!("{}{n} = {}", rng.pick(&["k", "a.b", "\"ü\"."]), n));
            lines.splice(at.min(lines.len())..at.min(lines.len()), many);
        }
    }
    lines.join("\n") + "\n"
}

/// A text in the place of a schedule.
pub(crate) fn schedule_text(rng: &mut Rng) -> String {
    const PARTS: &[&str] = &[
        "*",
        "*",
        "*",
        "?",
        "0",
        "1",
        "7",
        "9",
        "12",
        "23",
        "29",
        "31",
        "59",
        "60",
        "2026",
        "2100",
        "*/2",
        "*/0",
        "*/99",
        "1-5",
        "5-1",
        "0-7",
        "6-7",
        "FRI-SUN",
        "mon",
        "JAN,feb",
        "1,2,3",
        "1-10/3",
        "5/15",
        "L",
        "15W",
        "#",
        "-",
        ",",
        "/",
        "*/",
        "1//2",
        "4294967296",
        "-1",
        "٣",
        "",
    ];
    const WHOLE: &[&str] = &[
        "@hourly",
        "@daily",
        "@reboot",
        "@",
        "0 0 29 2 *",
        "0 0 30 2 *",
        "30 2 * * *",
        "0 0 0 29 2 * 2096",
        "0 0 1 1 * 2100",
        "59 59 23 31 12 * 2100",
        "0 0 13 * 5",
    ];
    if rng.one_in(6) {
        return rng.pick(WHOLE).to_owned();
    }
    let count = if rng.one_in(8) { rng.below(10) } else { 5 + rng.below(3) };
    let between = rng.pick(&[" ", " ", " ", "  ", "\t", "\u{a0}"]);
    (0..count).map(|_| rng.pick(PARTS)).collect::<Vec<_>>().join(between)
}

/// A schedule, its zone, and a moment in seconds.
pub(crate) fn schedule(rng: &mut Rng) -> Vec<String> {
    let zones = [
        "UTC",
        "Europe/Berlin",
        "America/Havana",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
        "Africa/Casablanca",
        "America/St_Johns",
        "Pacific/Apia",
        "Antarctica/Troll",
    ];
    let moment = match rng.below(4) {
        0 => rng.next().cast_signed() / 2,
        // Within the days in which clocks are changed.
        1 => 1_774_659_600 + i64::try_from(rng.below(400_000)).unwrap(),
        _ => 1_767_225_600 + i64::try_from(rng.below(100_000_000)).unwrap(),
    };
    vec![schedule_text(rng), rng.pick(&zones).to_owned(), moment.to_string()]
}

/// A text in the place of a name or an address.
pub(crate) fn name(rng: &mut Rng) -> Vec<String> {
    const PARTS: &[&str] = &[
        "acme",
        "/",
        "app",
        "#",
        "12",
        "0",
        "18446744073709551615",
        "18446744073709551616",
        "-1",
        "https://",
        "github.com",
        "ghe.example:8443",
        "/issues/",
        "/pull/",
        "/app",
        "acme/app#12",
        "?v=",
        "#issuecomment-1",
        "https://www.notion.so/",
        "https://app.notion.com/p/",
        "0fe1e3ab-5d2d-4e0a-9c0c-7d3c4d1f8a11",
        "0fe1e3ab5d2d4e0a9c0c7d3c4d1f8a11",
        "Title-dead-",
        "{0fe1e3ab-5d2d-4e0a-9c0c-7d3c4d1f8a11}",
        "urn:uuid:",
        "é",
        "文",
        "\u{202e}",
        "..",
        ".",
        "%2e",
        "%",
        " ",
        "\u{0}",
        "\n",
        "@",
        ":",
        "//",
        "\\",
        "[::1]",
        "file:///",
        "-",
        "--json",
        "--",
        "![c](https://prod-files-secure.s3.us-west-2.amazonaws.com/a/b.png?X-Amz-Signature=1)",
        "https://file.notion.so/f/x.pdf?expirationTimestamp=1&signature=zq",
        "<file src=\"",
        "\">",
        "file-upload://",
        "?a=b&c",
        ")",
    ];
    let repeat = |rng: &mut Rng| if rng.one_in(30) { 500 } else { 1 };
    vec![(0..=rng.below(8)).map(|_| rng.pick(PARTS).repeat(repeat(rng))).collect()]
}
