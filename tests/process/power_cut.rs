//! The power goes while SQLite writes. What a disk then holds is all that was synced, and of what came later any part: the
//! log cut anywhere, some of its sectors and not others, garbage behind it, a checkpoint half done. Every such disk must be
//! a sound database that holds exactly one of our commits, and none older than the last that returned.

mod engine;
mod image;
mod store;
