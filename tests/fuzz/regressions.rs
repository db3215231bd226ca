//! What fuzzing found, kept by name.

use crate::laws;

#[test]
fn a_block_of_notions_between_a_text_and_its_image_is_not_carried_again_and_again() {
    let bookmark = "<\n<bookmark u=\"\"></bookmark>";
    assert_eq!(laws::met("![][r]<\n\n[r]:/", bookmark), Ok(()));
}
