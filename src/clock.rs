//! The only module that reads time.
