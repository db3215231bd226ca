//! Images: Notion has them only as blocks, never in a text.

use super::fold::Node;
use super::inline::{Image, Inline};
use super::marks::{mark, mark_in_line};
use crate::body::place::Place;
use crate::body::source::{Hold, Mark, Spelling, Word};
use crate::body::tree::{Atom, Block, Kind, Token};
use crate::body::words::Words;

/// The blocks of a text that is nothing but images, one on each line.
pub(super) fn alone(source: &str, place: &Place, inline: &Inline) -> Option<Vec<Node>> {
    let is_alone = |image: &Image| !image.is_linked && image.url.starts_with("http");
    if inline.images.is_empty() || !inline.images.iter().all(is_alone) || inline.task.is_some() {
        return None;
    }
    let tokens = &inline.words.tokens;
    let mut at = 0;
    for (i, image) in inline.images.iter().enumerate() {
        let between = tokens.get(at..image.alt.start)?;
        let is_apart = i == 0 || between.iter().any(|token| token.atom == Atom::Break);
        if !is_apart || !between.iter().all(is_nothing) {
            return None;
        }
        at = image.alt.end;
    }
    if !tokens.get(at..)?.iter().all(is_nothing) {
        return None;
    }
    Some(inline.images.iter().map(|image| block(source, place, inline, image)).collect())
}

fn is_nothing(token: &Token) -> bool {
    token.atom == Atom::Break || token.is_blank()
}

/// An image as a block with its own source.
fn block(source: &str, place: &Place, inline: &Inline, image: &Image) -> Node {
    let words = caption(place, inline, image);
    let block = Block::new(Kind::Image { url: image.url.clone() }, words.tokens);
    Node::new(block, mark(source, image.at.clone(), words.at, Spelling::Line))
}

/// Blocks that stand for the images of a text, which itself keeps their descriptions.
pub(super) fn stand_ins(place: &Place, inline: &Inline) -> Vec<Node> {
    let stand_in = |image: &Image| {
        let words = caption(place, inline, image);
        let block = Block::new(Kind::Image { url: image.url.clone() }, words.tokens);
        let nowhere = image.at.end..image.at.end;
        let words = words.at.into_iter().map(|word| Word { at: nowhere.clone(), ..word });
        let mark = mark_in_line(nowhere.clone(), words.collect(), Spelling::Line);
        Node::new(block, Mark { hold: Hold::StandIn, ..mark })
    };
    inline.images.iter().map(stand_in).collect()
}

/// The description without the link that leads to the image.
fn caption(place: &Place, inline: &Inline, image: &Image) -> Words {
    let mut words = Words::default();
    if !image.is_named {
        return words;
    }
    let tokens = inline.words.tokens.get(image.alt.clone()).unwrap_or_default();
    let at = inline.words.at.get(image.alt.clone()).unwrap_or_default();
    for (token, word) in tokens.iter().zip(at) {
        let is_own = |link: &str| image.is_linked || link == image.url;
        let link = token.style.link.clone().filter(|link| !is_own(link));
        let style = crate::body::tree::Style { link, ..token.style.clone() };
        words.push(Token { atom: token.atom.clone(), style }, word.at.clone(), word.raw);
    }
    words.settle(place)
}
