//! **Borrowed from Weeks 3 and 5**: a tokenizer, token embeddings and RMS norm, as far as this week needs them. No
//! exercise depends on this file.
//!
//! Reads `stories260K.bin`, a Llama-style model trained on short English stories, in the format of llama2.c: seven
//! little-endian 32-bit integers (dim, hidden, layers, heads, key-value heads, vocabulary, context), then `f32`s: the
//! token embeddings, the attention norms of all layers, the query matrices of all layers, the key matrices of all
//! layers, and more that is not used here.
//!
//! | llama2.c | here | shape |
//! |---|---|---|
//! | `token_embedding_table` | `embedding` | `(V, C)` |
//! | `rms_att_weight` | `norm` | `(C,)` a layer |
//! | `wq` | `wq` | `(C, C)` a layer |
//! | `wk` | `wk` | `(Hk * D, C)` a layer |

use std::path::Path;

use candle_core::{D, DType, Device, Tensor};
use workshop_base::data::DataError;
use workshop_base::text::Catalogue;
use workshop_base::tr;

/// Why the model or its tokenizer cannot be used.
#[derive(Debug)]
pub enum StoriesError {
    /// A data file is missing or is not the right one.
    Data(DataError),
    /// The bytes are not what the format says.
    Format {
        /// The file.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// The model has no such layer.
    NoLayer {
        /// The layer that was asked for.
        layer: usize,
        /// How many there are.
        layers: usize,
    },
    /// A sentence without a token.
    EmptySentence,
    /// A sentence that the model has no room for.
    TooLong {
        /// The tokens of the sentence.
        tokens: usize,
        /// The model's context.
        context: usize,
    },
    /// A tensor operation failed.
    Tensor(candle_core::Error),
}

impl StoriesError {
    /// The message in the reader's language.
    pub fn say(&self, text: &Catalogue) -> String {
        match self {
            Self::Data(error) => error.say(text),
            Self::Format { path, why } => {
                tr!(text, "{path} is not a file in llama2.c's format: {why}", path = path, why = why)
            }
            Self::NoLayer { layer, layers } => {
                tr!(
                    text,
                    "there is no layer {layer}: the model has {layers}, counted from 0",
                    layer = layer,
                    layers = layers
                )
            }
            Self::EmptySentence => tr!(text, "the sentence is empty: give at least one word"),
            Self::TooLong { tokens, context } => tr!(
                text,
                "the sentence has {tokens} tokens and the model reads at most {context}: shorten it",
                tokens = tokens,
                context = context
            ),
            Self::Tensor(error) => error.to_string(),
        }
    }
}

impl std::fmt::Display for StoriesError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.say(&Catalogue::default()))
    }
}

impl std::error::Error for StoriesError {}

impl From<DataError> for StoriesError {
    fn from(error: DataError) -> Self {
        Self::Data(error)
    }
}

impl From<candle_core::Error> for StoriesError {
    fn from(error: candle_core::Error) -> Self {
        Self::Tensor(error)
    }
}

/// The sizes of the model, as its header gives them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config {
    /// The width $C$ of the model.
    pub dim: usize,
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
}

impl Config {
    /// The head size $D$.
    pub fn head_size(&self) -> usize {
        self.dim / self.heads
    }
}

/// What attention sees of one layer.
#[derive(Debug)]
struct Layer {
    norm: Tensor, // (C,)
    wq: Tensor,   // (C, C)
    wk: Tensor,   // (Hk * D, C)
}

/// The token embeddings and the query and key matrices of a small trained model, with its tokenizer.
#[derive(Debug)]
pub struct Stories {
    /// The sizes.
    pub config: Config,
    embedding: Tensor, // (V, C)
    layers: Vec<Layer>,
    tokens: Vec<(String, f32)>, // text and merge score, by id
}

impl Stories {
    /// Reads the model and its tokenizer from the cache of data files.
    ///
    /// # Errors
    /// When a file is missing, cut short or another one.
    pub fn load(device: &Device) -> Result<Self, StoriesError> {
        use workshop_base::data::file;
        Self::read(&file("stories260K")?, &file("tok512")?, device)
    }

    /// Reads a model and a tokenizer in llama2.c's formats.
    ///
    /// # Errors
    /// When a file cannot be read, or is not in the format.
    pub fn read(model: &Path, tokenizer: &Path, device: &Device) -> Result<Self, StoriesError> {
        let mut reader = Reader::open(model)?;
        let config = reader.config()?;
        let Config { dim, layers, heads, kv_heads, vocab, .. } = config;
        let keys = dim / heads * kv_heads;
        let embedding = reader.tensor(&[vocab, dim], device)?;
        let norms = reader.tensor(&[layers, dim], device)?;
        let wq = reader.tensor(&[layers, dim, dim], device)?;
        let wk = reader.tensor(&[layers, keys, dim], device)?;
        let layers = (0..layers)
            .map(|l| Ok(Layer { norm: norms.get(l)?, wq: wq.get(l)?, wk: wk.get(l)? }))
            .collect::<candle_core::Result<_>>()?;
        let tokens = Reader::open(tokenizer)?.tokens(vocab)?;
        Ok(Self { config, embedding, layers, tokens })
    }

    /// The tokens of a sentence: the start-of-text token, then, from single characters (or bytes), the pair with the
    /// highest score merged until none is left.
    ///
    /// # Errors
    /// When the sentence is empty, or longer than the model's context.
    pub fn encode(&self, sentence: &str) -> Result<Vec<u32>, StoriesError> {
        if sentence.trim().is_empty() {
            return Err(StoriesError::EmptySentence);
        }
        let id_of = |text: &str| self.tokens.iter().position(|(token, _)| token == text);
        let mut ids = Vec::new();
        for c in format!(" {}", sentence.trim()).chars() {
            match id_of(c.encode_utf8(&mut [0; 4])) {
                Some(id) => ids.push(id),
                // Tokens 3 to 258 are the 256 bytes, for characters that the vocabulary lacks.
                None => ids.extend(c.to_string().bytes().map(|byte| usize::from(byte) + 3)),
            }
        }
        loop {
            let mut best: Option<(f32, usize, usize)> = None;
            for at in 0..ids.len().saturating_sub(1) {
                let pair = format!("{}{}", self.tokens[ids[at]].0, self.tokens[ids[at + 1]].0);
                if let Some(id) = id_of(&pair)
                    && best.is_none_or(|(score, ..)| self.tokens[id].1 > score)
                {
                    best = Some((self.tokens[id].1, at, id));
                }
            }
            let Some((_, at, id)) = best else { break };
            ids.splice(at..at + 2, [id]);
        }
        ids.insert(0, 1);
        if ids.len() > self.config.context {
            return Err(StoriesError::TooLong { tokens: ids.len(), context: self.config.context });
        }
        Ok(ids.into_iter().map(|id| id as u32).collect())
    }

    /// The text of each token, without the space that a word begins with.
    pub fn pieces(&self, ids: &[u32]) -> Vec<String> {
        let text = |id: &u32| self.tokens.get(*id as usize).map_or("?", |(text, _)| text.as_str());
        ids.iter().map(|id| text(id).trim().to_owned()).collect()
    }

    /// What the attention of a layer reads where it sees the tokens' embeddings: normalised to the same length and
    /// scaled by the layer's own weights. For layer 0 this is exactly what the trained model computes; later layers would
    /// first need the layers below them.
    ///
    /// # Shapes
    /// `ids`: `T` tokens → `(T, C)`.
    ///
    /// # Errors
    /// When there is no such layer, or a token is not in the vocabulary.
    pub fn embed(&self, layer: usize, ids: &[u32]) -> Result<Tensor, StoriesError> {
        let layer = self.layer(layer)?;
        let ids = Tensor::new(ids, self.embedding.device())?;
        let x = self.embedding.index_select(&ids, 0)?; // (V, C) -> (T, C)
        let mean_square = x.sqr()?.mean_keepdim(D::Minus1)?; // (T, 1)
        let length = (mean_square + 1e-5)?.sqrt()?; // 1e-5 as in llama2.c: an embedding of zeros must not divide by zero
        Ok(x.broadcast_div(&length)?.broadcast_mul(&layer.norm)?)
    }

    /// The queries of a layer.
    ///
    /// # Shapes
    /// `x`: `(T, C)` → `(H, T, D)`.
    ///
    /// # Errors
    /// When there is no such layer.
    pub fn queries(&self, layer: usize, x: &Tensor) -> Result<Tensor, StoriesError> {
        split_heads(&x.matmul(&self.layer(layer)?.wq.t()?)?, self.config.heads)
    }

    /// The keys of a layer, each repeated for the query heads that share it.
    ///
    /// # Shapes
    /// `x`: `(T, C)` → `(H, T, D)`.
    ///
    /// # Errors
    /// When there is no such layer.
    pub fn keys(&self, layer: usize, x: &Tensor) -> Result<Tensor, StoriesError> {
        let Config { heads, kv_heads, .. } = self.config;
        let k = split_heads(&x.matmul(&self.layer(layer)?.wk.t()?)?, kv_heads)?; // (Hk, T, D)
        let (_, t, d) = k.dims3()?;
        let shared = heads / kv_heads;
        Ok(k.unsqueeze(1)?.broadcast_as((kv_heads, shared, t, d))?.reshape((heads, t, d))?)
    }

    fn layer(&self, layer: usize) -> Result<&Layer, StoriesError> {
        self.layers.get(layer).ok_or(StoriesError::NoLayer { layer, layers: self.layers.len() })
    }
}

/// `(T, H * D)` -> `(H, T, D)`
fn split_heads(x: &Tensor, heads: usize) -> Result<Tensor, StoriesError> {
    let (t, width) = x.dims2()?;
    Ok(x.reshape((t, heads, width / heads))?.transpose(0, 1)?.contiguous()?)
}

/// A file of little-endian numbers, and where we are in it.
struct Reader {
    path: String,
    bytes: Vec<u8>,
    at: usize,
}

impl Reader {
    fn open(path: &Path) -> Result<Self, StoriesError> {
        let shown = path.display().to_string();
        let bytes = std::fs::read(path).map_err(|error| DataError::Unreadable { path: shown.clone(), error })?;
        Ok(Self { path: shown, bytes, at: 0 })
    }

    fn wrong(&self, why: String) -> StoriesError {
        StoriesError::Format { path: self.path.clone(), why }
    }

    fn take(&mut self, count: usize) -> Result<&[u8], StoriesError> {
        let end = self.at.checked_add(count).filter(|end| *end <= self.bytes.len());
        let Some(end) = end else {
            return Err(self.wrong(format!("it ends after {} bytes, where more should follow", self.bytes.len())));
        };
        let taken = &self.bytes[self.at..end];
        self.at = end;
        Ok(taken)
    }

    fn word(&mut self) -> Result<[u8; 4], StoriesError> {
        let mut word = [0; 4];
        word.copy_from_slice(self.take(4)?);
        Ok(word)
    }

    fn config(&mut self) -> Result<Config, StoriesError> {
        let mut header = [0_usize; 7];
        for size in &mut header {
            // The vocabulary is negative where input and output embeddings are not shared; its size is what counts here.
            *size = i32::from_le_bytes(self.word()?).unsigned_abs() as usize;
        }
        let [dim, _hidden, layers, heads, kv_heads, vocab, context] = header;
        let sensible = header.iter().all(|size| (1..=1 << 20).contains(size));
        if !sensible || dim % heads != 0 || heads % kv_heads != 0 {
            return Err(self.wrong(format!("its header gives the sizes {header:?}, which do not fit together")));
        }
        Ok(Config { dim, layers, heads, kv_heads, vocab, context })
    }

    fn tensor(&mut self, shape: &[usize], device: &Device) -> Result<Tensor, StoriesError> {
        let count: usize = shape.iter().product();
        let bytes = self.take(count * DType::F32.size_in_bytes())?;
        Ok(Tensor::from_raw_buffer(bytes, DType::F32, shape, device)?)
    }

    /// The longest token, then for each token a score, a length and that many bytes.
    fn tokens(&mut self, vocab: usize) -> Result<Vec<(String, f32)>, StoriesError> {
        self.word()?;
        (0..vocab)
            .map(|_| {
                let score = f32::from_le_bytes(self.word()?);
                let length = u32::from_le_bytes(self.word()?) as usize;
                let text = String::from_utf8_lossy(self.take(length)?).into_owned();
                Ok((text, score))
            })
            .collect()
    }
}
