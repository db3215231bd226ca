//! What goes wrong and what tandem then says: each exit code of the contract, and every message as it is read at night.
//! The snapshots are the texts; that none of them holds a token is asserted for every command of this test.

mod access;
mod config;
mod database;
mod reach;
mod schema;
mod usage;
