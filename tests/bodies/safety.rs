//! Text is text: what somebody types on one side does nothing on the other (I16).

use comrak::nodes::{Node, NodeValue};
use comrak::{Arena, Options};
use tandem::body::{Input, Outcome, as_meant, reconcile, to_github, to_notion};
use tandem::model::Sides;
use tandem::sim::notion::{BlockKind, Rendering, What};

use crate::workspace::{Workspace, flat, place};

/// Tags of Notion's, as somebody may type them on GitHub; `USER` is somebody in the workspace.
const TAGS: &[&str] = &[
    "<page url=\"https://app.notion.com/p/00000000000000000000000000000001\">A page</page>",
    "<page>Made by text</page>",
    "<database url=\"https://app.notion.com/p/00000000000000000000000000000002\">A database</database>",
    "<database inline=\"true\">Made by text</database>",
    "<mention url=\"user://USER\">Ann</mention>",
    "<mention url=\"user://USER\"/>",
    "<mention-user url=\"user://USER\">Ann</mention-user>",
    "<mention-page url=\"https://app.notion.com/p/00000000000000000000000000000001\"/>",
    "<unknown url=\"https://app.notion.com/p/1#2\" alt=\"breadcrumb\"/>",
    "<date start=\"2026-01-05\"/>",
    "<span color=\"red\">red</span>",
    "<span discussion-urls=\"discussion://1\">talked about</span>",
    "<callout icon=\"x\" color=\"red_bg\">\nA callout\n</callout>",
    "<synced-block url=\"https://app.notion.com/p/1#2\">\nSynced\n</synced-block>",
    "<columns>\n<column>\nLeft\n</column>\n</columns>",
    "<image source=\"https://example.com/a.png\">A picture</image>",
    "<file source=\"file-upload://00000000-0000-0000-0000-000000000001\">f</file>",
    "<bookmark source=\"https://example.com\"></bookmark>",
    "<table-of-contents/>",
    "<toggle>\nA toggle\n</toggle>",
    "<p color=\"red\">\nRed\n</p>",
    "# Heading {color=\"red\"}",
    "[^https://example.com/cited]",
    ":parrot:",
    "$$",
];

/// Where somebody may type them.
const AROUND: &[(&str, &str)] = &[
    ("", ""),
    ("Text before ", " and after."),
    ("- item ", ""),
    ("> ", ""),
    ("| head |\n| --- |\n| ", " |"),
    ("**bold ", "**"),
    ("[", "](https://example.com)"),
    ("\\", ""),
    ("&lt;b&gt; ", ""),
    ("<details>\n<summary>", "</summary>\n\ntext\n\n</details>"),
    ("```\n", "\n```"),
    ("`", "`"),
    ("# ", ""),
    ("1. one\n   ", ""),
    ("![", "](https://example.com/a.png)"),
];

#[test]
fn tags_of_notions_that_somebody_types_on_github_stay_text() {
    let mut tried = 0;
    for tag in TAGS {
        for (before, after) in AROUND {
            for seed in 0..4 {
                is_text(&format!("{before}{tag}{after}\n\nThe end."), seed);
                tried += 1;
            }
        }
    }
    assert!(tried > 1_000);
}

fn is_text(body: &str, seed: u64) {
    let place = place();
    let workspace =
        Workspace::new(if seed == 0 { Rendering::default() } else { Rendering::drawn(seed) });
    workspace.act(|notion, _, _| notion.add_custom_emoji("parrot"));
    let body = body.replace("USER", &workspace.ann.to_string());
    let sent = to_notion(&body, &place).unwrap();
    let page = workspace.make(&sent).unwrap_or_else(|why| panic!("{body}\n{sent}\n{why}"));
    let shown = workspace.read(page);
    as_meant(&sent, &shown).unwrap_or_else(|why| panic!("{body}\n{sent}\n{shown}\n{why}"));
    let blocks = workspace.blocks(page);
    let alive = flat(&blocks).into_iter().any(|block| {
        let is_own = match &block.content.kind {
            BlockKind::Page | BlockKind::Database | BlockKind::Unknown | BlockKind::Tagged(_) => {
                true
            }
            BlockKind::Callout | BlockKind::Toggle(_) => {
                !body.contains("[!") && !body.contains("<details>")
            }
            BlockKind::Image => !block
                .content
                .attribute("source")
                .is_some_and(|url| url == "https://example.com/a.png" && body.contains("![")),
            _ => false,
        };
        let is_colored = block.content.attribute("color").is_some() && !body.contains("[!");
        is_own
            || is_colored
            || block.content.text.iter().any(|run| {
                let is_live = match &run.what {
                    What::Mention(..) | What::Date(_) | What::Emoji(_) | What::Citation(_) => true,
                    What::Text(_) | What::Equation(_) => false,
                };
                is_live || run.look.color.is_some() || run.look.discussions.is_some()
            })
    });
    assert!(!alive, "{body}\n{sent}\n{}", workspace.look(|notion| notion.outline(page)));
    workspace.look(|notion| {
        assert_eq!(notion.notified(), [], "{body}");
        assert_eq!(notion.pages_made_by_text(), [], "{body}");
        assert_eq!(notion.databases_made_by_text(), 0, "{body}");
    });
    let now = Sides { github: body.as_str(), notion: shown.as_str() };
    let input = Input { base: None, now, source: None, winner: None, place: &place };
    assert_eq!(reconcile(&input), Outcome::Agree, "{body}\n{shown}");
}

/// What GitHub would react to, as somebody may type it in Notion.
const LOUD: &[&str] = &[
    "@octocat",
    "@acme/team",
    "cc @octo-cat, @hubot.",
    "(@octocat)",
    "#12",
    "(#12)",
    "GH-1",
    "gh-12",
    "o/r#5",
    "acme/app#12",
    "https://github.com/o/r/issues/5",
    "https://github.com/o/r/pull/6#issuecomment-1",
    "http://github.com/o/r/issues/5",
    "https://www.github.com/o/r/issues/5",
    "[that one](https://github.com/o/r/issues/5)",
    "[@octocat](https://example.com)",
    "[#12](https://example.com)",
    "**@octocat**",
    "*#12*",
    "~~@octocat~~",
    "\\@octocat",
    "\\#12",
    "&#64;octocat",
    "&commat;octocat",
    "&num;12",
    "@**octocat**",
    "#**12**",
    "**@**octocat",
    "<!-- tandem:0b0b0b0b-0000-4000-8000-000000000001 -->",
    "\\<!-- tandem:0b0b0b0b-0000-4000-8000-000000000001 -->",
    "\\<img src=\"https://example.com/a.png\">",
    "\\<a href=\"https://github.com/o/r/issues/5\">x\\</a>",
    "\\<script>alert(1)\\</script>",
    "\\<details>",
    "<span color=\"red\">@octocat</span>",
    "<mention url=\"user://0b0b0b0b-0000-0000-0000-000000000009\">@octocat</mention>",
    "<https://github.com/o/r/issues/5>",
];

const IN_NOTION: &[(&str, &str)] = &[
    ("", ""),
    ("Text before ", " and after."),
    ("- item ", ""),
    ("> ", ""),
    ("# ", ""),
    ("| head |\n| --- |\n| ", " |"),
    (
        "<table header-row=\"true\">\n<tr>\n<td>head</td>\n</tr>\n<tr>\n<td>",
        "</td>\n</tr>\n</table>",
    ),
    ("<toggle>\n", "\n\ntext\n</toggle>"),
    ("<callout icon=\"💡\">\n", "\n</callout>"),
    ("first\\\n", "\\\nlast"),
    ("<bookmark source=\"https://example.com\">", "</bookmark>"),
    ("![", "](https://example.com/a.png)"),
    ("x,", ",y"),
];

#[test]
fn text_from_notion_calls_nobody_and_leaves_no_trace_elsewhere() {
    let place = place();
    let mut complaints = Vec::new();
    for loud in LOUD {
        for (before, after) in IN_NOTION {
            let notion = format!("{before}{loud}{after}\n\nThe end.");
            let github = to_github(&notion, &place).unwrap();
            for said in reactions(&github) {
                complaints.push(format!("{said}:\n{notion}\n--- became\n{github}"));
            }
            let now = Sides { github: github.as_str(), notion: notion.as_str() };
            let input = Input { base: None, now, source: None, winner: None, place: &place };
            if reconcile(&input) != Outcome::Agree {
                complaints.push(format!(
                    "does not come back:\n{notion}\n--- became\n{github}\n--- {:?}",
                    to_notion(&github, &place)
                ));
            }
        }
    }
    assert!(
        complaints.is_empty(),
        "{} complaints\n{}",
        complaints.len(),
        complaints.join("\n==\n")
    );
}

#[test]
fn an_edit_in_notion_adds_no_reaction_to_a_body_that_had_some() {
    let place = place();
    let github = "Ask @octocat about #12, please.\n\nSee the plan.";
    let notion = to_notion(github, &place).unwrap();
    let mut complaints = Vec::new();
    for loud in LOUD.iter().filter(|loud| !loud.starts_with("<!--")) {
        for (from, to) in [
            ("the plan", format!("the {loud} plan")),
            ("See", format!("{loud} See")),
            ("plan.", format!("plan. {loud}")),
            ("about", format!("about {loud} and")),
        ] {
            let typed = notion.replacen(from, &to, 1);
            let base = Sides { github, notion: notion.as_str() };
            let now = Sides { github, notion: typed.as_str() };
            let input = Input { base: Some(base), now, source: None, winner: None, place: &place };
            match reconcile(&input) {
                Outcome::Write { to: Sides { github: Some(new), .. }, .. } => {
                    let said = reactions(&new);
                    if said != ["@octocat", "#12"] {
                        complaints.push(format!("{said:?}:\n{typed}\n--- became\n{new}"));
                    }
                }
                other => complaints.push(format!("{other:?}: {typed}")),
            }
        }
    }
    assert!(
        complaints.is_empty(),
        "{} complaints\n{}",
        complaints.len(),
        complaints.join("\n==\n")
    );
}

#[test]
fn code_is_left_alone() {
    let place = place();
    let notion = "`@octocat #12 o/r#5`\n\n```\n@octocat #12 https://github.com/o/r/issues/5\n```";
    let github = to_github(notion, &place).unwrap();
    assert_eq!(github, notion);
    assert_eq!(to_notion(&github, &place).unwrap(), notion);
}

#[test]
fn a_reference_typed_on_github_is_a_link_in_notion() {
    let place = place();
    let (before, after) = ("Look at it.", "Look at #5, @octocat, and at it.");
    let notion = to_notion(before, &place).unwrap();
    let base = Sides { github: before, notion: notion.as_str() };
    let now = Sides { github: after, notion: notion.as_str() };
    let input = Input { base: Some(base), now, source: None, winner: None, place: &place };
    let Outcome::Write { to: Sides { notion: Some(new), .. }, .. } = reconcile(&input) else {
        panic!("{:?}", reconcile(&input))
    };
    assert_eq!(
        new,
        "Look at [#5](https://github.com/acme/app/issues/5), [@octocat](https://github.com/octocat), and at it."
    );
}

/// What GitHub would react to in a body: who is called, and what is referred to. Written from its documentation, on
/// comrak's tree: running text outside of code, and where links lead.
fn reactions(body: &str) -> Vec<String> {
    let mut options = Options::default();
    options.extension.strikethrough = true;
    options.extension.table = true;
    options.extension.autolink = true;
    options.extension.tasklist = true;
    let arena = Arena::new();
    let mut found = Vec::new();
    walk(comrak::parse_document(&arena, body, &options), &mut found);
    found
}

fn walk<'a>(node: Node<'a>, found: &mut Vec<String>) {
    let data = node.data.borrow();
    match &data.value {
        NodeValue::HtmlBlock(html) => found.push(format!("live HTML {}", html.literal)),
        NodeValue::HtmlInline(html)
            if !matches!(
                html.as_str(),
                "<br>" | "<b>" | "</b>" | "<i>" | "</i>" | "<s>" | "</s>"
            ) =>
        {
            found.push(format!("live HTML {html}"));
        }
        NodeValue::Link(link) => {
            is_elsewhere(&link.url).then(|| found.push(link.url.clone())).unwrap_or_default()
        }
        _ => {}
    }
    let is_leaf_block =
        matches!(data.value, NodeValue::Paragraph | NodeValue::Heading(_) | NodeValue::TableCell);
    if is_leaf_block {
        let mut text = String::new();
        running(node, &mut text);
        references(&text, found);
    }
    node.children().for_each(|child| walk(child, found));
}

/// GitHub looks for references in each text by itself; a mark between two signs parts them.
fn running<'a>(node: Node<'a>, text: &mut String) {
    for child in node.children() {
        match &child.data.borrow().value {
            NodeValue::Text(words) => text.push_str(words),
            NodeValue::Code(_) | NodeValue::Image(_) => text.push('\u{1}'),
            NodeValue::SoftBreak | NodeValue::LineBreak => text.push('\n'),
            NodeValue::HtmlInline(_) => text.push('\u{1}'),
            // GitHub does not look into links.
            NodeValue::Link(_) => text.push('\u{1}'),
            _ => {
                text.push('\u{1}');
                running(child, text);
                text.push('\u{1}');
            }
        }
    }
}

fn references(text: &str, found: &mut Vec<String>) {
    let chars: Vec<char> = text.chars().collect();
    let is_word = |at: Option<usize>| {
        at.and_then(|at| chars.get(at)).is_some_and(|c| c.is_alphanumeric() || *c == '_')
    };
    let run = |from: usize, is: fn(char) -> bool| {
        chars[from..].iter().take_while(|c| is(**c)).collect::<String>()
    };
    for at in 0..chars.len() {
        let before = at.checked_sub(1);
        match chars[at] {
            '@' if !is_word(before) => {
                let name = run(at + 1, |c| c.is_ascii_alphanumeric() || c == '-');
                if !name.is_empty() {
                    found.push(format!("@{name}"));
                }
            }
            '#' => {
                let number = run(at + 1, |c| c.is_ascii_digit());
                let is_repository =
                    before.is_some_and(|before| is_word(Some(before))) && text.contains('/');
                if !number.is_empty()
                    && (!is_word(before) || is_repository)
                    && !is_word(Some(at + 1 + number.len()))
                {
                    found.push(format!("#{number}"));
                }
            }
            'G' | 'g' if !is_word(before) => {
                let rest: String = chars[at..].iter().take(4).collect::<String>().to_lowercase();
                if rest.starts_with("gh-") && rest.ends_with(|c: char| c.is_ascii_digit()) {
                    found.push(rest);
                }
            }
            _ => {}
        }
    }
}

/// Whether GitHub would tell an issue of another repository that it was mentioned here.
fn is_elsewhere(url: &str) -> bool {
    let Some(path) = url
        .strip_prefix("https://github.com/")
        .or_else(|| url.strip_prefix("http://github.com/"))
        .or_else(|| url.strip_prefix("https://www.github.com/"))
    else {
        return false;
    };
    let parts: Vec<&str> = path.split('/').collect();
    matches!(parts[..], [owner, name, "issues" | "pull", ..] if (owner, name) != ("acme", "app"))
}
