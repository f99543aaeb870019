//! Any text as a `tokenizer.json`. What is read is written, and read again.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use week03_tokenizer::{byte_level, json};

/// The bytes with their ids. A vocabulary without them is refused, and with them it is too long to be changed well: so in the
/// inputs `"@":0` stands for all of them.
static BYTES: LazyLock<String> = LazyLock::new(|| {
    let entry = |byte: u8| {
        let character = byte_level::character(byte).to_string().replace('\\', "\\\\").replace('"', "\\\"");
        format!("\"{character}\":{byte}")
    };
    (0..=u8::MAX).map(entry).collect::<Vec<_>>().join(",")
});

fn target(bytes: &[u8]) {
    let text = shared::text(bytes);
    let document = text.replacen("\"@\":0", &BYTES, 1);
    let tokenizer = match json::read(&document) {
        Ok(tokenizer) => tokenizer,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    let written = json::write(&tokenizer).unwrap_or_else(|error| panic!("not written: {error}"));
    let again = json::read(&written).unwrap_or_else(|error| panic!("not read again: {error}"));
    assert_eq!(again.bpe.tokens(), tokenizer.bpe.tokens());
    assert_eq!((again.pattern, again.normalizer), (tokenizer.pattern, tokenizer.normalizer));
    for text in ["가나 abab  ab\n12 it's", &text] {
        let ids = tokenizer.encode(text);
        assert!(ids.iter().all(|id| (*id as usize) < tokenizer.bpe.len()));
        assert_eq!(again.encode(text), ids);
        assert_eq!(again.encode_with_special(text), tokenizer.encode_with_special(text));
        assert_eq!(again.decode(&ids), tokenizer.decode(&ids));
    }
}

fuzz_target!(init: shared::start(256 << 20), |bytes: &[u8]| shared::watched(|| target(bytes)));
