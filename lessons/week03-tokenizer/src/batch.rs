//! Many texts at once, on all cores. What comes out does not depend on how many there are: the texts are cut into parts of
//! a fixed size, and the parts are put together in their order. In a page, as WebAssembly, there is one core.

#[cfg(not(target_family = "wasm"))]
use rayon::prelude::*;

use crate::bpe::Encoder;
use crate::split::Pattern;
use crate::tokenizer::Tokenizer;
use crate::train::WordCounts;

/// Texts a part.
const PART: usize = 4096;

/// What each part of the texts becomes, in order.
fn parts<T: AsRef<str> + Sync, R: Send>(texts: &[T], of_part: impl Fn(&[T]) -> R + Sync + Send) -> Vec<R> {
    #[cfg(not(target_family = "wasm"))]
    return texts.par_chunks(PART).map(of_part).collect();
    #[cfg(target_family = "wasm")]
    return texts.chunks(PART).map(of_part).collect();
}

/// Counts the words of texts.
pub fn count_words<T: AsRef<str> + Sync>(texts: &[T], pattern: Pattern) -> WordCounts {
    let counted = parts(texts, |part| {
        let mut counts = WordCounts::default();
        part.iter().for_each(|text| counts.count(text.as_ref(), pattern));
        counts
    });
    counted.into_iter().fold(WordCounts::default(), |mut counts, more| {
        counts.merge(more);
        counts
    })
}

/// Encodes texts: the ids of each. What looks like a special token is text.
pub fn encode<T: AsRef<str> + Sync>(tokenizer: &Tokenizer, texts: &[T]) -> Vec<Vec<u32>> {
    let encoded = parts(texts, |part| {
        let mut encoder = Encoder::new(&tokenizer.bpe);
        let one = |text: &T| {
            let mut ids = vec![];
            tokenizer.encode_into(text.as_ref(), &mut encoder, &mut ids);
            ids
        };
        part.iter().map(one).collect::<Vec<_>>()
    });
    encoded.into_iter().flatten().collect()
}
