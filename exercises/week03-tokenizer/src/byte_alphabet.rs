//! Bytes as visible characters: how byte-level tokens are written in vocabulary files.
//!
//! Radford et al. (2019), "Language Models are Unsupervised Multitask Learners", §2.2, and the code published with it
//! (`bytes_to_unicode`). A file of tokens holds text, and bytes such as 0x00, a space or a half of a syllable are none.

/// For each byte, the character that stands for it.
///
/// A byte that is a visible character of Latin-1 (`!` to `~`, `¡` to `¬`, `®` to `ÿ`) is that character. The other 68 bytes, in
/// order, are the characters from U+0100 on: the byte 0 is `Ā`, and the space `Ġ`.
///
/// ```
/// use ex03_tokenizer::byte_alphabet::byte_alphabet;
/// let characters = byte_alphabet();
/// assert_eq!((characters[0x61], characters[0x20]), ('a', 'Ġ'));
/// ```
pub fn byte_alphabet() -> Vec<char> {
    todo!("256 characters, one for each byte")
}
