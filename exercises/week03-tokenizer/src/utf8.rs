//! UTF-8: a character as one to four bytes (Yergeau, RFC 3629, §3).
//!
//! | bits of the number | bytes |
//! |---|---|
//! | up to 7 | `0xxxxxxx` |
//! | up to 11 | `110xxxxx 10xxxxxx` |
//! | up to 16 | `1110xxxx 10xxxxxx 10xxxxxx` |
//! | up to 21 | `11110xxx 10xxxxxx 10xxxxxx 10xxxxxx` |

/// The bytes of a character.
///
/// ```
/// use ex03_tokenizer::utf8::utf8_bytes;
/// assert_eq!(utf8_bytes('a'), [0x61]);
/// assert_eq!(utf8_bytes('한'), [0xed, 0x95, 0x9c]);
/// ```
pub fn utf8_bytes(character: char) -> Vec<u8> {
    todo!("the one to four bytes that stand for the character in UTF-8")
}
