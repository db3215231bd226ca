//! PURE vocabulary: sides, ids, times, fields, canonical values, items. No I/O, no clock, no panic.

mod side;

pub use side::{Side, Sides};
