//! Training a byte-pair encoding by its definition: every pair is counted again after every merge.
//!
//! Sennrich, Haddow & Birch (2016), "Neural Machine Translation of Rare Words with Subword Units", §3.2, algorithm 1. What
//! [`train`](mod@crate::train) learns is tested against it.

use crate::bpe::Merge;
use crate::byte_level;
use crate::merge::merge_pair;
use crate::pairs::most_frequent_pair;
use crate::train::WordCounts;

/// Words as bytes, each byte with the id that it has in a trained vocabulary, and how often each word occurs.
pub fn as_symbols(words: &WordCounts) -> Vec<(Vec<u32>, u64)> {
    let mut ids = [0; 256];
    for (id, byte) in (0..).zip(byte_level::in_order()) {
        ids[usize::from(byte)] = id;
    }
    let symbols = |word: &str| word.bytes().map(|byte| ids[usize::from(byte)]).collect();
    words.sorted().into_iter().map(|(word, count)| (symbols(word), count)).collect()
}

// ANCHOR: train
/// The merges of a byte-level vocabulary of this many tokens. A pair that occurs once is not merged.
pub fn train(words: &WordCounts, vocabulary: usize) -> Vec<Merge> {
    let mut words = as_symbols(words);
    let mut tokens: Vec<Vec<u8>> = byte_level::in_order().map(|byte| vec![byte]).to_vec();
    let mut merges = vec![];
    while tokens.len() < vocabulary {
        let Some((pair, 2..)) = most_frequent_pair(&words) else { break };
        let bytes = [&*tokens[pair.0 as usize], &*tokens[pair.1 as usize]].concat();
        let merged = tokens.len() as u32;
        tokens.push(bytes);
        for (symbols, _) in &mut words {
            *symbols = merge_pair(symbols, pair, merged);
        }
        merges.push(Merge { left: pair.0, right: pair.1, merged });
    }
    merges
}
// ANCHOR_END: train
