//! UTF-8: a character as one to four bytes (Yergeau, RFC 3629, §3).
//!
//! | bits of the number | bytes |
//! |---|---|
//! | up to 7 | `0xxxxxxx` |
//! | up to 11 | `110xxxxx 10xxxxxx` |
//! | up to 16 | `1110xxxx 10xxxxxx 10xxxxxx` |
//! | up to 21 | `11110xxx 10xxxxxx 10xxxxxx 10xxxxxx` |

// ANCHOR: utf8_bytes
/// The bytes of a character.
///
/// ```
/// use sol03_tokenizer::utf8::utf8_bytes;
/// assert_eq!(utf8_bytes('a'), [0x61]);
/// assert_eq!(utf8_bytes('한'), [0xed, 0x95, 0x9c]);
/// ```
pub fn utf8_bytes(character: char) -> Vec<u8> {
    // SOLUTION: the one to four bytes that stand for the character in UTF-8
    let code = character as u32;
    // The six bits that begin `places` groups of six from the right, marked as a byte that goes on.
    let going_on = |places: u32| 0x80 | (code >> (6 * places) & 0x3f) as u8;
    match code {
        0..=0x7f => vec![code as u8],
        0x80..=0x7ff => vec![0xc0 | (code >> 6) as u8, going_on(0)],
        0x800..=0xffff => vec![0xe0 | (code >> 12) as u8, going_on(1), going_on(0)],
        _ => vec![0xf0 | (code >> 18) as u8, going_on(2), going_on(1), going_on(0)],
    }
    // END
}
// ANCHOR_END: utf8_bytes
