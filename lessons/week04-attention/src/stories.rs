//! A whole trained model on the pieces of this week: `stories260K`, a Llama that writes English stories for children.
//!
//! Touvron et al. (2023), "LLaMA", §2.2; the model: Karpathy's llama2.c; its texts: Eldan and Li (2023), "TinyStories".
//!
//! | paper, llama2.c | here | shape |
//! |---|---|---|
//! | tokens | `ids` | `T` of them |
//! | `token_embedding_table` | `Stories::embedding` | `(V, C)` |
//! | the token's vectors between the layers | `x` | `(1, T, C)` |
//! | `wq` | `Attention::query` | `(H * D, C)` as `(out, in)` |
//! | `wk`, `wv` | `Attention::key`, `value` | `(Hk * D, C)` |
//! | `wo` | `Attention::output` | `(C, H * D)` |
//! | `key_cache`, `value_cache` of a layer | `KeysAndValues` | `(1, Hk, Tk, D)`, twice |
//! | scores of the next token | `logits` | `(T, V)` |
//!
//! What is this week's comes from the pieces: [`heads`](crate::heads), [`rope`](crate::rope), interleaved and with base
//! 10000, [`masks`](crate::masks), [`grouped_query`](crate::grouped_query) and, in it,
//! [`scaled_dot_product`](crate::scaled_dot_product). The rest is [`borrowed`](crate::borrowed).
//!
//! Differs from llama2.c: the cosines and sines that its file ends with are computed anew; many tokens are read at once, not
//! one by one.

use std::path::Path;

use candle_core::{Device, Tensor};
use candle_nn::{Linear, Module};

pub use crate::borrowed::{Decoder, START};
use crate::borrowed::{RmsNorm, SwiGlu, Tokenizer};
pub use crate::error::{Fault, Kind, StoriesError};
use crate::grouped_query::{grouped_query_attention, share_heads};
use crate::heads::{merge_heads, split_heads};
use crate::masks::causal;
use crate::model_file::Weights;
use crate::rope::{Layout, rope};
use crate::scaled_dot_product::attention_weights;
pub use crate::telling::Telling;

pub(crate) type Result<T> = std::result::Result<T, StoriesError>;

/// The base of the rotary frequencies, and which elements turn together: those that the model was trained with.
const BASE: f64 = 10_000.0;
const LAYOUT: Layout = Layout::Interleaved;

/// The sizes of the model, as its header gives them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config {
    /// The width $C$ of the model.
    pub dim: usize,
    /// The inner width $E$ of the feed-forward networks.
    pub hidden: usize,
    /// Layers.
    pub layers: usize,
    /// Query heads $H$.
    pub heads: usize,
    /// Key and value heads; `heads / kv_heads` query heads share one.
    pub kv_heads: usize,
    /// Tokens in the vocabulary, $V$.
    pub vocab: usize,
    /// The longest sequence the model was trained for.
    pub context: usize,
    /// Whether the matrix of the logits is that of the embeddings.
    pub shared: bool,
}

impl Config {
    /// The head size $D$.
    pub fn head_size(&self) -> usize {
        self.dim / self.heads
    }
}

// ANCHOR: state
/// The keys and values of what a layer has read, or nothing yet: each `(1, Hk, Tk, D)`.
type KeysAndValues = Option<(Tensor, Tensor)>;

/// What the model keeps of the text that it has read: keys and values of every layer, so that none is computed twice.
#[derive(Debug, Clone)]
pub struct State {
    kept: Vec<KeysAndValues>, // one a layer
    read: usize,              // tokens read, which is the position of the next one
}
// ANCHOR_END: state

impl State {
    /// How many tokens were read.
    pub fn read(&self) -> usize {
        self.read
    }
}

/// The attention of a layer, with its four learned matrices.
#[derive(Debug)]
struct Attention {
    query: Linear,
    key: Linear,
    value: Linear,
    output: Linear,
    heads: usize,
    kv_heads: usize,
}

impl Attention {
    // ANCHOR: attention
    /// The mask of `t` tokens from position `start` on, the same for every layer: `(T, Tk)`. One token alone sees all.
    fn mask(t: usize, start: usize, device: &Device) -> Result<Option<Tensor>> {
        Ok(if t == 1 { None } else { Some(causal(t, start + t, device)?) })
    }

    /// The tokens from position `start` on: `(1, T, C)` -> `(1, T, C)`
    fn forward(&self, x: &Tensor, start: usize, mask: Option<&Tensor>, kept: &mut KeysAndValues) -> Result<Tensor> {
        let (q, k) = self.queries_and_keys(x, start)?; // (1, H, T, D), (1, Hk, T, D)
        let v = split_heads(&self.value.forward(x)?, self.kv_heads)?; // -> (1, Hk, T, D)
        let (k, v) = match &kept {
            None => (k, v),
            // The new ones stand behind those kept: (1, Hk, T, D) -> (1, Hk, Tk, D)
            Some((old_k, old_v)) => (Tensor::cat(&[old_k, &k], 2)?, Tensor::cat(&[old_v, &v], 2)?),
        };
        let context = grouped_query_attention(&q, &k, &v, mask)?; // (1, H, T, D)
        *kept = Some((k, v));
        let context = merge_heads(&context)?; // (1, H, T, D) -> (1, T, H * D)
        Ok(self.output.forward(&context)?) // (1, T, H * D) -> (1, T, C)
    }

    /// Turned by their positions: `(1, T, C)` -> `(1, H, T, D)` and `(1, Hk, T, D)`
    fn queries_and_keys(&self, x: &Tensor, start: usize) -> Result<(Tensor, Tensor)> {
        let q = split_heads(&self.query.forward(x)?, self.heads)?; // -> (1, H, T, D)
        let k = split_heads(&self.key.forward(x)?, self.kv_heads)?; // -> (1, Hk, T, D)
        Ok((rope(&q, start, BASE, LAYOUT)?, rope(&k, start, BASE, LAYOUT)?))
    }
    // ANCHOR_END: attention

    /// Where each token of a whole text looks: `(1, T, C)` -> `(H, T, T)`
    fn weights(&self, x: &Tensor, mask: Option<&Tensor>) -> Result<Tensor> {
        let (q, k) = self.queries_and_keys(x, 0)?; // (1, H, T, D), (1, Hk, T, D)
        let weights = attention_weights(&q, &share_heads(&k, self.heads)?, mask)?; // (1, H, T, T)
        Ok(weights.squeeze(0)?)
    }
}

/// A layer: attention lets the tokens look at each other, the feed-forward network works on each by itself.
#[derive(Debug)]
struct Layer {
    attention_norm: RmsNorm,
    attention: Attention,
    feed_forward_norm: RmsNorm,
    feed_forward: SwiGlu,
}

impl Layer {
    // ANCHOR: layer
    /// What each half computes is added to what came in: `(1, T, C)` -> `(1, T, C)`
    fn forward(&self, x: &Tensor, start: usize, mask: Option<&Tensor>, kept: &mut KeysAndValues) -> Result<Tensor> {
        let normed = self.attention_norm.forward(x)?;
        let x = (x + self.attention.forward(&normed, start, mask, kept)?)?;
        let normed = self.feed_forward_norm.forward(&x)?;
        Ok((&x + self.feed_forward.forward(&normed)?)?)
    }
    // ANCHOR_END: layer
}

/// The model, with its tokenizer.
#[derive(Debug)]
pub struct Stories {
    /// The sizes.
    pub config: Config,
    embedding: Tensor, // (V, C)
    layers: Vec<Layer>,
    norm: RmsNorm,
    output: Linear, // (C,) to (V,)
    tokenizer: Tokenizer,
}

impl Stories {
    /// Reads the model and its tokenizer from the cache of data files.
    ///
    /// # Errors
    /// When a file is missing, cut short or another one.
    pub fn load(device: &Device) -> Result<Self> {
        use workshop_base::data::file;
        Self::read(&file("stories260K")?, &file("tok512")?, device)
    }

    /// Reads a model and a tokenizer in llama2.c's formats.
    ///
    /// # Errors
    /// When a file cannot be read, or is not in the format.
    pub fn read(model: &Path, tokenizer: &Path, device: &Device) -> Result<Self> {
        let (config, mut weights) = Weights::open(model, device)?;
        let Config { dim, hidden, layers, heads, kv_heads, vocab, context, shared } = config;
        let keys = config.head_size() * kv_heads;
        // In the file, a matrix of all layers is followed by the next matrix of all layers.
        let embedding = weights.tensor("token_embedding_table", &[vocab, dim])?;
        let attention_norm = weights.tensor("rms_att_weight", &[layers, dim])?;
        let query = weights.tensor("wq", &[layers, dim, dim])?;
        let key = weights.tensor("wk", &[layers, keys, dim])?;
        let value = weights.tensor("wv", &[layers, keys, dim])?;
        let output = weights.tensor("wo", &[layers, dim, dim])?;
        let feed_forward_norm = weights.tensor("rms_ffn_weight", &[layers, dim])?;
        let gate = weights.tensor("w1", &[layers, hidden, dim])?;
        let down = weights.tensor("w2", &[layers, dim, hidden])?;
        let up = weights.tensor("w3", &[layers, hidden, dim])?;
        let norm = RmsNorm { weight: weights.tensor("rms_final_weight", &[dim])? };
        weights.skip(context * config.head_size()); // the cosines and sines of all positions, which `rope` computes
        let logits = if shared { embedding.clone() } else { weights.tensor("wcls", &[vocab, dim])? };
        let linear = |all: &Tensor, l| Ok::<_, StoriesError>(Linear::new(all.get(l)?, None));
        let layer = |l| {
            Ok(Layer {
                attention_norm: RmsNorm { weight: attention_norm.get(l)? },
                attention: Attention {
                    query: linear(&query, l)?,
                    key: linear(&key, l)?,
                    value: linear(&value, l)?,
                    output: linear(&output, l)?,
                    heads,
                    kv_heads,
                },
                feed_forward_norm: RmsNorm { weight: feed_forward_norm.get(l)? },
                feed_forward: SwiGlu { gate: linear(&gate, l)?, up: linear(&up, l)?, down: linear(&down, l)? },
            })
        };
        let layers = (0..layers).map(layer).collect::<Result<_>>()?;
        let tokenizer = Tokenizer::read(tokenizer, vocab)?;
        Ok(Self { config, embedding, layers, norm, output: Linear::new(logits, None), tokenizer })
    }

    /// The state before anything was read.
    pub fn state(&self) -> State {
        State { kept: vec![None; self.layers.len()], read: 0 }
    }

    // ANCHOR: forward
    /// Reads tokens that follow what `state` has read, and gives for each the logits of the token after it.
    ///
    /// # Shapes
    /// `ids`: `T` tokens → `(T, V)`.
    ///
    /// # Errors
    /// When there is no token, one is not in the vocabulary, or the context is too short for them.
    pub fn forward(&self, ids: &[u32], state: &mut State) -> Result<Tensor> {
        let mut x = self.look_up(ids, state.read)?; // (1, T, C)
        let mask = Attention::mask(ids.len(), state.read, x.device())?; // (T, Tk)
        for (layer, kept) in self.layers.iter().zip(&mut state.kept) {
            x = layer.forward(&x, state.read, mask.as_ref(), kept)?;
        }
        state.read += ids.len();
        Ok(self.output.forward(&self.norm.forward(&x)?)?.squeeze(0)?) // (1, T, C) -> (1, T, V) -> (T, V)
    }
    // ANCHOR_END: forward

    /// The embeddings of tokens from position `start` on: `(1, T, C)`
    fn look_up(&self, ids: &[u32], start: usize) -> Result<Tensor> {
        let Config { vocab, context, .. } = self.config;
        if ids.is_empty() {
            return Err(StoriesError::EmptySentence);
        }
        if let Some(id) = ids.iter().find(|id| **id as usize >= vocab) {
            return Err(StoriesError::NoToken { id: *id, vocab });
        }
        if start + ids.len() > context {
            let tokens = ids.len();
            return Err(match start {
                0 => StoriesError::TooLong { tokens, context },
                _ => StoriesError::ContextFull { context },
            });
        }
        let ids = Tensor::new(ids, self.embedding.device())?;
        Ok(self.embedding.index_select(&ids, 0)?.unsqueeze(0)?) // (V, C) -> (T, C) -> (1, T, C)
    }

    /// Tells on, token by token: always the one with the largest logit. Ends where the model chooses [`START`], which ends
    /// a story; gives an error where the context is full.
    pub fn tell(&self, beginning: &[u32]) -> Telling<'_> {
        Telling::new(self, beginning)
    }

    /// Where every head of every layer looks on a whole text.
    ///
    /// # Shapes
    /// `ids`: `T` tokens → for each layer `(H, T, T)`.
    ///
    /// # Errors
    /// As [`forward`](Self::forward).
    pub fn attention_maps(&self, ids: &[u32]) -> Result<Vec<Tensor>> {
        let mut x = self.look_up(ids, 0)?; // (1, T, C)
        let mask = Attention::mask(ids.len(), 0, x.device())?; // (T, T)
        let mut maps = vec![];
        for layer in &self.layers {
            maps.push(layer.attention.weights(&layer.attention_norm.forward(&x)?, mask.as_ref())?); // (H, T, T)
            x = layer.forward(&x, 0, mask.as_ref(), &mut None)?;
        }
        Ok(maps)
    }

    /// What the attention of a layer reads: the tokens' vectors as the layers below leave them, normalised to the same
    /// length and scaled by the layer's own weights.
    ///
    /// # Shapes
    /// `ids`: `T` tokens → `(T, C)`.
    ///
    /// # Errors
    /// When there is no such layer; else as [`forward`](Self::forward).
    pub fn embed(&self, layer: usize, ids: &[u32]) -> Result<Tensor> {
        let norm = &self.layer(layer)?.attention_norm;
        let mut x = self.look_up(ids, 0)?; // (1, T, C)
        let mask = Attention::mask(ids.len(), 0, x.device())?; // (T, T)
        for below in &self.layers[..layer] {
            x = below.forward(&x, 0, mask.as_ref(), &mut None)?;
        }
        Ok(norm.forward(&x)?.squeeze(0)?)
    }

    /// The queries of a layer, not yet turned by their positions.
    ///
    /// # Shapes
    /// `x`: `(T, C)` → `(H, T, D)`.
    ///
    /// # Errors
    /// When there is no such layer.
    pub fn queries(&self, layer: usize, x: &Tensor) -> Result<Tensor> {
        let q = self.layer(layer)?.attention.query.forward(x)?.unsqueeze(0)?; // (T, C) -> (1, T, C)
        Ok(split_heads(&q, self.config.heads)?.squeeze(0)?) // (1, T, C) -> (H, T, D)
    }

    /// The keys of a layer, each repeated for the query heads that share it, and not yet turned by their positions.
    ///
    /// # Shapes
    /// `x`: `(T, C)` → `(H, T, D)`.
    ///
    /// # Errors
    /// When there is no such layer.
    pub fn keys(&self, layer: usize, x: &Tensor) -> Result<Tensor> {
        let k = self.layer(layer)?.attention.key.forward(x)?.unsqueeze(0)?; // (T, C) -> (1, T, Hk * D)
        let k = split_heads(&k, self.config.kv_heads)?; // (1, T, Hk * D) -> (1, Hk, T, D)
        Ok(share_heads(&k, self.config.heads)?.squeeze(0)?) // (1, Hk, T, D) -> (H, T, D)
    }

    fn layer(&self, layer: usize) -> Result<&Layer> {
        self.layers.get(layer).ok_or(StoriesError::NoLayer { layer, layers: self.layers.len() })
    }

    /// The tokens of a text: [`START`], then those of the tokenizer.
    ///
    /// # Errors
    /// When the text is empty, or longer than the model's context.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>> {
        self.tokenizer.encode(text, self.config.context)
    }

    /// The text of tokens.
    pub fn decode(&self, ids: &[u32]) -> String {
        let mut decoder = self.decoder();
        let text: String = ids.iter().map(|id| decoder.push(*id)).collect();
        text + &decoder.end()
    }

    /// Text from tokens as they come.
    pub fn decoder(&self) -> Decoder<'_> {
        Decoder::new(&self.tokenizer)
    }

    /// The text of each token, without the space that a word begins with; a token that is a space alone is `␣`.
    pub fn pieces(&self, ids: &[u32]) -> Vec<String> {
        let piece = |id: &u32| Some(self.tokenizer.text(*id).trim()).filter(|text| !text.is_empty()).unwrap_or("␣");
        ids.iter().map(|id| piece(id).to_owned()).collect()
    }
}
