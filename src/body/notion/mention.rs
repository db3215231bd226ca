//! Mentions of people, pages and dates: what a reader sees of them, and where they lead (notion-api §6.3.1).

use super::tag::Tag;
use crate::body::place::Place;

/// The words of a mention and where it leads. Its label is literal: never escaped.
pub(super) fn shown(tag: &Tag, label: &str, place: &Place) -> (String, Option<String>) {
    let url = tag.get("url").unwrap_or_default();
    let label = label.trim();
    if let Some(user) = url.strip_prefix("user://") {
        return match place.person(user) {
            None if place.by_id() => (format!("@{user}"), None),
            Some(login) => (format!("@{login}"), Some(place.profile(login))),
            None if label.is_empty() => ("@someone".to_owned(), None),
            None => (format!("@{}", label.trim_start_matches('@')), None),
        };
    }
    let link = is_web(url).then(|| url.to_owned());
    let words = if label.is_empty() { url } else { label };
    (words.to_owned(), link)
}

/// The words of a date: its start, and its end when it has one.
pub(super) fn date(tag: &Tag) -> String {
    let moment = |day: &str, time: &str| {
        let day = tag.get(day).filter(|day| !day.is_empty())?;
        let time = tag.get(time).filter(|time| !time.is_empty());
        Some(time.map_or(day.to_owned(), |time| format!("{day} {time}")))
    };
    let start = moment("start", "start-time").unwrap_or_default();
    let mut words =
        moment("end", "end-time").map_or(start.clone(), |end| format!("{start} → {end}"));
    let timed = tag.get("start-time").is_some_and(|time| !time.is_empty());
    if let Some(zone) = tag.get("time-zone").filter(|zone| timed && !zone.is_empty()) {
        words = format!("{words} {zone}");
    }
    words
}

/// Whether an address can be followed in a browser.
pub(super) fn is_web(url: &str) -> bool {
    let url = url.get(..8).unwrap_or(url).to_ascii_lowercase();
    url.starts_with("https://") || url.starts_with("http://")
}
