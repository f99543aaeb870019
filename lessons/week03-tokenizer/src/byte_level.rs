//! Bytes as visible characters, both ways: how byte-level tokens are written in a `tokenizer.json` or a GGUF file. The
//! characters are those of the piece `byte_alphabet`.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use crate::byte_alphabet::byte_alphabet;

static CHARACTERS: LazyLock<Vec<char>> = LazyLock::new(byte_alphabet);
static BYTES: LazyLock<FxHashMap<char, u8>> = LazyLock::new(|| CHARACTERS.iter().copied().zip(0..=u8::MAX).collect());

/// The character that stands for a byte.
pub fn character(byte: u8) -> char {
    CHARACTERS[usize::from(byte)]
}

/// The byte that a character stands for.
pub fn byte(character: char) -> Option<u8> {
    BYTES.get(&character).copied()
}

/// All bytes in the order of the characters that stand for them: the order of the ids in a trained vocabulary.
pub fn in_order() -> [u8; 256] {
    let mut bytes: [u8; 256] = std::array::from_fn(|byte| byte as u8);
    bytes.sort_unstable_by_key(|byte| character(*byte));
    bytes
}

/// A token as characters.
pub fn written(token: &[u8]) -> String {
    token.iter().map(|byte| character(*byte)).collect()
}

/// A token from its characters; `None` where one of them stands for no byte.
pub fn read(written: &str) -> Option<Vec<u8>> {
    written.chars().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_comes_back() {
        for b in 0..=u8::MAX {
            assert_eq!(byte(character(b)), Some(b));
        }
        assert_eq!((character(b' '), character(b'\n'), character(0xad)), ('Ġ', 'Ċ', 'Ń'));
        assert_eq!((byte(' '), byte('가'), byte('\u{144}')), (None, None, None));
        assert_eq!(read(&written("한 글".as_bytes())).as_deref(), Some("한 글".as_bytes()));
    }
}
