//! The laws of the body (DESIGN §3, "Body") over real bodies and a Notion as strict as the real one, through the public
//! interface only.
//!
//! By default a part of the real bodies is tried, in less than a minute; `TANDEM_BODIES=all cargo test --release --test
//! bodies` tries every one of them. `TANDEM_BODY=secp256k1#12` tries those whose name has these letters.
#![cfg(feature = "sim")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    unreachable_pub,
    reason = "a test stops where it stands, and its modules are nobody else's"
)]

mod author;
mod both;
mod corpus;
mod eyes;
mod in_notion;
mod judge;
mod on_github;
mod person;
mod safety;
mod samples;
mod tally;
mod unedited;
mod workspace;
