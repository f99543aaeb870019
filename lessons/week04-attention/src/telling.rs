//! A story as the model tells it: greedy decoding with a cache.
//!
//! Karpathy's llama2.c, `sample_argmax` and `generate` in `run.c`; the cache: Shazeer (2019), "Fast Transformer Decoding",
//! §2.4.
//!
//! | here | what it is | shape |
//! |---|---|---|
//! | `unread` | tokens that the model has not read yet | `T` of them |
//! | `logits` | scores of the next token after each | `(T, V)` |
//! | `last` | those after the last one | `(V,)` |

use crate::stories::{Result, START, State, Stories};

/// A story as it is told: its tokens, one by one.
#[derive(Debug)]
pub struct Telling<'a> {
    model: &'a Stories,
    state: State,
    unread: Vec<u32>, // first the beginning, then the token that was told last
    over: bool,
}

impl<'a> Telling<'a> {
    pub(crate) fn new(model: &'a Stories, beginning: &[u32]) -> Self {
        Self { model, state: model.state(), unread: beginning.to_vec(), over: false }
    }

    // ANCHOR: next_token
    fn next_token(&mut self) -> Result<u32> {
        let logits = self.model.forward(&self.unread, &mut self.state)?; // (T, V)
        let last: Vec<f32> = logits.get(self.unread.len() - 1)?.to_vec1()?; // those of the token that comes next: (V,)
        let mut best = 0;
        for (id, logit) in last.iter().enumerate() {
            if *logit > last[best] {
                best = id; // of equal ones the first, as in llama2.c
            }
        }
        self.unread = vec![best as u32];
        Ok(best as u32)
    }
    // ANCHOR_END: next_token
}

impl Iterator for Telling<'_> {
    type Item = Result<u32>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let told = self.next_token();
        self.over = !matches!(told, Ok(id) if id != START);
        told.map(|id| (id != START).then_some(id)).transpose()
    }
}
