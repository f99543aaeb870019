//! **Borrowed from Weeks 3 and 5**: RMS norm, the SwiGLU feed-forward network, and a tokenizer. No exercise depends on this
//! file. They stand here again, as small as one model needs them, because Week 5 builds on this week, and because Week 3
//! would bring the crates of all its tokenizers into this week's notebooks.
//!
//! Zhang and Sennrich (2019), "Root Mean Square Layer Normalization", §4; Shazeer (2020), "GLU Variants Improve
//! Transformer", §2; Sennrich et al. (2016), "Neural Machine Translation of Rare Words with Subword Units", §3.2.
//!
//! | paper, llama2.c | here | shape |
//! |---|---|---|
//! | $g$, `rms_att_weight`, `rms_ffn_weight` | `RmsNorm::weight`, `weight` of `rms_norm` | `(C,)` |
//! | $W$, `w1` | `SwiGlu::gate` | `(E, C)` as `(out, in)` |
//! | $V$, `w3` | `SwiGlu::up` | `(E, C)` |
//! | $W_2$, `w2` | `SwiGlu::down` | `(C, E)` |
//! | `vocab_scores` | `Tokenizer::tokens`, text and score | `V` of them |
//!
//! A tokenizer's file: the length of the longest token, then for each token its score, its length in bytes, and its bytes.
//!
//! Differs from llama2.c: a text is trimmed before it is cut into tokens, and every number is checked before it is used.

use std::collections::HashMap;
use std::path::Path;

use candle_core::{D, DType, Result, Tensor};
use candle_nn::{Linear, Module};

use crate::error::{Fault, StoriesError};
use crate::model_file::{all, begins_rightly, open, words};

/// Every vector brought to the same length, then each element weighted: $x_i g_i / \sqrt{\mathrm{mean}(x^2) + 10^{-5}}$.
#[derive(Debug)]
pub(crate) struct RmsNorm {
    pub(crate) weight: Tensor, // (C,)
}

impl RmsNorm {
    /// `(.., C)` -> `(.., C)`
    pub(crate) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        rms_norm(x, &self.weight, 1e-5) // as in llama2.c
    }
}

/// A vector divided by the root of its mean square, and each element scaled by a learned number. `eps` keeps a vector of
/// zeros from dividing by zero.
///
/// # Shapes
/// `x`: `(.., C)`, `weight`: `(C,)` → `(.., C)`.
pub(crate) fn rms_norm(x: &Tensor, weight: &Tensor, eps: f64) -> Result<Tensor> {
    let long = x.to_dtype(sum_type(x.dtype()))?; // in f16 the square of 256 is infinite
    let mean_square = long.sqr()?.mean_keepdim(D::Minus1)?; // (.., 1)
    long.broadcast_div(&(mean_square + eps)?.sqrt()?)?.to_dtype(x.dtype())?.broadcast_mul(weight)
}

/// The type to add up numbers of a type in: sums of 16-bit numbers overflow or stop growing.
pub(crate) fn sum_type(dtype: DType) -> DType {
    if dtype.size_in_bytes() < 4 { DType::F32 } else { dtype }
}

/// The network that follows attention in each layer: $W_2(\mathrm{silu}(W x) \cdot V x)$, for each token by itself.
#[derive(Debug)]
pub(crate) struct SwiGlu {
    pub(crate) gate: Linear,
    pub(crate) up: Linear,
    pub(crate) down: Linear,
}

impl SwiGlu {
    /// `(.., C)` -> `(.., C)`
    pub(crate) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let gated = (self.gate.forward(x)?.silu()? * self.up.forward(x)?)?; // (.., C) -> (.., E)
        self.down.forward(&gated) // (.., E) -> (.., C)
    }
}

/// The token that starts a text. The model also ends a story with it: where one ended, the next one began.
pub const START: u32 = 1;

/// The first of the 256 tokens that stand for single bytes.
const BYTES: usize = 3;

/// Text to tokens and back.
#[derive(Debug)]
pub(crate) struct Tokenizer {
    tokens: Vec<(String, f32)>,  // text and merge score, by id
    ids: HashMap<String, usize>, // only ever asked for one text, so its order does not matter
    longest: usize,              // characters of the longest token
}

impl Tokenizer {
    /// Reads a file that must hold `vocab` tokens.
    pub(crate) fn read(path: &Path, vocab: usize) -> std::result::Result<Self, StoriesError> {
        let shown = path.display().to_string();
        let wrong = |fault| StoriesError::Tokenizer { path: shown.clone(), fault };
        let (file, length) = open(path)?;
        // A vocabulary of texts of a thousand bytes: whatever is longer is not one, and is not read.
        let most = 4 + vocab as u64 * 1008;
        if length > most {
            return Err(wrong(Fault::Long { needed: most.into(), has: length }));
        }
        let bytes = all(file, path)?;
        Self::parse(&bytes, vocab).map_err(wrong)
    }

    fn parse(bytes: &[u8], vocab: usize) -> std::result::Result<Self, Fault> {
        begins_rightly(bytes)?;
        let short = |needed: usize| Fault::Short { needed: needed as u128, has: bytes.len() as u64 };
        let mut at = 4; // the length of the longest token is not needed
        let mut tokens = vec![];
        for id in 0..vocab {
            let ([score, length], text) = words::<2>(bytes, at).ok_or_else(|| short(at + 8))?;
            let end = text.checked_add(u32::from_le_bytes(length) as usize).ok_or(Fault::Token { id })?;
            let text = bytes.get(text..end).ok_or_else(|| short(end))?;
            let (text, score) = (str::from_utf8(text), f32::from_le_bytes(score));
            tokens.push((text.ok().filter(|_| score.is_finite()).ok_or(Fault::Token { id })?.to_owned(), score));
            at = end;
        }
        if at != bytes.len() {
            return Err(Fault::Long { needed: at as u128, has: bytes.len() as u64 });
        }
        let is_byte =
            |byte: usize| tokens.get(BYTES + byte).is_some_and(|(text, _)| *text == format!("<0x{byte:02X}>"));
        if !(0..256).all(is_byte) {
            return Err(Fault::NoBytes);
        }
        let mut ids = HashMap::new();
        tokens.iter().enumerate().for_each(|(id, (text, _))| _ = ids.entry(text.clone()).or_insert(id));
        let longest = tokens.iter().map(|(text, _)| text.chars().count()).max().unwrap_or(1).max(1);
        Ok(Self { tokens, ids, longest })
    }

    /// [`START`], then, from single characters (or bytes), the pair with the highest score merged until none is left.
    pub(crate) fn encode(&self, text: &str, context: usize) -> std::result::Result<Vec<u32>, StoriesError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(StoriesError::EmptySentence);
        }
        // So many tokens at least. Merging takes time by the square of the length: first see whether it can fit at all.
        let least = 1 + text.chars().count() / self.longest;
        if least > context {
            return Err(StoriesError::TooLong { tokens: least, context });
        }
        let mut ids = vec![];
        for c in format!(" {text}").chars() {
            match self.ids.get(&*c.encode_utf8(&mut [0; 4])) {
                Some(id) => ids.push(*id),
                // Characters that the vocabulary lacks, such as 가, are written in their bytes.
                None => ids.extend(c.to_string().bytes().map(|byte| usize::from(byte) + BYTES)),
            }
        }
        let mut pair = String::new();
        loop {
            let mut best: Option<(f32, usize, usize)> = None;
            for at in 0..ids.len().saturating_sub(1) {
                pair.clear();
                pair.push_str(&self.tokens[ids[at]].0);
                pair.push_str(&self.tokens[ids[at + 1]].0);
                if let Some(id) = self.ids.get(&pair)
                    && best.is_none_or(|(score, ..)| self.tokens[*id].1 > score)
                {
                    best = Some((self.tokens[*id].1, at, *id));
                }
            }
            let Some((_, at, id)) = best else { break };
            ids.splice(at..at + 2, [id]);
        }
        if ids.len() + 1 > context {
            return Err(StoriesError::TooLong { tokens: ids.len() + 1, context });
        }
        Ok([START].into_iter().chain(ids.into_iter().map(|id| id as u32)).collect())
    }

    /// The text of a token as the vocabulary has it.
    pub(crate) fn text(&self, id: u32) -> &str {
        self.tokens.get(id as usize).map_or("?", |(text, _)| text)
    }
}

/// Text from tokens as they come. A character in several byte tokens comes out when its last one is there, and at the [`end`](Self::end) what is left.
#[derive(Debug)]
pub struct Decoder<'a> {
    tokenizer: &'a Tokenizer,
    held: Vec<u8>, // the first bytes of a character
    begun: bool,   // a text does not begin with the space of its first word
}

impl<'a> Decoder<'a> {
    pub(crate) fn new(tokenizer: &'a Tokenizer) -> Self {
        Self { tokenizer, held: vec![], begun: false }
    }

    /// What can be written once this token has come.
    pub fn push(&mut self, id: u32) -> String {
        match id as usize {
            ..BYTES => return String::new(), // <unk>, <s> and </s> are no text
            byte if byte < BYTES + 256 => self.held.push((byte - BYTES) as u8),
            _ => {
                let text = self.tokenizer.text(id);
                let text = if self.begun { text } else { text.strip_prefix(' ').unwrap_or(text) };
                self.held.extend(text.bytes());
            }
        }
        self.begun = true;
        let last = self.held.utf8_chunks().last().map_or(&[][..], |chunk| chunk.invalid());
        // Of a character whose end is still to come, not of bytes that are none.
        let is_begun = str::from_utf8(last).is_err_and(|error| error.error_len().is_none());
        let rest = self.held.split_off(self.held.len() - if is_begun { last.len() } else { 0 });
        String::from_utf8_lossy(&std::mem::replace(&mut self.held, rest)).into_owned()
    }

    /// What is left when no token comes any more: of a character whose last bytes never came, the replacement character.
    pub fn end(&mut self) -> String {
        String::from_utf8_lossy(&std::mem::take(&mut self.held)).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    /// As `from_utf8_lossy` makes of all bytes together, and as soon as it is certain.
    #[test]
    fn a_good_character_after_a_broken_one_is_kept() {
        let tokenizer = Tokenizer { tokens: vec![], ids: HashMap::new(), longest: 0 };
        let told = |bytes: &[u8]| {
            let mut decoder = Decoder::new(&tokenizer);
            let mut parts: Vec<String> =
                bytes.iter().map(|byte| decoder.push(u32::from(*byte) + BYTES as u32)).collect();
            parts.push(decoder.end());
            parts
        };
        assert_eq!(told(&[0xed, 0xed, 0x95, 0x9c]), ["", "\u{fffd}", "", "한", ""]);
        assert_eq!(told(&[0xed, 0x95, b'!']), ["", "", "\u{fffd}!", ""]);
        assert_eq!(told(&[0xff, 0xed, 0x95]), ["\u{fffd}", "", "", "\u{fffd}"]);
        for bytes in [&[0xed, 0xed, 0x95, 0x9c][..], &[0xf0, 0x9f, 0xed, 0x95, 0x9c, 0x80], &[0xe0, 0x80, 0xc2]] {
            assert_eq!(told(bytes).concat(), String::from_utf8_lossy(bytes), "{bytes:?}");
        }
    }

    /// In 16 bits as in `f32`, whatever the length of the vector.
    #[test]
    fn a_norm_in_16_bits_is_that_in_f32() -> Result<()> {
        let weight = Tensor::new(&[1_f32, 0.5, 2.0, 1.0], &Device::Cpu)?;
        for scale in [1e-3, 1.0, 300.0, 60_000.0] {
            let x = (Tensor::new(&[[1_f32, -0.5, 0.25, 0.125]], &Device::Cpu)? * scale)?;
            let expected = rms_norm(&x, &weight, 1e-12)?.to_vec2::<f32>()?;
            for (dtype, rounding) in [(DType::F16, 1e-3), (DType::BF16, 8e-3)] {
                let got = rms_norm(&x.to_dtype(dtype)?, &weight.to_dtype(dtype)?, 1e-12)?;
                assert_eq!(got.dtype(), dtype);
                for (got, expected) in got.to_dtype(DType::F32)?.to_vec2::<f32>()?[0].iter().zip(&expected[0]) {
                    assert!((got - expected).abs() < rounding * 2.0 * expected.abs(), "{dtype:?} {scale}: {got}");
                }
            }
        }
        Ok(())
    }
}
