//! The checks of Week 3.

pub mod borders;
pub mod bpe_encode;
pub mod byte_alphabet;
pub mod chat;
pub mod expectation;
pub mod extend;
pub mod fertility;
pub mod gpt2_words;
pub mod merge;
pub mod pairs;
pub mod special;
pub mod stream;
pub mod utf8;
pub mod viterbi;
pub mod wordpiece;

use crate::Listed;

/// The checks in the order of the course.
pub(crate) fn all() -> Vec<Box<dyn Listed>> {
    checks![
        utf8,
        pairs,
        merge,
        bpe_encode,
        byte_alphabet,
        stream,
        gpt2_words,
        wordpiece,
        viterbi,
        expectation,
        special,
        chat,
        borders,
        fertility,
        extend,
    ]
}
