//! The course's own tokenizer: what the models of later weeks read and write.
//!
//! Byte-level, so that every text has tokens; cut as Llama 3 cuts, which llama.cpp knows as `llama-bpe`; trained on the
//! course's corpus. It is made anew whenever it is asked for: the same corpus, seed and settings give the same merges on every
//! machine.

use week00_workbench::datasets::corpus;
use week00_workbench::datasets::split::Split;

use crate::split::Pattern;
use crate::tokenizer::Tokenizer;
use crate::train::TrainError;

/// The seed of the corpus that it is trained on.
pub const SEED: u64 = 1;
/// How much of the corpus it is trained on, in bytes.
pub const BYTES: u64 = 8_000_000;
/// How it cuts a text into words.
pub const PATTERN: Pattern = Pattern::Llama3;
/// How many tokens it has. Twice as many would save few tokens more, and most of them would hardly be seen in training (page 9 of
/// the week measures both).
pub const VOCABULARY: usize = 8000;
/// Its special tokens, which have the ids from 0 on: the end of a text, the begin and the end of a message, and filling.
pub const SPECIAL: [&str; 4] = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|pad|>"];

/// Texts of the corpus: documents of this split until they fill so many bytes.
pub fn texts(split: Split, bytes: u64) -> Vec<String> {
    corpus::documents(SEED, split).up_to(bytes).map(|document| document.text).collect()
}

/// Trains the tokenizer of the course: the work of a few seconds.
///
/// # Errors
/// When the corpus is empty, which its own tests exclude.
pub fn tokenizer() -> Result<Tokenizer, TrainError> {
    Tokenizer::train(&texts(Split::Train, BYTES), VOCABULARY, PATTERN, &SPECIAL)
}

#[cfg(test)]
mod tests {
    use week00_workbench::datasets::rng;

    use super::*;
    use crate::json;

    #[test]
    fn it_is_the_same_everywhere() {
        let tokenizer = tokenizer().unwrap();
        assert_eq!((tokenizer.bpe.len(), tokenizer.special.len()), (VOCABULARY, SPECIAL.len()));
        assert_eq!(tokenizer.encode_with_special("<|im_start|><|im_end|><|endoftext|>"), [1, 2, 0]);
        let text = "나는 오늘 학교에 갔다. GPU 12,345 ㅋㅋㅋ 😀\n";
        assert_eq!(tokenizer.decode(&tokenizer.encode(text)), text);
        let written = json::write(&tokenizer).unwrap();
        assert_eq!(format!("{:016x}", rng::hash(rng::HASH_START, written.as_bytes())), "d8e84f0cc73e964a");
    }

    /// llama.cpp, told `llama-bpe`, takes a word that is a token at once. Here the merges come to the same.
    #[test]
    fn a_word_that_is_a_token_is_one() {
        let tokenizer = tokenizer().unwrap();
        let words: Vec<&str> =
            tokenizer.bpe.tokens()[SPECIAL.len()..].iter().filter_map(|t| std::str::from_utf8(t).ok()).collect();
        let whole = tokenizer.bpe.clone().with_whole_words();
        assert!(words.len() > 7000, "{}", words.len());
        for word in words {
            let (mut ids, mut whole_ids) = (vec![], vec![]);
            tokenizer.bpe.encode_word(word, &mut ids);
            whole.encode_word(word, &mut whole_ids);
            assert_eq!(ids, whole_ids, "{word:?}");
        }
    }
}
