//! Where a model's work is done: the floating-point operations of each part of a small reference model, so that the report
//! card can say what share of them runs through the learner's pieces.
//!
//! The counting rule: a multiply-add is two operations; only matrix products are counted (norms, softmax, rotations and
//! activations are a few percent besides); attention is the whole `T` by `T` table, with or without a mask; one forward
//! pass over a full context, without a cache.

use serde::Deserialize;

/// A part of the model that an exercise can be. `parts = ["attention"]` in `exercises.toml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// The projections to queries, keys and values.
    Qkv,
    /// The scores and the weighted sums of the values.
    Attention,
    /// The projection of the heads' results.
    OutputProjection,
    /// The feed-forward networks.
    FeedForward,
    /// The scores of all tokens of the vocabulary.
    Logits,
}

impl Part {
    /// All parts, in the order in which a forward pass comes by them.
    pub const ALL: [Self; 5] = [Self::Qkv, Self::Attention, Self::OutputProjection, Self::FeedForward, Self::Logits];
}

/// The sizes of a Llama-style model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// The width $C$.
    pub dim: u64,
    /// The width $F$ of the feed-forward networks, of which each has three matrices.
    pub hidden: u64,
    /// Layers.
    pub layers: u64,
    /// Query heads $H$, of $D = C / H$ elements each.
    pub heads: u64,
    /// Key and value heads.
    pub kv_heads: u64,
    /// Tokens in the vocabulary, $V$.
    pub vocab: u64,
    /// Tokens in the context, $T$.
    pub context: u64,
}

/// stories260K, the model that the lessons load first.
pub const REFERENCE: Sizes = Sizes { dim: 64, hidden: 172, layers: 5, heads: 8, kv_heads: 4, vocab: 512, context: 512 };

impl Sizes {
    /// The floating-point operations of a part, over all layers.
    pub const fn flops(&self, part: Part) -> u64 {
        let Self { dim, hidden, layers, heads, kv_heads, vocab, context } = *self;
        let head = dim / heads;
        2 * context
            * match part {
                Part::Qkv => layers * dim * (heads + 2 * kv_heads) * head,
                Part::Attention => layers * 2 * context * heads * head,
                Part::OutputProjection => layers * heads * head * dim,
                Part::FeedForward => layers * 3 * dim * hidden,
                Part::Logits => dim * vocab,
            }
    }

    /// The floating-point operations of the whole.
    pub fn total(&self) -> u64 {
        Part::ALL.iter().map(|part| self.flops(*part)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand, with C = 4, F = 6, one layer, two heads of two elements sharing one key head, V = 10, T = 3: a product of
    /// an (n, k) and a (k, m) matrix has n * k * m multiply-adds.
    #[test]
    fn a_tiny_model_by_hand() {
        let tiny = Sizes { dim: 4, hidden: 6, layers: 1, heads: 2, kv_heads: 1, vocab: 10, context: 3 };
        let by_hand = [
            2 * (3 * 4 * 4 + 3 * 4 * 2 + 3 * 4 * 2), // queries of 4, keys of 2, values of 2
            2 * 2 * (3 * 2 * 3 + 3 * 3 * 2),         // in two heads, scores (3, 2) x (2, 3), then (3, 3) x (3, 2)
            2 * (3 * 4 * 4),
            2 * (3 * 4 * 6 + 3 * 4 * 6 + 3 * 6 * 4), // gate, up, down
            2 * (3 * 4 * 10),
        ];
        assert_eq!(Part::ALL.map(|part| tiny.flops(part)), by_hand);
        assert_eq!(tiny.total(), by_hand.iter().sum::<u64>());
    }

    /// The model's file begins with its sizes, seven numbers of four bytes.
    #[test]
    fn the_reference_model_is_the_one_in_the_file() {
        let Ok(file) = workshop_base::data::file("stories260K") else { return };
        let bytes = std::fs::read(file).unwrap_or_default();
        let sizes: Vec<u64> =
            bytes.chunks(4).take(7).map(|b| u64::from(u32::from_le_bytes([b[0], b[1], b[2], b[3]]))).collect();
        let Sizes { dim, hidden, layers, heads, kv_heads, vocab, context } = REFERENCE;
        assert_eq!(sizes, [dim, hidden, layers, heads, kv_heads, vocab, context]);
    }

    #[test]
    fn the_reference_model_by_hand() {
        let millions = [41_943_040, 335_544_320, 20_971_520, 169_082_880, 33_554_432];
        assert_eq!(Part::ALL.map(|part| REFERENCE.flops(part)), millions);
        assert_eq!(REFERENCE.total(), 601_096_192);
    }
}
