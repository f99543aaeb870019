//! Why the small trained model of this week cannot be used. Each message says what, where, and what to do.

use workshop_base::data::DataError;
use workshop_base::text::Catalogue;
use workshop_base::tr;

/// Why the model or its tokenizer cannot be used.
#[derive(Debug)]
pub enum StoriesError {
    /// A data file is missing or is not the right one.
    Data(DataError),
    /// The bytes are not a model in llama2.c's format.
    Model {
        /// The file.
        path: String,
        /// What is wrong with it.
        fault: Fault,
    },
    /// The bytes are not a tokenizer in llama2.c's format.
    Tokenizer {
        /// The file.
        path: String,
        /// What is wrong with it.
        fault: Fault,
    },
    /// The model has no such layer.
    NoLayer {
        /// The layer that was asked for.
        layer: usize,
        /// How many there are.
        layers: usize,
    },
    /// The vocabulary has no such token.
    NoToken {
        /// The token that was asked for.
        id: u32,
        /// How many there are.
        vocab: usize,
    },
    /// A sentence without a token.
    EmptySentence,
    /// A sentence that the model has no room for.
    TooLong {
        /// The tokens of the sentence: so many, or more.
        tokens: usize,
        /// The model's context.
        context: usize,
    },
    /// What was read and told fills the model's context.
    ContextFull {
        /// The model's context.
        context: usize,
    },
    /// A tensor operation failed.
    Tensor(candle_core::Error),
}

/// What is wrong with a file.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// There is nothing in it.
    Empty,
    /// It is of another kind, by how it begins.
    Kind(Kind),
    /// Its end is missing.
    Short {
        /// The bytes that it should have.
        needed: u128,
        /// The bytes that it has.
        has: u64,
    },
    /// It goes on where it should end.
    Long {
        /// The bytes that it should have.
        needed: u128,
        /// The bytes that it has.
        has: u64,
    },
    /// A size in its header is 0 or negative.
    Size {
        /// The name of the size.
        name: &'static str,
        /// The size.
        size: i32,
    },
    /// The heads do not divide the width, or their size is odd.
    Heads {
        /// The width.
        dim: usize,
        /// The query heads.
        heads: usize,
    },
    /// The key and value heads do not divide the query heads.
    KeyHeads {
        /// The query heads.
        heads: usize,
        /// The key and value heads.
        kv_heads: usize,
    },
    /// A weight is infinite or not a number.
    NotANumber {
        /// The matrix or vector that it belongs to.
        name: &'static str,
        /// The weight.
        value: f32,
    },
    /// A token is not text, or its score is not a number.
    Token {
        /// The token.
        id: usize,
    },
    /// Tokens 3 to 258 are not the 256 bytes.
    NoBytes,
}

/// A kind of file that is met where a model should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A model for llama.cpp.
    Gguf,
    /// The few lines that Git LFS puts in the place of a large file.
    LfsPointer,
    /// HTML, often a page that says that a download failed.
    WebPage,
    /// A zip archive, such as PyTorch's `.pt`.
    Zip,
    /// Zeros, often what an interrupted download reserved.
    Zeros,
}

impl Kind {
    /// The kind that a file's first bytes betray.
    pub(crate) fn of(begin: &[u8]) -> Option<Self> {
        let text = begin.trim_ascii_start();
        match begin {
            _ if begin.starts_with(b"GGUF") => Some(Self::Gguf),
            _ if begin.starts_with(b"version https://git-lfs") => Some(Self::LfsPointer),
            _ if text.starts_with(b"<!") || text.starts_with(b"<html") || text.starts_with(b"<HTML") => {
                Some(Self::WebPage)
            }
            _ if begin.starts_with(b"PK\x03\x04") => Some(Self::Zip),
            _ if !begin.is_empty() && begin.iter().all(|byte| *byte == 0) => Some(Self::Zeros),
            _ => None,
        }
    }
}

impl Fault {
    /// The reason in the reader's language.
    fn say(&self, text: &Catalogue) -> String {
        match self {
            Self::Empty => tr!(text, "it is empty"),
            Self::Kind(Kind::Gguf) => tr!(text, "it is a GGUF file, which is llama.cpp's format"),
            Self::Kind(Kind::LfsPointer) => tr!(text, "it is a pointer of Git LFS, not the file it points to"),
            Self::Kind(Kind::WebPage) => tr!(text, "it is a web page, perhaps one that says why a download failed"),
            Self::Kind(Kind::Zip) => tr!(text, "it is a zip archive, perhaps a model that PyTorch saved"),
            Self::Kind(Kind::Zeros) => tr!(text, "it begins with zeros only, perhaps because a download stopped"),
            Self::Short { needed, has } => tr!(
                text,
                "it is cut short, or not a file of this kind: by its own numbers it needs {needed} bytes, and it has {has}",
                needed = needed,
                has = has
            ),
            Self::Long { needed, has } => tr!(
                text,
                "it is too long, or not a file of this kind: by its own numbers it ends after {needed} bytes, and it has {has}",
                needed = needed,
                has = has
            ),
            Self::Size { name, size } => {
                tr!(text, "the size {name} in its header is {size}, and must be at least 1", name = name, size = size)
            }
            Self::Heads { dim, heads } => tr!(
                text,
                "its header gives {heads} heads for a width of {dim}, and each head needs an equal and even share",
                heads = heads,
                dim = dim
            ),
            Self::KeyHeads { heads, kv_heads } => tr!(
                text,
                "its header gives {kv_heads} key and value heads for {heads} query heads, which they must divide",
                heads = heads,
                kv_heads = kv_heads
            ),
            Self::NotANumber { name, value } => {
                tr!(text, "a weight in {name} is {value}: the file is damaged", name = name, value = value)
            }
            Self::Token { id } => {
                tr!(text, "token {id} is not text with a score: the file is damaged, or of another kind", id = id)
            }
            Self::NoBytes => tr!(text, "its tokens 3 to 258 are not the 256 bytes, which any text can be written with"),
        }
    }
}

impl StoriesError {
    /// The message in the reader's language.
    pub fn say(&self, text: &Catalogue) -> String {
        match self {
            Self::Data(error) => error.say(text),
            Self::Model { path, fault } => tr!(
                text,
                "{path} is not a model in llama2.c's format: {why}. Get the course's one with: cargo workshop data get stories260K",
                why = fault.say(text),
                path = path
            ),
            Self::Tokenizer { path, fault } => tr!(
                text,
                "{path} is not this model's tokenizer in llama2.c's format: {why}. Get the course's one with: cargo workshop data get tok512",
                why = fault.say(text),
                path = path
            ),
            Self::NoLayer { layer, layers } => {
                tr!(
                    text,
                    "there is no layer {layer}: the model has {layers}, counted from 0",
                    layer = layer,
                    layers = layers
                )
            }
            Self::NoToken { id, vocab } => tr!(
                text,
                "there is no token {id}: the model's vocabulary has {vocab}, counted from 0",
                id = id,
                vocab = vocab
            ),
            Self::EmptySentence => tr!(text, "the sentence is empty: give at least one word"),
            Self::TooLong { tokens, context } => tr!(
                text,
                "the text has {tokens} tokens or more, and the model reads at most {context}: shorten it",
                tokens = tokens,
                context = context
            ),
            Self::ContextFull { context } => tr!(
                text,
                "the model's context is full: it reads at most {context} tokens, so the story stops here. Ask for fewer with --tokens, or give a shorter beginning",
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
