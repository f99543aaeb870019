//! Bytes as visible characters: how byte-level tokens are written in vocabulary files.
//!
//! Radford et al. (2019), "Language Models are Unsupervised Multitask Learners", §2.2, and the code published with it
//! (`bytes_to_unicode`). A file of tokens holds text, and bytes such as 0x00, a space or a half of a syllable are none.

// ANCHOR: byte_alphabet
/// For each byte, the character that stands for it.
///
/// A byte that is a visible character of Latin-1 (`!` to `~`, `¡` to `¬`, `®` to `ÿ`) is that character. The other 68 bytes, in
/// order, are the characters from U+0100 on: the byte 0 is `Ā`, and the space `Ġ`.
///
/// ```
/// use sol03_tokenizer::byte_alphabet::byte_alphabet;
/// let characters = byte_alphabet();
/// assert_eq!((characters[0x61], characters[0x20]), ('a', 'Ġ'));
/// ```
pub fn byte_alphabet() -> Vec<char> {
    // SOLUTION: 256 characters, one for each byte
    let mut hidden = '\u{100}'..;
    (0..=u8::MAX)
        .map(|byte| match byte {
            b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff => char::from(byte),
            // There are 68 such bytes and many more characters: the range does not end.
            _ => hidden.next().unwrap_or_default(),
        })
        .collect()
    // END
}
// ANCHOR_END: byte_alphabet
