//! Stories about what people see: two sides, edits, trouble, and what becomes of them. The world stands in for both
//! services, in process and under a paused clock.

#![allow(clippy::unwrap_used, reason = "a test stops where it stands")]
#![allow(unreachable_pub, reason = "the modules of one test share a stage")]

mod absence;
mod agreement;
mod basics;
mod body;
mod bounds;
mod brake;
mod closings;
mod conflicts;
mod cost;
mod doubts;
mod elsewhere;
mod faults;
mod fields;
mod identity;
mod late;
mod lost_database;
mod one_way;
mod people;
mod poison;
mod recovery;
mod refused;
mod schema;
mod several;
mod stage;
mod state;
