//! WordPiece beside Hugging Face's `tokenizers`.
//!
//! Their trainer gives the `##` characters their ids in the order in which a hash table hands out the words, and equal counts
//! go to the smaller ids: two runs of theirs on one text differ. So it is run several times, and what all runs agree on is
//! compared.

use std::collections::BTreeSet;

use serde::Deserialize;
use tokenizers::Model as _;
use tokenizers::models::TrainerWrapper;
use tokenizers::models::bpe::Vocab;
use tokenizers::models::wordpiece::{WordPiece as TheirModel, WordPieceTrainer};
use tokenizers::pre_tokenizers::whitespace::WhitespaceSplit;
use tokenizers::{AddedToken, Tokenizer as Theirs};
use week00_workbench::fixtures;
use week03_tokenizer::train::WordCounts;
use week03_tokenizer::wordpieces::{UNKNOWN, WordPiece};

#[derive(Deserialize)]
struct Golden {
    words: Vec<(String, u64)>,
    cut: Vec<(String, String)>,
}

fn theirs(words: &[(String, u64)], vocabulary: usize) -> tokenizers::Result<Theirs> {
    let lines: Vec<&str> =
        words.iter().flat_map(|(word, count)| std::iter::repeat_n(word.as_str(), *count as usize)).collect();
    let mut tokenizer = Theirs::new(TheirModel::builder().unk_token(UNKNOWN.into()).build()?);
    tokenizer.with_pre_tokenizer(Some(WhitespaceSplit));
    let special = vec![AddedToken::from(UNKNOWN, true)];
    let mut trainer: TrainerWrapper =
        WordPieceTrainer::builder().show_progress(false).vocab_size(vocabulary).special_tokens(special).build().into();
    tokenizer.train(&mut trainer, lines.into_iter())?;
    Ok(tokenizer)
}

#[test]
fn words_become_the_same_ids() {
    let golden: Golden = fixtures::json("week03/unigram.json").unwrap();
    let mut counts = WordCounts::default();
    golden.words.iter().for_each(|(word, count)| counts.add(word, *count));
    for size in [260, 400, 800] {
        let ours = WordPiece::train(&counts, size).unwrap();
        let vocabulary: Vocab = ours.tokens().iter().cloned().zip(0..).collect();
        let theirs = TheirModel::builder().vocab(vocabulary).unk_token(UNKNOWN.into()).build().unwrap();
        for (word, _) in &golden.cut {
            let mut ids = vec![];
            ours.encode_word(word, &mut ids);
            let expected: Vec<u32> = theirs.tokenize(word).unwrap().iter().map(|token| token.id).collect();
            assert_eq!(ids, expected, "{word}");
        }
    }
}

#[test]
fn training_makes_what_theirs_always_makes() {
    let golden: Golden = fixtures::json("week03/unigram.json").unwrap();
    let mut counts = WordCounts::default();
    golden.words.iter().for_each(|(word, count)| counts.add(word, *count));
    let size = 600;
    let model = WordPiece::train(&counts, size).unwrap();
    let ours: BTreeSet<String> = model.tokens().iter().cloned().collect();
    assert_eq!(ours.len(), size);
    let runs: Vec<Theirs> = (0..12).map(|_| theirs(&golden.words, size).unwrap()).collect();
    let vocabularies: Vec<BTreeSet<String>> =
        runs.iter().map(|run| run.get_vocab(false).into_keys().collect()).collect();
    let always: Vec<&String> =
        vocabularies[0].iter().filter(|token| vocabularies.iter().all(|run| run.contains(*token))).collect();
    let missed: Vec<_> = always.iter().filter(|token| !ours.contains(**token)).collect();
    assert!(missed.is_empty(), "{missed:?}");

    let cut = |run: &Theirs, word: &str| run.encode(word, false).unwrap().get_tokens().to_vec();
    let (mut agreed, mut other) = (0, vec![]);
    for (word, _) in &golden.cut {
        let expected = cut(&runs[0], word);
        if runs.iter().all(|run| cut(run, word) == expected) {
            agreed += 1;
            let mut ids = vec![];
            model.encode_word(word, &mut ids);
            let tokens: Vec<String> = ids.iter().map(|id| model.tokens()[*id as usize].clone()).collect();
            if tokens != expected {
                other.push((word, tokens, expected));
            }
        }
    }
    println!("{size}: {} tokens and {agreed} of {} words in all runs", always.len(), golden.cut.len());
    assert!(other.is_empty() && agreed > golden.cut.len() * 9 / 10, "{other:?}");
}
