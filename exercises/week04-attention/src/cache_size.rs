//! How large the cache of a model is that writes: the keys and values of all tokens so far.
//!
//! Shazeer (2019), "Fast Transformer Decoding", §2.4; DeepSeek-AI (2024), "DeepSeek-V2", §2.1.4, table 1.
//!
//! | paper | here | unit |
//! |---|---|---|
//! | $l$ | `layers` | |
//! | $n_h$, or $n_g$ groups | `kv_heads` | |
//! | $d_h$ | `head_size` | numbers |
//! | $d_c$ | `latent` | numbers |
//! | $d_h^R$ | `rotary` | numbers |
//!
//! The paper counts numbers a token; here they are bytes for a whole text.

/// The bytes of the keys and the values of `tokens` tokens in all layers.
///
/// `bytes` is the size of one number: 4 for `f32`, 2 for `f16` and `bf16`.
///
/// ```
/// use ex04_attention::cache_size::kv_cache_bytes;
/// // Llama 2 7B keeps half a megabyte for every token: 32 layers, 32 heads of 128 numbers of 2 bytes.
/// assert_eq!(kv_cache_bytes(32, 32, 128, 1, 2), 524_288);
/// ```
pub fn kv_cache_bytes(layers: u64, kv_heads: u64, head_size: u64, tokens: u64, bytes: u64) -> u64 {
    todo!("the bytes that the keys and the values of all tokens take in all layers")
}

/// The bytes of DeepSeek's cache: in each layer, for each token, one latent vector of `latent` numbers and one rotary key of
/// `rotary` numbers, which all heads share.
pub fn latent_cache_bytes(layers: u64, latent: u64, rotary: u64, tokens: u64, bytes: u64) -> u64 {
    todo!("the bytes that the latent vectors and the rotary keys of all tokens take in all layers")
}
