//! The sizes of published models, as far as their attention goes.
//!
//! | in a `config.json` | here |
//! |---|---|
//! | `num_hidden_layers`, `n_layer` | `layers` |
//! | `hidden_size`, `n_embd` | `width` |
//! | `num_attention_heads`, `n_head` | `heads` |
//! | `num_key_value_heads` | `kv_heads` |
//! | `head_dim`, or width over heads | `head_size` |
//! | `max_position_embeddings`, `n_positions` | `context` |
//! | `kv_lora_rank` | `latent` |
//! | `qk_rope_head_dim` | `rotary` |
//!
//! `parameters` is what transformers counts for the same configuration (`tests/reference/week04_cache_size.py models`).

use crate::cache_size::{kv_cache_bytes, latent_cache_bytes};

/// What a model keeps of every token, in each layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// A key and a value for each of so many heads.
    Heads {
        /// Key and value heads $H_k$.
        kv_heads: u64,
    },
    /// One latent vector and one rotary key, for all heads together.
    Latents {
        /// Numbers of the latent vector, $d_c$.
        latent: u64,
        /// Numbers of the rotary key, $d_h^R$.
        rotary: u64,
    },
}

/// A published model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Model {
    /// Its name.
    pub name: &'static str,
    /// Where its sizes were published.
    pub source: &'static str,
    /// All its learned numbers.
    pub parameters: u64,
    /// Layers.
    pub layers: u64,
    /// The width $C$.
    pub width: u64,
    /// Query heads $H$.
    pub heads: u64,
    /// The head size $D$.
    pub head_size: u64,
    /// The longest text, in tokens.
    pub context: u64,
    /// What it keeps of every token.
    pub kept: Kept,
}

impl Model {
    /// The bytes that it keeps of so many tokens; `bytes` is the size of one number.
    pub fn cache_bytes(&self, tokens: u64, bytes: u64) -> u64 {
        match self.kept {
            Kept::Heads { kv_heads } => kv_cache_bytes(self.layers, kv_heads, self.head_size, tokens, bytes),
            Kept::Latents { latent, rotary } => latent_cache_bytes(self.layers, latent, rotary, tokens, bytes),
        }
    }

    /// The same if every query head had a key and a value of its own.
    pub fn unshared_cache_bytes(&self, tokens: u64, bytes: u64) -> u64 {
        kv_cache_bytes(self.layers, self.heads, self.head_size, tokens, bytes)
    }
}

/// The model that the lessons load.
pub const STORIES_260K: Model = Model {
    name: "stories260K",
    source: "the header of stories260K.bin, karpathy/tinyllamas",
    parameters: 260_032,
    layers: 5,
    width: 64,
    heads: 8,
    head_size: 8,
    context: 512,
    kept: Kept::Heads { kv_heads: 4 },
};

/// Multi-head, from before keys and values were shared.
pub const GPT2_SMALL: Model = Model {
    name: "GPT-2 small",
    source: "Radford et al. (2019), table 2; openai-community/gpt2, config.json",
    parameters: 124_439_808,
    layers: 12,
    width: 768,
    heads: 12,
    head_size: 64,
    context: 1024,
    kept: Kept::Heads { kv_heads: 12 },
};

/// Groups of three, in a model for small devices.
pub const SMOLLM2_135M: Model = Model {
    name: "SmolLM2-135M",
    source: "HuggingFaceTB/SmolLM2-135M, config.json",
    parameters: 134_515_008,
    layers: 30,
    width: 576,
    heads: 9,
    head_size: 64,
    context: 8192,
    kept: Kept::Heads { kv_heads: 3 },
};

/// Multi-head.
pub const LLAMA2_7B: Model = Model {
    name: "Llama 2 7B",
    source: "Touvron et al. (2023), \"Llama 2\", table 1; meta-llama/Llama-2-7b-hf, config.json",
    parameters: 6_738_415_616,
    layers: 32,
    width: 4096,
    heads: 32,
    head_size: 128,
    context: 4096,
    kept: Kept::Heads { kv_heads: 32 },
};

/// Groups of eight: of the Llama 2 family, the larger models share.
pub const LLAMA2_70B: Model = Model {
    name: "Llama 2 70B",
    source: "Touvron et al. (2023), \"Llama 2\", table 1; meta-llama/Llama-2-70b-hf, config.json",
    parameters: 68_976_648_192,
    layers: 80,
    width: 8192,
    heads: 64,
    head_size: 128,
    context: 4096,
    kept: Kept::Heads { kv_heads: 8 },
};

/// Groups of four; its first version. Its attention also looks back 4,096 tokens at most, so its cache need not grow beyond that.
pub const MISTRAL_7B: Model = Model {
    name: "Mistral 7B",
    source: "Jiang et al. (2023), \"Mistral 7B\", table 1",
    parameters: 7_241_732_096,
    layers: 32,
    width: 4096,
    heads: 32,
    head_size: 128,
    context: 8192,
    kept: Kept::Heads { kv_heads: 8 },
};

/// Groups of four, and a context of 128k tokens.
pub const LLAMA31_8B: Model = Model {
    name: "Llama 3.1 8B",
    source: "Grattafiori et al. (2024), \"The Llama 3 Herd of Models\", table 3; meta-llama/Llama-3.1-8B, config.json",
    parameters: 8_030_261_248,
    layers: 32,
    width: 4096,
    heads: 32,
    head_size: 128,
    context: 131_072,
    kept: Kept::Heads { kv_heads: 8 },
};

/// Latent attention. The head size is that of the part without position, and of the values.
pub const DEEPSEEK_V2: Model = Model {
    name: "DeepSeek-V2",
    source: "DeepSeek-AI (2024), \"DeepSeek-V2\", §3.1.2 and §3.1.4",
    parameters: 235_741_434_880,
    layers: 60,
    width: 5120,
    heads: 128,
    head_size: 128,
    context: 131_072,
    kept: Kept::Latents { latent: 512, rotary: 64 },
};

/// Latent attention, with the same head sizes as before.
pub const DEEPSEEK_V3: Model = Model {
    name: "DeepSeek-V3",
    source: "DeepSeek-AI (2024), \"DeepSeek-V3\", §4.2 and §4.3",
    parameters: 671_026_404_352,
    layers: 61,
    width: 7168,
    heads: 128,
    head_size: 128,
    context: 131_072,
    kept: Kept::Latents { latent: 512, rotary: 64 },
};

/// All of them, from small to large.
pub const MODELS: [Model; 9] =
    [STORIES_260K, GPT2_SMALL, SMOLLM2_135M, LLAMA2_7B, MISTRAL_7B, LLAMA31_8B, LLAMA2_70B, DEEPSEEK_V2, DEEPSEEK_V3];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_fill_the_width_where_nothing_is_latent() {
        for model in MODELS {
            match model.kept {
                Kept::Heads { kv_heads } => {
                    assert_eq!(model.heads * model.head_size, model.width, "{}", model.name);
                    assert!(model.heads.is_multiple_of(kv_heads), "{}", model.name);
                }
                // DeepSeek's heads are wider together than the model.
                Kept::Latents { latent, .. } => {
                    assert!(model.heads * model.head_size > model.width, "{}", model.name);
                    assert_eq!(latent, 4 * model.head_size, "{}", model.name); // "DeepSeek-V2", §2.1.4: d_c is 4 d_h
                }
            }
            assert!(!model.source.is_empty() && model.context.is_multiple_of(512), "{}", model.name);
        }
    }

    #[test]
    fn parameters_are_what_the_names_say() {
        let named = [
            (STORIES_260K, 260e3),
            (SMOLLM2_135M, 135e6),
            (LLAMA2_7B, 7e9),
            (LLAMA2_70B, 70e9),
            (MISTRAL_7B, 7e9),
            (LLAMA31_8B, 8e9),
            (DEEPSEEK_V2, 236e9), // both papers say so in their abstracts
            (DEEPSEEK_V3, 671e9),
        ];
        for (model, said) in named {
            assert!((model.parameters as f64 / said - 1.0).abs() < 0.04, "{}", model.name);
        }
        assert!(MODELS.is_sorted_by_key(|model| model.parameters));
    }

    #[test]
    fn caches_by_hand() {
        // Ainslie et al. and DeepSeek-AI count numbers a token; here with 2 bytes each.
        assert_eq!(LLAMA2_7B.cache_bytes(1, 2), 2 * 32 * 32 * 128 * 2);
        assert_eq!(LLAMA31_8B.cache_bytes(131_072, 2), 16 << 30);
        assert_eq!(LLAMA31_8B.unshared_cache_bytes(131_072, 2), 64 << 30);
        assert_eq!(DEEPSEEK_V2.cache_bytes(1, 2), 576 * 60 * 2);
        assert_eq!(DEEPSEEK_V2.unshared_cache_bytes(1, 2), 2 * 128 * 128 * 60 * 2);
    }
}
