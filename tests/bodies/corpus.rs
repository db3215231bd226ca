//! What the laws are tried on: real bodies where they lie beside the project, and samples of our own everywhere.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use flate2::read::GzDecoder;
use serde_json::Value as Json;

/// One body as GitHub has it.
pub struct Body {
    /// Where it comes from.
    pub name: String,
    pub text: String,
}

impl Body {
    /// What chance starts from: the same whichever other bodies are tried.
    pub fn seed(&self) -> u64 {
        let fold = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        self.name.bytes().fold(0xcbf2_9ce4_8422_2325, fold) >> 8
    }
}

/// Without a word from outside, every so-many-th real body is tried: what a minute has room for.
const STRIDE: usize = 37;
/// More than there are samples of our own.
const FEW: usize = 100;

/// The samples of our own, and real bodies: a part of them, or as many as `TANDEM_BODIES` says (`all`, or `7` for every
/// seventh).
pub fn bodies() -> &'static [Body] {
    static BODIES: OnceLock<Vec<Body>> = OnceLock::new();
    BODIES.get_or_init(|| {
        let stride = match std::env::var("TANDEM_BODIES") {
            Ok(word) if word == "all" => 1,
            Ok(number) => number.parse().expect("TANDEM_BODIES is `all` or a number"),
            Err(_) => STRIDE,
        };
        let named = std::env::var("TANDEM_BODY").ok();
        let real = real().into_iter().enumerate().filter(|(i, body)| match &named {
            Some(name) => body.name.contains(name.as_str()),
            None => i % stride == 0,
        });
        let own = crate::samples::GITHUB.iter().filter(|_| named.is_none()).map(|sample| Body {
            name: format!("sample: {}", sample.name),
            text: sample.text.to_owned(),
        });
        own.chain(real.map(|(_, body)| body)).collect()
    })
}

/// Shows a text of a body that was asked for by name.
pub fn show(what: &str, text: &str) {
    if std::env::var_os("TANDEM_BODY").is_some() {
        let text = format!("---- {what}\n{text}\n");
        std::io::stderr().write_all(text.as_bytes()).unwrap();
    }
}

/// Whether everything is asked for, however long it takes.
pub fn everything() -> bool {
    std::env::var("TANDEM_BODIES").is_ok_and(|word| word == "all")
}

/// So many edits in Notion each body gets. A few bodies get more of them: of fewer than fifty, one is more than one in fifty.
pub fn edits_each() -> u64 {
    match bodies().len() {
        _ if everything() => 3,
        0..FEW => 12,
        _ => 2,
    }
}

fn real() -> Vec<Body> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let mut bodies = Vec::new();
    for path in files(&folder, ".jsonl.gz") {
        issues(&path, &mut bodies);
    }
    for path in files(&folder.join("markdown"), ".json") {
        examples(&path, &mut bodies);
    }
    if bodies.is_empty() {
        let skipped = format!(
            "SKIPPED: no real bodies in {}; the laws were tried on our own samples only\n",
            folder.display()
        );
        // Past the test runner, which would swallow it.
        std::io::stderr().write_all(skipped.as_bytes()).unwrap();
    }
    bodies
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.to_string_lossy().ends_with(ending));
    paths.sort();
    paths
}

/// Bodies and comments of issues and pull requests, one issue a line.
fn issues(path: &Path, bodies: &mut Vec<Body>) {
    let file = path.file_name().unwrap().to_string_lossy();
    let file = file.trim_start_matches("issues-").trim_end_matches(".jsonl.gz");
    for line in BufReader::new(GzDecoder::new(std::fs::File::open(path).unwrap())).lines() {
        let issue: Json = serde_json::from_str(&line.unwrap()).unwrap();
        let number = &issue["number"];
        let mut add = |name: String, text: &Json| {
            if let Some(text) = text.as_str().filter(|text| !text.trim().is_empty()) {
                bodies.push(Body { name, text: text.to_owned() });
            }
        };
        add(format!("{file}#{number}"), &issue["body"]);
        for comment in issue["comments"].as_array().into_iter().flatten() {
            add(format!("{file}#{number} comment {}", comment["id"]), &comment["body"]);
        }
    }
}

/// The examples of the CommonMark and GFM specifications.
fn examples(path: &Path, bodies: &mut Vec<Body>) {
    let file = path.file_stem().unwrap().to_string_lossy();
    let examples: Vec<Json> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    for example in examples {
        let text = example["markdown"].as_str().unwrap().to_owned();
        bodies.push(Body { name: format!("{file} {}", example["example"]), text });
    }
}
