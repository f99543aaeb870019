//! The fast forms beside the pieces, which follow the definitions.

use std::collections::BTreeMap;

use week03_tokenizer::bpe::Alphabet;
use week03_tokenizer::bpe_encode::bpe_encode;
use week03_tokenizer::expectation::expected_counts;
use week03_tokenizer::gpt2_words::gpt2_words;
use week03_tokenizer::merge::merge_pair;
use week03_tokenizer::naive;
use week03_tokenizer::pairs::most_frequent_pair;
use week03_tokenizer::split::Pattern;
use week03_tokenizer::train::{Settings, WordCounts, train};
use week03_tokenizer::unigram::{self, Unigram};
use week03_tokenizer::utf8::utf8_bytes;
use week03_tokenizer::viterbi::viterbi;

/// xorshift64: enough to draw signs.
struct Draw(u64);

impl Draw {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }

    fn text(&mut self, signs: &[char], longest: usize) -> String {
        (0..self.below(longest + 1)).map(|_| signs[self.below(signs.len())]).collect()
    }
}

fn some_words(draw: &mut Draw) -> WordCounts {
    let signs: Vec<char> = "가나다라ab".chars().collect();
    let mut words = WordCounts::default();
    for _ in 0..60 {
        words.add(&draw.text(&signs, 7), 1 + draw.below(5) as u64);
    }
    words
}

#[test]
fn training_merges_what_the_definition_merges() {
    let mut draw = Draw(9);
    for _ in 0..40 {
        let counts = some_words(&mut draw);
        let model = train(&counts, &Settings { least: 2, ..Settings::byte_level(330) }).unwrap();
        let Alphabet::Bytes(bytes) = model.alphabet() else { panic!("bytes") };
        let symbols = |word: &str| word.bytes().map(|b| bytes[usize::from(b)]).collect::<Vec<u32>>();
        let mut words: Vec<(Vec<u32>, u64)> = counts.sorted().iter().map(|(w, c)| (symbols(w), *c)).collect();
        for merge in model.merges() {
            let (pair, count) = most_frequent_pair(&words).unwrap();
            assert!(count >= 2 && pair == (merge.left, merge.right), "{pair:?} {merge:?}");
            words.iter_mut().for_each(|(word, _)| *word = merge_pair(word, pair, merge.merged));
        }
        let full = model.len() == 330;
        assert!(full || most_frequent_pair(&words).is_none_or(|(_, count)| count < 2));
    }
}

#[test]
fn encoding_gives_what_the_definition_gives() {
    let mut draw = Draw(5);
    let signs: Vec<char> = "가나다라ab😀".chars().collect();
    for _ in 0..10 {
        let model = train(&some_words(&mut draw), &Settings::byte_level(330)).unwrap();
        let merges: Vec<(u32, u32, u32)> = model.merges().iter().map(|m| (m.left, m.right, m.merged)).collect();
        let Alphabet::Bytes(bytes) = model.alphabet() else { panic!("bytes") };
        // Short words and long ones take different ways.
        for longest in [5, 12, 60] {
            for _ in 0..20 {
                let word = draw.text(&signs, longest);
                let symbols: Vec<u32> = word.bytes().map(|b| bytes[usize::from(b)]).collect();
                let mut ids = vec![];
                model.encode_word(&word, &mut ids);
                assert_eq!(ids, bpe_encode(&symbols, &merges), "{word}");
            }
        }
    }
}

#[test]
fn the_scanner_cuts_as_the_definition_does() {
    let signs: Vec<char> = "a한ㅋ09 \n\t.,'!sStTreLvmd😀\u{3000}".chars().collect();
    let mut draw = Draw(3);
    for _ in 0..20_000 {
        let text = draw.text(&signs, 20);
        assert_eq!(Pattern::Gpt2.words(&text).collect::<Vec<_>>(), gpt2_words(&text), "{text:?}");
    }
}

#[test]
fn a_unigram_model_cuts_and_counts_as_the_definitions_do() {
    let mut draw = Draw(7);
    let model = unigram::train(&some_words(&mut draw), &unigram::Settings::new(40)).unwrap();
    let scores: BTreeMap<String, f64> = model.tokens().iter().cloned().collect();
    let signs: Vec<char> = "가나다라ab".chars().collect();
    for _ in 0..500 {
        let text = draw.text(&signs, 12);
        let mut start = 0;
        let parts: Vec<&str> = model
            .segment(&text)
            .into_iter()
            .map(|(_, end)| {
                let part = &text[start..end];
                start = end;
                part
            })
            .collect();
        assert_eq!(parts, viterbi(&text, &scores, model.unknown()), "{text}");
        let (counts, log) = expected_counts(&text, &scores);
        let (fast, fast_log) = expected(&model, &text);
        assert!((log - fast_log).abs() < 1e-9 * log.abs().max(1.0), "{log} {fast_log}");
        for (id, (token, _)) in model.tokens().iter().enumerate() {
            let count = counts.get(token).copied().unwrap_or(0.0);
            assert!((count - fast[id]).abs() < 1e-9, "{token} in {text}: {count} {}", fast[id]);
        }
    }
}

fn expected(model: &Unigram, text: &str) -> (Vec<f64>, f64) {
    let mut counts = vec![0.0; model.tokens().len()];
    let log = model.expect(text, 1.0, &mut counts);
    (counts, log)
}

#[test]
fn every_character_is_its_bytes() {
    for character in '\0'..=char::MAX {
        assert_eq!(utf8_bytes(character), character.to_string().as_bytes());
    }
}

#[test]
fn training_learns_what_the_plain_trainer_learns() {
    let mut draw = Draw(11);
    for _ in 0..20 {
        let mut words = some_words(&mut draw);
        words.add(&"ㅋ".repeat(1 + draw.below(30)), 3);
        let model = train(&words, &Settings::byte_level(340)).unwrap();
        assert_eq!(model.merges(), naive::train(&words, 340));
    }
}

/// With a search of the whole word for each merge, this would not end.
#[test]
fn a_word_of_a_million_bytes_is_encoded() {
    let mut draw = Draw(13);
    let model = train(&some_words(&mut draw), &Settings::byte_level(330)).unwrap();
    let signs: Vec<char> = "가나다라ab".chars().collect();
    let word: String = (0..450_000).map(|_| signs[draw.below(signs.len())]).collect();
    let mut ids = vec![];
    model.encode_word(&word, &mut ids);
    assert!(ids.len() < word.len() / 3, "{} tokens for {} bytes", ids.len(), word.len());
    assert_eq!(model.bytes_of(&ids), word.as_bytes());
}
