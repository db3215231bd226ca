//! Stories about this Notion.
