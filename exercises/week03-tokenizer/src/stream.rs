//! Text from tokens as they come: a character may be cut between two of them.
//!
//! The Unicode Standard, §3.9, table 3-8 (U+FFFD substitution of maximal subparts), which Rust's `from_utf8_lossy`, Python's
//! decoders and browsers follow: so a text comes out the same in parts and whole.

/// Adds the bytes of a token to those that wait, and gives back the text that is now certain.
///
/// Bytes at the end that may still become a character stay in `waiting`. Bytes that can never become one are U+FFFD, as
/// `String::from_utf8_lossy` would make of them.
///
/// ```
/// use ex03_tokenizer::stream::push_token;
/// let mut waiting = vec![];
/// assert_eq!(push_token(&mut waiting, &[0xed, 0x95]), "");
/// assert_eq!(push_token(&mut waiting, &[0x9c, 0x21]), "한!");
/// assert!(waiting.is_empty());
/// ```
pub fn push_token(waiting: &mut Vec<u8>, token: &[u8]) -> String {
    todo!("the text that is certain now; what may still become a character waits")
}
