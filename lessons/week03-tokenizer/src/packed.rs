//! A vocabulary in a compact file, for the page's playground: a browser reads it, and so nothing of it is text.
//!
//! ```text
//! "WSVOCAB1"            8 bytes
//! pattern, kind         1 byte each: the place in Pattern::ALL; 0 merges by rank of the token, 1 merges by a list
//! tokens                u32, little-endian as all numbers here
//! lengths               u16 a token
//! bytes                 of all tokens, one after the other
//! merges                u32, and left, right, merged as u32 each; of kind 1 alone
//! ```

use crate::bpe::{Alphabet, Bpe, BpeError, Merge, NO_TOKEN};
use crate::split::Pattern;
use crate::tokenizer::Tokenizer;

const MAGIC: &[u8; 8] = b"WSVOCAB1";

/// Why a file is no vocabulary.
#[derive(Debug, thiserror::Error)]
pub enum PackedError {
    /// It begins with something else.
    #[error("this is no packed vocabulary: it does not begin with WSVOCAB1")]
    Magic,
    /// It ends too early.
    #[error("the vocabulary ends at byte {0}, in the middle of something")]
    Cut(usize),
    /// A pattern or kind that there is not.
    #[error("the vocabulary has the {what} {value}, which there is not")]
    Unknown {
        /// Of what.
        what: &'static str,
        /// What stands there.
        value: u8,
    },
    /// A token too long to be written.
    #[error("token {0} has more than 65,535 bytes")]
    Long(usize),
    /// The parts do not fit.
    #[error(transparent)]
    Model(#[from] BpeError),
}

/// A tokenizer as bytes. One whose pairs merge by the rank of what they make needs no list of merges.
///
/// # Errors
/// When a token is too long.
pub fn write(tokenizer: &Tokenizer, by_rank: bool) -> Result<Vec<u8>, PackedError> {
    let bpe = &tokenizer.bpe;
    let pattern = Pattern::ALL.iter().position(|pattern| *pattern == tokenizer.pattern).unwrap_or_default();
    let mut out = MAGIC.to_vec();
    out.extend([pattern as u8, u8::from(!by_rank)]);
    out.extend((bpe.len() as u32).to_le_bytes());
    for (id, token) in bpe.tokens().iter().enumerate() {
        out.extend(u16::try_from(token.len()).map_err(|_| PackedError::Long(id))?.to_le_bytes());
    }
    bpe.tokens().iter().for_each(|token| out.extend_from_slice(token));
    if !by_rank {
        out.extend((bpe.merges().len() as u32).to_le_bytes());
        for merge in bpe.merges() {
            [merge.left, merge.right, merge.merged].iter().for_each(|id| out.extend(id.to_le_bytes()));
        }
    }
    Ok(out)
}

/// A tokenizer from its bytes.
///
/// # Errors
/// When they are none.
pub fn read(bytes: &[u8]) -> Result<Tokenizer, PackedError> {
    let mut input = Input { bytes, at: 0 };
    if input.take(8)? != MAGIC {
        return Err(PackedError::Magic);
    }
    let pattern = input.take(1)?[0];
    let kind = input.take(1)?[0];
    let pattern =
        *Pattern::ALL.get(usize::from(pattern)).ok_or(PackedError::Unknown { what: "pattern", value: pattern })?;
    let count = input.number()? as usize;
    let lengths = input.take(count.checked_mul(2).ok_or(PackedError::Cut(bytes.len()))?)?;
    let mut tokens = Vec::with_capacity(count);
    for length in lengths.chunks_exact(2) {
        tokens.push(input.take(usize::from(u16::from_le_bytes([length[0], length[1]])))?.into());
    }
    let bpe = match kind {
        0 => Bpe::from_ranks(tokens)?,
        1 => {
            let merges = input.number()? as usize;
            let numbers = input.take(merges.checked_mul(12).ok_or(PackedError::Cut(bytes.len()))?)?;
            let number = |at: &[u8]| u32::from_le_bytes([at[0], at[1], at[2], at[3]]);
            let merges = numbers.chunks_exact(12);
            let merges = merges.map(|at| Merge { left: number(at), right: number(&at[4..]), merged: number(&at[8..]) });
            let alphabet = bytes_of(&tokens);
            Bpe::new(tokens, merges.collect(), alphabet)?
        }
        value => return Err(PackedError::Unknown { what: "kind", value }),
    };
    Ok(Tokenizer::new(pattern, bpe))
}

/// The tokens of a single byte. Of equal ones the first counts.
fn bytes_of(tokens: &[Box<[u8]>]) -> Alphabet {
    let mut ids = Box::new([NO_TOKEN; 256]);
    for (id, token) in tokens.iter().enumerate().rev() {
        if let [byte] = **token {
            ids[usize::from(byte)] = id as u32;
        }
    }
    Alphabet::Bytes(ids)
}

struct Input<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Input<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], PackedError> {
        let end = self.at.checked_add(length).filter(|end| *end <= self.bytes.len());
        let end = end.ok_or(PackedError::Cut(self.bytes.len()))?;
        let taken = &self.bytes[self.at..end];
        self.at = end;
        Ok(taken)
    }

    fn number(&mut self) -> Result<u32, PackedError> {
        let at = self.take(4)?;
        Ok(u32::from_le_bytes([at[0], at[1], at[2], at[3]]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::{Settings, WordCounts, train};

    fn small() -> Tokenizer {
        let mut words = WordCounts::default();
        words.count("가나 가나 가나다 나가 나가 abab abab", Pattern::Llama3);
        Tokenizer::new(Pattern::Llama3, train(&words, &Settings::byte_level(270)).unwrap())
    }

    #[test]
    fn what_is_written_is_read() {
        let tokenizer = small();
        for by_rank in [false, true] {
            let read = read(&write(&tokenizer, by_rank).unwrap()).unwrap();
            assert_eq!(read.bpe.tokens(), tokenizer.bpe.tokens());
            assert_eq!(read.encode("가나다 abab 😀"), tokenizer.encode("가나다 abab 😀"));
        }
    }

    #[test]
    fn what_is_cut_or_changed_is_refused_or_harmless() {
        let whole = write(&small(), false).unwrap();
        for end in 0..whole.len() {
            assert!(read(&whole[..end]).is_err(), "{end}");
        }
        for at in 0..whole.len() {
            for bit in 0..8 {
                let mut changed = whole.clone();
                changed[at] ^= 1 << bit;
                if let Ok(tokenizer) = read(&changed) {
                    tokenizer.pieces("가나다 abab");
                }
            }
        }
    }
}
