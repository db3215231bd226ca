//! What the dialect promises, and that what is given out is read as it was meant.

mod laws;
mod reading;
mod writing;

use super::{Block, Rendering, parse};

fn read(text: &str) -> Vec<Block> {
    parse(text, &Rendering::default(), &["parrot".to_owned()]).blocks
}
