//! Rich text: what titles and texts are made of (notion-api.md §3, §5.3).

use serde_json::{Map, Value as Json, json};

use super::errors::{Outcome, Refusal};
use super::ids::{PageId, UserId};
use super::shape::Path;
use super::time::Moment;

/// UTF-16 units one text item may hold.
const TEXT_UNITS: usize = 2000;
/// Items one rich text array may hold.
const ITEMS: usize = 100;
const COLORS: [&str; 10] =
    ["default", "gray", "brown", "orange", "yellow", "green", "blue", "purple", "pink", "red"];

/// One run of rich text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RichText {
    pub(super) content: Content,
    pub(super) look: Look,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Content {
    Text { content: String, link: Option<String> },
    User(UserId),
    Page(PageId),
    Date { start: Moment, end: Option<Moment> },
    Equation(String),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Look {
    bold: bool,
    italic: bool,
    strikethrough: bool,
    underline: bool,
    code: bool,
    color: String,
}

impl Default for Look {
    fn default() -> Self {
        Look {
            bold: false,
            italic: false,
            strikethrough: false,
            underline: false,
            code: false,
            color: "default".to_owned(),
        }
    }
}

impl RichText {
    pub(super) fn plain(text: &str) -> RichText {
        RichText {
            content: Content::Text { content: text.to_owned(), link: None },
            look: Look::default(),
        }
    }

    /// Whether it counts among the 25 mentions a page object shows (notion-api.md §3, "Read truncation").
    pub(super) fn is_counted_mention(&self) -> bool {
        match self.content {
            Content::User(_) | Content::Page(_) => true,
            Content::Text { .. } | Content::Date { .. } | Content::Equation(_) => false,
        }
    }
}

/// Reads an array of rich text; empty texts vanish, as they do when read back.
pub(super) fn parse(path: &Path<'_>, value: Option<&Json>, merge: bool) -> Outcome<Vec<RichText>> {
    let mut runs: Vec<RichText> = Vec::new();
    for (index, item) in path.array(value, ITEMS)?.iter().enumerate() {
        let run = parse_run(&path.at(index), item)?;
        match (&run.content, runs.last_mut()) {
            (Content::Text { content, .. }, _) if content.is_empty() => {}
            (
                Content::Text { content, link },
                Some(RichText {
                    content: Content::Text { content: before, link: link_before },
                    look,
                }),
            ) if merge && link == link_before && *look == run.look => before.push_str(content),
            (
                Content::Text { .. }
                | Content::User(_)
                | Content::Page(_)
                | Content::Date { .. }
                | Content::Equation(_),
                _,
            ) => runs.push(run),
        }
    }
    Ok(runs)
}

fn parse_run(path: &Path<'_>, item: &Json) -> Outcome<RichText> {
    let object = path.object(Some(item))?;
    path.only(
        object,
        &["type", "text", "mention", "equation", "annotations", "plain_text", "href"],
    )?;
    let content = if let Some(text) = object.get("text") {
        parse_text(&path.key("text"), text)?
    } else if let Some(mention) = object.get("mention") {
        parse_mention(&path.key("mention"), mention)?
    } else if let Some(equation) = object.get("equation") {
        let path = path.key("equation");
        let expression = path.object(Some(equation))?.get("expression");
        Content::Equation(path.key("expression").filled_string(expression, 1000)?.to_owned())
    } else {
        return Err(path.key("text").refuse("defined", "undefined"));
    };
    let look = match object.get("annotations") {
        Some(annotations) => parse_look(&path.key("annotations"), annotations)?,
        None => Look::default(),
    };
    Ok(RichText { content, look })
}

fn parse_text(path: &Path<'_>, value: &Json) -> Outcome<Content> {
    let text = path.object(Some(value))?;
    path.only(text, &["content", "link"])?;
    let content = path.key("content").short_string(text.get("content"), TEXT_UNITS)?.to_owned();
    let link = match text.get("link") {
        None | Some(Json::Null) => None,
        Some(link) => Some(parse_link(&path.key("link"), link)?),
    };
    Ok(Content::Text { content, link })
}

fn parse_link(path: &Path<'_>, value: &Json) -> Outcome<String> {
    let target = path.key("url").filled_string(path.object(Some(value))?.get("url"), 2000)?;
    match url::Url::parse(target) {
        Ok(_) => Ok(target.to_owned()),
        Err(_) => Err(Refusal::validation("Invalid URL for link.")),
    }
}

fn parse_mention(path: &Path<'_>, value: &Json) -> Outcome<Content> {
    let mention = path.object(Some(value))?;
    let id = |kind: &str, of: &Json| -> Outcome<String> {
        let path = path.key(kind);
        Ok(path.key("id").string(path.object(Some(of))?.get("id"))?.to_owned())
    };
    if let Some(user) = mention.get("user") {
        let id = id("user", user)?;
        return id
            .parse()
            .map(Content::User)
            .map_err(|_| path.key("user").key("id").refuse("a valid uuid", id));
    }
    if let Some(page) = mention.get("page") {
        let id = id("page", page)?;
        return id
            .parse()
            .map(Content::Page)
            .map_err(|_| path.key("page").key("id").refuse("a valid uuid", id));
    }
    if let Some(date) = mention.get("date") {
        let path = path.key("date");
        let date = path.object(Some(date))?;
        let moment = |key: &str, of: &Json| -> Outcome<Moment> {
            let text = path.key(key).string(Some(of))?;
            Moment::parse(text, None)
                .ok_or_else(|| path.key(key).refuse("a valid ISO 8601 date string", of))
        };
        let start = moment("start", date.get("start").unwrap_or(&Json::Null))?;
        let end = match date.get("end") {
            None | Some(Json::Null) => None,
            Some(end) => Some(moment("end", end)?),
        };
        return Ok(Content::Date { start, end });
    }
    Err(path.key("user").refuse("defined", "undefined"))
}

fn parse_look(path: &Path<'_>, value: &Json) -> Outcome<Look> {
    let map: &Map<String, Json> = path.object(Some(value))?;
    path.only(map, &["bold", "italic", "strikethrough", "underline", "code", "color"])?;
    let flag = |key: &str| match map.get(key) {
        None => Ok(false),
        Some(value) => path.key(key).boolean(Some(value)),
    };
    let color = match map.get("color") {
        None => "default",
        Some(value) => path.key("color").string(Some(value))?,
    };
    if !COLORS.contains(&color.strip_suffix("_background").unwrap_or(color)) {
        return Err(path.key("color").refuse("a known color", color));
    }
    Ok(Look {
        bold: flag("bold")?,
        italic: flag("italic")?,
        strikethrough: flag("strikethrough")?,
        underline: flag("underline")?,
        code: flag("code")?,
        color: color.to_owned(),
    })
}

/// Takes the blanks from both ends.
pub(super) fn trim(runs: &mut Vec<RichText>) {
    if let Some(RichText { content: Content::Text { content, .. }, .. }) = runs.first_mut() {
        *content = content.trim_start().to_owned();
    }
    if let Some(RichText { content: Content::Text { content, .. }, .. }) = runs.last_mut() {
        *content = content.trim_end().to_owned();
    }
    runs.retain(|run| !matches!(&run.content, Content::Text { content, .. } if content.is_empty()));
}

/// What rendering needs to know about the things mentioned.
pub(super) trait Mentioned {
    /// The name a mention of this user shows.
    fn user_name(&self, id: UserId) -> String;
    /// The title a mention of this page shows.
    fn page_title(&self, id: PageId) -> String;
    /// The user object as this viewer may see it.
    fn user_object(&self, id: UserId) -> Json;
}

/// The words a person reads.
pub(super) fn plain_text(runs: &[RichText], mentioned: &impl Mentioned) -> String {
    runs.iter().map(|run| run_plain(run, mentioned)).collect()
}

fn run_plain(run: &RichText, mentioned: &impl Mentioned) -> String {
    match &run.content {
        Content::Text { content, .. } => content.clone(),
        Content::User(id) => format!("@{}", mentioned.user_name(*id)),
        Content::Page(id) => mentioned.page_title(*id),
        Content::Date { start, end: None } => start.to_string(),
        Content::Date { start, end: Some(end) } => format!("{start} → {end}"),
        Content::Equation(expression) => expression.clone(),
    }
}

pub(super) fn render(run: &RichText, mentioned: &impl Mentioned) -> Json {
    let plain = run_plain(run, mentioned);
    let (kind, content, href) = match &run.content {
        Content::Text { content, link } => {
            let link_json = link.as_ref().map(|url| json!({ "url": url }));
            ("text", json!({ "content": content, "link": link_json }), link.clone())
        }
        Content::User(id) => {
            ("mention", json!({ "type": "user", "user": mentioned.user_object(*id) }), None)
        }
        Content::Page(id) => (
            "mention",
            json!({ "type": "page", "page": { "id": id.to_string() } }),
            Some(format!("https://app.notion.com/p/{}", id.0.simple())),
        ),
        Content::Date { start, end } => {
            let end = end.map(|end| end.to_string());
            let date = json!({ "start": start.to_string(), "end": end, "time_zone": null });
            ("mention", json!({ "type": "date", "date": date }), None)
        }
        Content::Equation(expression) => ("equation", json!({ "expression": expression }), None),
    };
    json!({
        "type": kind, kind: content, "plain_text": plain, "href": href,
        "annotations": {
            "bold": run.look.bold, "italic": run.look.italic, "strikethrough": run.look.strikethrough,
            "underline": run.look.underline, "code": run.look.code, "color": run.look.color,
        },
    })
}
