//! The tokenizers of Week 3 in a page.
//!
//! WebAssembly knows numbers alone. The page's script (`book/theme/playground.js`) asks for room with [`reserve`], writes
//! bytes there, and calls [`load`] once a vocabulary and [`encode`] once a text; [`output`] is where the answer stands.

#![allow(unsafe_code, reason = "`no_mangle` counts as unsafe: these names are this library's whole surface")]

use std::sync::{Mutex, MutexGuard, PoisonError};

use week03_tokenizer::packed;
use week03_tokenizer::tokenizer::Tokenizer;

/// What is kept between two calls.
struct State {
    input: Vec<u8>,
    output: Vec<u32>,
    tokenizers: Vec<Tokenizer>,
}

static STATE: Mutex<State> = Mutex::new(State { input: vec![], output: vec![], tokenizers: vec![] });

fn state() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes room for `length` bytes of input, and says where.
#[unsafe(no_mangle)]
pub extern "C" fn reserve(length: usize) -> *const u8 {
    let mut state = state();
    state.input.clear();
    state.input.resize(length, 0);
    state.input.as_ptr()
}

/// Takes the input for a vocabulary: its number, or -1 where it is none.
#[unsafe(no_mangle)]
pub extern "C" fn load() -> i32 {
    let mut state = state();
    let Ok(tokenizer) = packed::read(&state.input) else { return -1 };
    state.tokenizers.push(tokenizer);
    state.tokenizers.len() as i32 - 1
}

/// Takes the input for a text and encodes it with a vocabulary: how many tokens there are, or -1 where the vocabulary is
/// not there or the text no UTF-8. Of each token, [`output`] holds the id and the byte after its last.
#[unsafe(no_mangle)]
pub extern "C" fn encode(vocabulary: usize) -> i32 {
    let mut state = state();
    let State { input, output, tokenizers } = &mut *state;
    let (Some(tokenizer), Ok(text)) = (tokenizers.get(vocabulary), std::str::from_utf8(input)) else { return -1 };
    let pieces = tokenizer.pieces(text);
    output.clear();
    output.extend(pieces.iter().flat_map(|piece| [piece.id, piece.end as u32]));
    pieces.len() as i32
}

/// Where the last answer stands.
#[unsafe(no_mangle)]
pub extern "C" fn output() -> *const u32 {
    state().output.as_ptr()
}

#[cfg(test)]
mod tests {
    use super::*;
    use week03_tokenizer::split::Pattern;
    use week03_tokenizer::train::{Settings, WordCounts, train};

    fn put(bytes: &[u8]) {
        reserve(bytes.len());
        state().input.copy_from_slice(bytes);
    }

    #[test]
    fn a_text_is_encoded_as_the_lesson_does() {
        let mut words = WordCounts::default();
        words.count("가나 가나 가나다", Pattern::Llama3);
        let bpe = train(&words, &Settings::byte_level(262)).unwrap();
        let tokenizer = Tokenizer::new(Pattern::Llama3, bpe);
        put(b"nonsense");
        assert_eq!(load(), -1);
        put(&packed::write(&tokenizer, false).unwrap());
        assert_eq!(load(), 0);
        let text = "가나다 a";
        put(text.as_bytes());
        let expected: Vec<u32> = tokenizer.pieces(text).iter().flat_map(|p| [p.id, p.end as u32]).collect();
        assert_eq!(encode(0) as usize * 2, expected.len());
        assert_eq!(state().output, expected);
        assert_eq!(encode(1), -1);
        put(&[0xff]);
        assert_eq!(encode(0), -1);
    }
}
