//! Text from tokens as they come: a character may be cut between two of them.
//!
//! The Unicode Standard, §3.9, table 3-8 (U+FFFD substitution of maximal subparts), which Rust's `from_utf8_lossy`, Python's
//! decoders and browsers follow: so a text comes out the same in parts and whole.

// ANCHOR: push_token
/// Adds the bytes of a token to those that wait, and gives back the text that is now certain.
///
/// Bytes at the end that may still become a character stay in `waiting`. Bytes that can never become one are U+FFFD, as
/// `String::from_utf8_lossy` would make of them.
///
/// ```
/// use sol03_tokenizer::stream::push_token;
/// let mut waiting = vec![];
/// assert_eq!(push_token(&mut waiting, &[0xed, 0x95]), "");
/// assert_eq!(push_token(&mut waiting, &[0x9c, 0x21]), "한!");
/// assert!(waiting.is_empty());
/// ```
pub fn push_token(waiting: &mut Vec<u8>, token: &[u8]) -> String {
    // SOLUTION: the text that is certain now; what may still become a character waits
    waiting.extend_from_slice(token);
    let mut text = String::new();
    loop {
        match std::str::from_utf8(waiting) {
            Ok(rest) => {
                text.push_str(rest);
                waiting.clear();
                return text;
            }
            Err(error) => {
                text.push_str(&String::from_utf8_lossy(&waiting[..error.valid_up_to()]));
                // No length: the bytes end before the character does.
                let Some(wrong) = error.error_len() else {
                    waiting.drain(..error.valid_up_to());
                    return text;
                };
                text.push('\u{fffd}');
                waiting.drain(..error.valid_up_to() + wrong);
            }
        }
    }
    // END
}
// ANCHOR_END: push_token
