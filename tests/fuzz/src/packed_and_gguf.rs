//! Any bytes as a packed vocabulary and as the head of a GGUF file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use week03_tokenizer::tokenizer::Tokenizer;
use week03_tokenizer::{gguf, packed};

fn used(tokenizer: &Tokenizer, text: &str) {
    for text in ["가나 abab  ab\n12 it's", text] {
        let ids = tokenizer.encode(text);
        assert!(ids.iter().all(|id| (*id as usize) < tokenizer.bpe.len()));
        tokenizer.decode(&ids);
        tokenizer.decode(&tokenizer.encode_with_special(text));
        assert_eq!(tokenizer.pieces(text).len(), ids.len());
    }
}

fn target(bytes: &[u8]) {
    let text = shared::text(bytes);
    match packed::read(bytes) {
        Ok(tokenizer) => {
            used(&tokenizer, &text);
            let written = packed::write(&tokenizer, false).unwrap_or_else(|error| panic!("not written: {error}"));
            let again = packed::read(&written).unwrap_or_else(|error| panic!("not read again: {error}"));
            assert_eq!((again.bpe.tokens(), again.pattern), (tokenizer.bpe.tokens(), tokenizer.pattern));
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    let head = match gguf::read(bytes) {
        Ok(head) => head,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    for (_, value) in head.iter() {
        value.numbers().map(Iterator::count);
    }
    match head.tokenizer() {
        Ok(tokenizer) => used(&tokenizer, &text),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

fuzz_target!(init: shared::start(64 << 20), |bytes: &[u8]| shared::watched(|| target(bytes)));
