//! Notion, as strict as its documentation says.
