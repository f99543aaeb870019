//! Unigram models beside SentencePiece and Hugging Face's `tokenizers` (`tests/reference/week03_unigram.py`).

use serde::Deserialize;
use tokenizers::models::unigram::Unigram as TheirModel;
use week00_workbench::fixtures;
use week03_tokenizer::train::WordCounts;
use week03_tokenizer::unigram::{Settings, Unigram, train};

#[derive(Deserialize)]
struct Golden {
    vocabulary: usize,
    /// Words with their counts, without `▁`.
    words: Vec<(String, u64)>,
    /// SentencePiece's tokens with their scores.
    tokens: Vec<(String, f64)>,
    /// Words and what SentencePiece makes of them, with spaces between the parts.
    cut: Vec<(String, String)>,
}

#[test]
fn words_are_cut_as_sentencepiece_cuts_them() {
    let golden: Golden = fixtures::json("week03/unigram.json").unwrap();
    let model = Unigram::new(golden.tokens);
    for (word, parts) in &golden.cut {
        assert_eq!(model.cut(&format!("▁{word}")).join(" "), *parts, "{word}");
    }
    assert!(golden.cut.len() > 500);
}

#[test]
fn words_are_cut_as_tokenizers_cuts_them() {
    let golden: Golden = fixtures::json("week03/unigram.json").unwrap();
    let model = Unigram::new(golden.tokens.clone());
    let vocabulary = [("<unk>".to_owned(), 0.0)].into_iter().chain(golden.tokens).collect();
    let theirs = TheirModel::from(vocabulary, Some(0), false).unwrap();
    for (word, _) in &golden.cut {
        let word = format!("▁{word}");
        assert_eq!(model.cut(&word), theirs.encode(&word).unwrap(), "{word}");
    }
}

/// What a model makes of the words: nats for each character over all segmentations, tokens for each word of the best.
fn quality(model: &Unigram, words: &[(String, u64)]) -> (f64, f64) {
    let (mut log, mut characters, mut parts, mut total) = (0.0, 0.0, 0.0, 0.0);
    for (word, count) in words {
        let (word, count) = (format!("▁{word}"), *count as f64);
        log += count * model.log_probability(&word);
        characters += count * word.chars().count() as f64;
        parts += count * model.segment(&word).len() as f64;
        total += count;
    }
    (log / characters, parts / total)
}

/// Two trainers that begin with other candidates do not end with the same tokens. What they end with is as good.
#[test]
fn training_is_as_good_as_sentencepieces() {
    let golden: Golden = fixtures::json("week03/unigram.json").unwrap();
    let mut counts = WordCounts::default();
    for (word, count) in &golden.words {
        counts.add(&format!("▁{word}"), *count);
    }
    let ours = train(&counts, &Settings::new(golden.vocabulary)).unwrap();
    assert_eq!((ours.tokens().len(), golden.tokens.len()), (golden.vocabulary, golden.vocabulary));
    let (our_log, our_parts) = quality(&ours, &golden.words);
    let (their_log, their_parts) = quality(&Unigram::new(golden.tokens), &golden.words);
    println!("nats a character: {our_log:.4} {their_log:.4}; tokens a word: {our_parts:.4} {their_parts:.4}");
    assert!(our_log > their_log * 1.02, "{our_log} {their_log}");
    assert!(our_parts < their_parts * 1.02, "{our_parts} {their_parts}");
}
