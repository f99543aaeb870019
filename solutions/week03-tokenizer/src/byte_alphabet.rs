//! Bytes as visible characters (Radford et al., 2019).

// ANCHOR: byte_alphabet
/// The character that stands for each byte.
pub fn byte_alphabet() -> Vec<char> {
    // SOLUTION: TO BE WRITTEN
    let _ = ();
    todo!()
    // END
}
// ANCHOR_END: byte_alphabet
