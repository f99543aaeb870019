//! Bytes as visible characters: how byte-level tokens are written in a `tokenizer.json` or a GGUF file.
//!
//! Radford et al. (2019) published GPT-2's vocabulary so. A byte that is a visible character of Latin-1 stands for itself;
//! the other 68 (control characters, spaces, the soft hyphen) are numbered from U+0100 on. The space is `Ġ`.

/// The character that stands for a byte.
pub fn character(byte: u8) -> char {
    CHARACTERS[usize::from(byte)]
}

/// The byte that a character stands for.
pub fn byte(character: char) -> Option<u8> {
    match character as u32 {
        code @ 0..=0xff => {
            let byte = code as u8;
            is_itself(byte).then_some(byte)
        }
        code => {
            let hidden = usize::try_from(code).ok()?.checked_sub(256)?;
            HIDDEN.get(hidden).copied()
        }
    }
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

const fn is_itself(byte: u8) -> bool {
    matches!(byte, b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff)
}

/// The bytes that do not stand for themselves, in order.
const HIDDEN: [u8; 68] = {
    let mut hidden = [0; 68];
    let (mut found, mut byte) = (0, 0_u16);
    while byte < 256 {
        if !is_itself(byte as u8) {
            hidden[found] = byte as u8;
            found += 1;
        }
        byte += 1;
    }
    hidden
};

const CHARACTERS: [char; 256] = {
    let mut characters = ['\0'; 256];
    let (mut hidden, mut byte) = (0_u32, 0_usize);
    while byte < 256 {
        let code = if is_itself(byte as u8) {
            byte as u32
        } else {
            hidden += 1;
            255 + hidden
        };
        characters[byte] = match char::from_u32(code) {
            Some(character) => character,
            None => '\0',
        };
        byte += 1;
    }
    characters
};

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
