//! The stand-ins: one world that answers HTTP requests as GitHub and Notion would.

pub mod github;
pub mod notion;
