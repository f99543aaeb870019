//! New tokens for a vocabulary that a trained model already has: its own merges first, then new ones, learnt from text of
//! another language.
//!
//! The old ids stay what they are, so the model's embedding keeps its rows and gets new ones behind them: for each new
//! token the mean of its old pieces, by the piece `new_rows` (Gee et al., 2022, "Fast Vocabulary Transfer for Language Model
//! Compression", §3.1).

use std::borrow::Cow;

use crate::batch;
use crate::tokenizer::Tokenizer;
use crate::train::{self, TrainError};

/// A tokenizer with more tokens than the one that it was made from.
#[derive(Debug, Clone)]
pub struct Extended {
    /// The tokenizer. The ids of the old one mean what they meant.
    pub tokenizer: Tokenizer,
    /// For each new token, in the order of their ids: the old tokens that it was cut into.
    pub pieces: Vec<Vec<u32>>,
}

// ANCHOR: extend
/// Learns this many new tokens from texts, or fewer where no pair of tokens occurs twice.
///
/// # Errors
/// When the texts hold no words.
pub fn extend<T: AsRef<str>>(old: &Tokenizer, texts: &[T], more: usize) -> Result<Extended, TrainError> {
    let texts: Vec<Cow<'_, str>> = texts.iter().map(|text| old.normalizer.apply(text.as_ref())).collect();
    let words = batch::count_words(&texts, old.pattern);
    // The old merges cut the words; what they leave in pieces is merged further.
    let (bpe, merges) = train::train_more(&old.bpe, &words, more)?;
    let first = old.bpe.len();
    let mut pieces: Vec<Vec<u32>> = vec![vec![]; bpe.len() - first];
    for merge in merges {
        // Two pairs may become the same token: the first has made it.
        let Some(new) = (merge.merged as usize).checked_sub(first).filter(|new| pieces[*new].is_empty()) else {
            continue;
        };
        pieces[new] = [merge.left, merge.right]
            .into_iter()
            .flat_map(|id| match (id as usize).checked_sub(first) {
                None => vec![id],
                Some(part) => pieces[part].clone(),
            })
            .collect();
    }
    Ok(Extended { tokenizer: Tokenizer { bpe, ..old.clone() }, pieces })
}
// ANCHOR_END: extend

#[cfg(test)]
mod tests {
    use super::*;
    use crate::split::Pattern;

    const OLD: [&str; 2] = ["the cat sat on the mat the cat", "that is the hat of the cat"];
    const NEW: [&str; 2] = ["학교에서 학교까지 학교를 학교에", "학교에 가는 학생은 학교가 좋다"];

    #[test]
    fn old_text_keeps_its_ids_and_new_text_gets_shorter() {
        let old = Tokenizer::train(&OLD, 290, Pattern::Llama3, &["<s>"]).unwrap();
        let new = extend(&old, &NEW, 20).unwrap();
        assert_eq!(new.tokenizer.bpe.len(), old.bpe.len() + new.pieces.len());
        for text in OLD {
            assert_eq!(new.tokenizer.encode(text), old.encode(text));
        }
        for text in NEW {
            let (before, after) = (old.encode(text), new.tokenizer.encode(text));
            assert!(after.len() * 3 < before.len() * 2, "{} {}", before.len(), after.len());
            assert_eq!(new.tokenizer.decode(&after), text);
            // Cut into its pieces again, each new token is what the old tokenizer gave.
            let first = old.bpe.len();
            let apart = |id: u32| match (id as usize).checked_sub(first) {
                None => vec![id],
                Some(new_id) => new.pieces[new_id].clone(),
            };
            assert_eq!(after.into_iter().flat_map(apart).collect::<Vec<_>>(), before);
        }
        assert!(new.pieces.iter().all(|pieces| pieces.len() >= 2));
    }

    #[test]
    fn a_vocabulary_by_rank_is_extended_as_well() {
        let ranks: Vec<Box<[u8]>> = (0..=255_u8).map(|byte| [byte].into()).chain([b"th".as_slice().into()]).collect();
        let old = Tokenizer::new(Pattern::Gpt2, crate::bpe::Bpe::from_ranks(ranks).unwrap());
        let new = extend(&old, &NEW, 12).unwrap();
        assert_eq!(new.tokenizer.encode("the"), old.encode("the"));
        let written = crate::json::write(&new.tokenizer).unwrap();
        let again = crate::json::read(&written).unwrap();
        assert_eq!(again.encode(NEW[0]), new.tokenizer.encode(NEW[0]));
        let theirs: tokenizers::Tokenizer = written.parse().unwrap();
        assert_eq!(theirs.encode(NEW[0], false).unwrap().get_ids(), new.tokenizer.encode(NEW[0]));
    }

    #[test]
    fn nothing_to_learn_from_is_refused_and_nothing_to_merge_is_none() {
        let old = Tokenizer::train(&OLD, 290, Pattern::Llama3, &[]).unwrap();
        assert!(matches!(extend::<&str>(&old, &[], 5), Err(TrainError::Empty)));
        assert!(extend(&old, &["가"], 500).unwrap().pieces.is_empty());
        assert!(extend(&old, &NEW, 0).unwrap().pieces.is_empty());
    }
}
