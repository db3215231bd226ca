//! Tags of Notion's dialect (notion-api §6.3.1).

/// One tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tag {
    pub(super) name: String,
    /// Values are without entities.
    pub(super) attributes: Vec<(String, String)>,
    pub(super) form: Form,
    /// How many bytes it takes.
    pub(super) len: usize,
}

/// What a tag does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Open,
    Close,
    /// `<p />`
    Alone,
}

impl Tag {
    /// The tag with which the text begins.
    pub(super) fn parse(text: &str) -> Option<Tag> {
        let inner = text.strip_prefix('<')?;
        let (closes, inner) = match inner.strip_prefix('/') {
            Some(inner) => (true, inner),
            None => (false, inner),
        };
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let name_len = inner.find(|c| !is_name(c))?;
        let (name, mut rest) = inner.split_at(name_len);
        if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
            return None;
        }
        let mut attributes = Vec::new();
        let form = loop {
            let spaced = rest.trim_start_matches([' ', '\t']);
            if let Some(after) = spaced.strip_prefix("/>").filter(|_| !closes) {
                rest = after;
                break Form::Alone;
            }
            if let Some(after) = spaced.strip_prefix('>') {
                rest = after;
                break if closes { Form::Close } else { Form::Open };
            }
            if closes || spaced.len() == rest.len() {
                return None;
            }
            let (attribute, after) = attribute(spaced)?;
            attributes.push(attribute);
            rest = after;
        };
        Some(Tag { name: name.to_owned(), attributes, form, len: text.len() - rest.len() })
    }

    /// The value of an attribute.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// The attribute with which the text begins, and what follows it.
fn attribute(text: &str) -> Option<((String, String), &str)> {
    let ends_name = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':'));
    let (name, rest) = text.split_at(text.find(ends_name)?);
    if name.is_empty() {
        return None;
    }
    let Some(rest) = rest.strip_prefix('=') else {
        return Some(((name.to_owned(), String::new()), rest));
    };
    let (value, rest) = match rest.chars().next()? {
        quote @ ('"' | '\'') => rest.get(1..)?.split_once(quote)?,
        _ => rest.split_at(rest.find([' ', '\t', '>', '"', '\'', '<', '='])?),
    };
    Some(((name.to_owned(), without_entities(value)), rest))
}

/// Text with the entities that tags need replaced by what they stand for.
pub(super) fn without_entities(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, entity) = rest.split_at(at);
        out.push_str(before);
        const KNOWN: [(&str, char); 6] = [
            ("&amp;", '&'),
            ("&lt;", '<'),
            ("&gt;", '>'),
            ("&quot;", '"'),
            ("&#39;", '\''),
            ("&apos;", '\''),
        ];
        let known = KNOWN.iter().find(|(name, _)| entity.starts_with(name));
        let (shown, len) = known.map_or(('&', 1), |(name, shown)| (*shown, name.len()));
        out.push(shown);
        rest = entity.get(len..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// Text as the value of an attribute in double quotes.
pub(super) fn quoted(value: &str) -> String {
    value.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_has_a_name_attributes_and_a_form() {
        let tag = Tag::parse(r#"<toggle heading="h2" color='a&amp;b' open>rest"#).unwrap();
        assert_eq!((tag.name.as_str(), tag.form), ("toggle", Form::Open));
        assert_eq!(tag.get("heading"), Some("h2"));
        assert_eq!(tag.get("color"), Some("a&b"));
        assert_eq!(tag.len, r#"<toggle heading="h2" color='a&amp;b' open>"#.len());
        assert_eq!(Tag::parse("<p />").unwrap().form, Form::Alone);
        assert_eq!(Tag::parse("</synced-block>").unwrap().form, Form::Close);
    }

    #[test]
    fn what_is_not_quite_a_tag_is_none() {
        for text in [
            "<",
            "<>",
            "< p>",
            "<p",
            "<p a",
            "<p a=",
            r#"<p a="x>"#,
            "<1>",
            "</p x>",
            "<p\"x\">",
            "a<p>",
        ] {
            assert_eq!(Tag::parse(text), None, "{text}");
        }
    }
}
