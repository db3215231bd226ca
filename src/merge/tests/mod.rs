//! Stories and properties that span the whole room.

mod body;
mod brake;
mod fresh;
mod laws;
mod related;
mod stories;
mod support;
mod table;
