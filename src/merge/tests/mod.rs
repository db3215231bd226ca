//! Stories and properties that span the whole room.
