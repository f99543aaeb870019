//! UTF-8: a character as one to four bytes (RFC 3629).

// ANCHOR: utf8_bytes
/// The bytes of a character.
pub fn utf8_bytes(character: char) -> Vec<u8> {
    // SOLUTION: TO BE WRITTEN
    let _ = (character,);
    todo!()
    // END
}
// ANCHOR_END: utf8_bytes
