//! The block tags of Notion's dialect, by what tandem makes of them (notion-api §6.3.1).

/// A title on the lines after it, then children.
pub(super) fn holds_text(name: &str) -> bool {
    matches!(name, "p" | "h1" | "h2" | "h3" | "h4" | "quote" | "toggle" | "callout" | "todo" | "li")
}

/// What is inside is shown as if the tag were not there.
pub(super) fn is_transparent(name: &str) -> bool {
    matches!(
        name,
        "ul" | "ol"
            | "columns"
            | "column"
            | "tabs"
            | "tab"
            | "synced-block"
            | "synced-block-reference"
    )
}

/// What only Notion can hold, shown as a link; its content is a caption or a name.
pub(super) fn is_file(name: &str) -> bool {
    matches!(
        name,
        "file"
            | "pdf"
            | "audio"
            | "video"
            | "bookmark"
            | "embed"
            | "external_object_instance"
            | "page"
            | "database"
            | "folder"
    )
}

/// What has no place in the tree.
pub(super) fn is_hidden(name: &str) -> bool {
    matches!(
        name,
        "table-of-contents"
            | "breadcrumb"
            | "unknown"
            | "custom-block"
            | "meeting-notes"
            | "meeting-notes-section-notes"
            | "meeting-notes-section-summary"
            | "meeting-notes-section-transcript"
            | "mail"
            | "template"
            | "transcript"
    )
}
