//! Many texts at once, on all cores. What comes out does not depend on how many there are: the texts are cut into parts of
//! a fixed size, and the parts are put together in their order.

use rayon::prelude::*;

use crate::bpe::{Bpe, Encoder};
use crate::split::Pattern;
use crate::train::WordCounts;

/// Texts a part.
const PART: usize = 4096;

/// Counts the words of texts.
pub fn count_words<T: AsRef<str> + Sync>(texts: &[T], pattern: Pattern) -> WordCounts {
    let parts = texts.par_chunks(PART).map(|part| {
        let mut counts = WordCounts::default();
        for text in part {
            counts.count(text.as_ref(), pattern);
        }
        counts
    });
    parts.reduce(WordCounts::default, |mut counts, more| {
        counts.merge(more);
        counts
    })
}

/// Encodes texts: the ids of each.
pub fn encode<T: AsRef<str> + Sync>(bpe: &Bpe, pattern: Pattern, texts: &[T]) -> Vec<Vec<u32>> {
    let part = |part: &[T]| {
        let mut encoder = Encoder::new(bpe);
        let one = |text: &T| {
            let mut ids = vec![];
            for word in pattern.words(text.as_ref()) {
                encoder.encode_word(word, &mut ids);
            }
            ids
        };
        part.iter().map(one).collect::<Vec<_>>()
    };
    texts.par_chunks(PART).flat_map_iter(part).collect()
}
