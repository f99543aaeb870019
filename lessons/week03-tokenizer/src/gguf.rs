//! The head of a GGUF file: what llama.cpp knows of a model besides its numbers. A byte-level tokenizer stands in it whole.
//!
//! The format is ggml's (`docs/gguf.md`), versions 2 and 3, little-endian. After 24 bytes of counts come pairs of a key and a
//! value; the tensors behind them are not looked at.
//!
//! Nothing is believed: a length is compared with what is left of the file before anything is made of that length, texts
//! must be UTF-8, and what is taken from the file is borrowed from it. A file of nonsense gives an error.
//!
//! | key | here |
//! |---|---|
//! | `tokenizer.ggml.model` | must be `gpt2`, which means byte-level BPE |
//! | `tokenizer.ggml.pre` | the [`Pattern`] |
//! | `tokenizer.ggml.tokens` | the tokens by id, written in the characters of `byte_level` |
//! | `tokenizer.ggml.token_type` | 3 (control) and 4 (of the user's): special tokens, written as they are |
//! | `tokenizer.ggml.merges` | the merges in order: two tokens with a space between |
//! | `tokenizer.chat_template` | a program in Jinja, as text |

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use crate::bpe::{Alphabet, Bpe, BpeError, Merge, NO_TOKEN};
use crate::byte_level;
use crate::split::Pattern;
use crate::tokenizer::{Normalizer, Tokenizer};

/// Why a file is not read.
#[derive(Debug, thiserror::Error)]
pub enum GgufError {
    /// It begins with something else.
    #[error("this is no GGUF file: it does not begin with GGUF")]
    Magic,
    /// A version with another layout.
    #[error("the GGUF file has version {0}: only 2 and 3 are known here")]
    Version(u32),
    /// Something is longer than what is left of the file.
    #[error("at byte {at}, {what} of {length} bytes is longer than what is left of the file, {left} bytes")]
    Cut {
        /// Where.
        at: usize,
        /// What.
        what: &'static str,
        /// How long it says it is.
        length: u128,
        /// How much there is.
        left: usize,
    },
    /// A text in another encoding.
    #[error("the text at byte {0} is not UTF-8")]
    Text(usize),
    /// A kind of value that there is not.
    #[error("{key} has a value of kind {kind}, which is not known here")]
    Kind {
        /// The key.
        key: String,
        /// The number of the kind.
        kind: u32,
    },
    /// A key that stands there twice.
    #[error("the key {0} stands there twice")]
    Twice(String),
    /// A value that is missing or of another kind.
    #[error("{key} is missing, or is not {expected}")]
    Value {
        /// The key.
        key: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// A name that is not known.
    #[error("{key} is {found:?}: known here are {known}")]
    Name {
        /// The key.
        key: &'static str,
        /// What stands there.
        found: String,
        /// What might stand there.
        known: &'static str,
    },
    /// A token with a character that stands for no byte.
    #[error("token {id}, {token:?}, is not written in the characters of byte-level tokens")]
    Token {
        /// Its id.
        id: usize,
        /// The token.
        token: String,
    },
    /// A merge that is none.
    #[error("merge {rank} is {merge:?}: two tokens with a space between were expected, which together are a token")]
    Merge {
        /// The merge, from 0.
        rank: usize,
        /// What stands there.
        merge: String,
    },
    /// The parts do not fit.
    #[error(transparent)]
    Model(#[from] BpeError),
}

/// A value, borrowed from the file.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// A whole number from 0 on.
    Unsigned(u64),
    /// A whole number.
    Signed(i64),
    /// Another number.
    Float(f64),
    /// Yes or no.
    Bool(bool),
    /// A text.
    Text(&'a str),
    /// A list of texts.
    Texts(Vec<&'a str>),
    /// A list of numbers, as it stands in the file: [`Value::numbers`] reads it.
    Numbers {
        /// The kind of each.
        kind: u32,
        /// All of them.
        bytes: &'a [u8],
    },
}

impl Value<'_> {
    /// The whole numbers of a list, one after the other; `None` where this is no such list.
    pub fn numbers(&self) -> Option<impl Iterator<Item = i64>> {
        let Self::Numbers { kind, bytes } = *self else { return None };
        let size = size_of(kind).filter(|_| !matches!(kind, FLOAT | DOUBLE))?;
        Some(bytes.chunks_exact(size).map(move |bytes| match number(kind, bytes) {
            Some(Value::Unsigned(number)) => i64::try_from(number).unwrap_or(i64::MAX),
            Some(Value::Signed(number)) => number,
            _ => 0,
        }))
    }
}

const FLOAT: u32 = 6;
const BOOL: u32 = 7;
const TEXT: u32 = 8;
const LIST: u32 = 9;
const DOUBLE: u32 = 12;

/// The bytes of a number of this kind.
fn size_of(kind: u32) -> Option<usize> {
    match kind {
        0 | 1 | BOOL => Some(1),
        2 | 3 => Some(2),
        4 | 5 | FLOAT => Some(4),
        10 | 11 | DOUBLE => Some(8),
        _ => None,
    }
}

/// A number from its bytes, of which there are as many as [`size_of`] says.
fn number<'a>(kind: u32, bytes: &[u8]) -> Option<Value<'a>> {
    let mut wide = [0; 8];
    wide.get_mut(..bytes.len())?.copy_from_slice(bytes);
    let unsigned = u64::from_le_bytes(wide);
    Some(match kind {
        0 | 2 | 4 | 10 => Value::Unsigned(unsigned),
        1 => Value::Signed(i64::from(unsigned as u8 as i8)),
        3 => Value::Signed(i64::from(unsigned as u16 as i16)),
        5 => Value::Signed(i64::from(unsigned as u32 as i32)),
        11 => Value::Signed(unsigned as i64),
        FLOAT => Value::Float(f64::from(f32::from_bits(unsigned as u32))),
        DOUBLE => Value::Float(f64::from_bits(unsigned)),
        BOOL => Value::Bool(unsigned != 0),
        _ => return None,
    })
}

/// What a file says of its model, by key.
#[derive(Debug, Clone, Default)]
pub struct Metadata<'a>(BTreeMap<&'a str, Value<'a>>);

/// Reads the head of a file.
///
/// # Errors
/// When it is none.
pub fn read(bytes: &[u8]) -> Result<Metadata<'_>, GgufError> {
    let mut input = Input { bytes, at: 0 };
    if bytes.get(..4) != Some(b"GGUF") {
        return Err(GgufError::Magic);
    }
    input.at = 4;
    let version = input.u32("the version")?;
    if !matches!(version, 2 | 3) {
        return Err(GgufError::Version(version));
    }
    let _tensors = input.u64("the count of tensors")?;
    let pairs = input.u64("the count of keys")?;
    let mut metadata = BTreeMap::new();
    // A count that is too large runs into the end of the file.
    for _ in 0..pairs {
        let key = input.text()?;
        let kind = input.u32("a kind")?;
        let value = input.value(key, kind)?;
        if metadata.insert(key, value).is_some() {
            return Err(GgufError::Twice(key.to_owned()));
        }
    }
    Ok(Metadata(metadata))
}

impl<'a> Metadata<'a> {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Value<'a>> {
        self.0.get(key)
    }

    /// The keys with their values, in order of the keys.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, &Value<'a>)> {
        self.0.iter().map(|(key, value)| (*key, value))
    }

    /// The text of a key.
    pub fn text(&self, key: &str) -> Option<&'a str> {
        if let Some(Value::Text(text)) = self.get(key) { Some(text) } else { None }
    }

    /// The template by which a conversation becomes a text, where the model has one.
    pub fn chat_template(&self) -> Option<&'a str> {
        self.text("tokenizer.chat_template")
    }

    /// The tokenizer.
    ///
    /// # Errors
    /// When there is none, or none of byte-level BPE with a known pattern.
    pub fn tokenizer(&self) -> Result<Tokenizer, GgufError> {
        const MODEL: &str = "tokenizer.ggml.model";
        const PRE: &str = "tokenizer.ggml.pre";
        const TOKENS: &str = "tokenizer.ggml.tokens";
        const TYPES: &str = "tokenizer.ggml.token_type";
        const MERGES: &str = "tokenizer.ggml.merges";
        let text = |key| self.text(key).ok_or(GgufError::Value { key, expected: "a text" });
        let texts = |key| match self.get(key) {
            Some(Value::Texts(texts)) => Ok(texts),
            _ => Err(GgufError::Value { key, expected: "a list of texts" }),
        };
        let model = text(MODEL)?;
        if model != "gpt2" {
            return Err(GgufError::Name {
                key: MODEL,
                found: shortened(model),
                known: "gpt2, which is byte-level BPE",
            });
        }
        let pattern = match text(PRE)? {
            "gpt-2" => Pattern::Gpt2,
            "llama-bpe" => Pattern::Llama3,
            "qwen2" => Pattern::Qwen2,
            "gpt-4o" => Pattern::O200k,
            "smollm" => Pattern::SmolLm,
            found => {
                let known = "gpt-2, llama-bpe, qwen2, gpt-4o and smollm";
                return Err(GgufError::Name { key: PRE, found: shortened(found), known });
            }
        };
        let written = texts(TOKENS)?;
        let types = self.get(TYPES).and_then(Value::numbers).into_iter().flatten().chain(std::iter::repeat(1));
        let mut tokens: Vec<Box<[u8]>> = vec![];
        let mut special: Vec<(String, u32)> = vec![];
        let mut ids: FxHashMap<&str, u32> = FxHashMap::default();
        for ((id, token), kind) in written.iter().enumerate().zip(types) {
            let number = u32::try_from(id).map_err(|_| BpeError::TooMany(written.len()))?;
            tokens.push(if matches!(kind, 3 | 4) {
                special.push(((*token).to_owned(), number));
                token.as_bytes().into()
            } else {
                let read = byte_level::read(token);
                read.ok_or_else(|| GgufError::Token { id, token: shortened(token) })?.into()
            });
            if let Some(other) = ids.insert(token, number) {
                return Err(BpeError::Twice(other, number).into());
            }
        }
        let mut merges = vec![];
        for (rank, merge) in texts(MERGES)?.iter().enumerate() {
            let (left, right) = merge.split_once(' ').unwrap_or_default();
            let id = |token: &str| ids.get(token).copied();
            let (Some(left), Some(right), Some(merged)) = (id(left), id(right), id(&format!("{left}{right}"))) else {
                return Err(GgufError::Merge { rank, merge: shortened(merge) });
            };
            merges.push(Merge { left, right, merged });
        }
        let of_byte = |byte: u8| ids.get(&*byte_level::character(byte).to_string()).copied().unwrap_or(NO_TOKEN);
        let alphabet = Alphabet::Bytes(Box::new(std::array::from_fn(|byte| of_byte(byte as u8))));
        let bpe = Bpe::new(tokens, merges, alphabet)?;
        // llama.cpp takes a word that is a token at once, where the model was trained so.
        let bpe = if pattern == Pattern::Llama3 { bpe.with_whole_words() } else { bpe };
        Ok(Tokenizer { normalizer: Normalizer::None, pattern, bpe, special })
    }
}

/// A text of the file's in a message.
fn shortened(text: &str) -> String {
    crate::shortened(text, 80)
}

struct Input<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Input<'a> {
    /// So many things of so many bytes each.
    fn take(&mut self, count: u64, size: usize, what: &'static str) -> Result<&'a [u8], GgufError> {
        let left = &self.bytes[self.at..];
        let length = u128::from(count) * size as u128;
        let taken = usize::try_from(length).ok().and_then(|length| left.get(..length));
        let taken = taken.ok_or(GgufError::Cut { at: self.at, what, length, left: left.len() })?;
        self.at += taken.len();
        Ok(taken)
    }

    fn u32(&mut self, what: &'static str) -> Result<u32, GgufError> {
        let taken = self.take(1, 4, what)?;
        Ok(taken.iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte)))
    }

    fn u64(&mut self, what: &'static str) -> Result<u64, GgufError> {
        let taken = self.take(1, 8, what)?;
        Ok(taken.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn text(&mut self) -> Result<&'a str, GgufError> {
        let length = self.u64("the length of a text")?;
        let at = self.at;
        std::str::from_utf8(self.take(length, 1, "a text")?).map_err(|_| GgufError::Text(at))
    }

    fn value(&mut self, key: &str, kind: u32) -> Result<Value<'a>, GgufError> {
        let unknown = |kind| GgufError::Kind { key: shortened(key), kind };
        match kind {
            TEXT => Ok(Value::Text(self.text()?)),
            LIST => {
                let kind = self.u32("a kind")?;
                let count = self.u64("the count of a list")?;
                if kind != TEXT {
                    // Lists of lists are no part of what any model says.
                    let size = size_of(kind).ok_or_else(|| unknown(kind))?;
                    return Ok(Value::Numbers { kind, bytes: self.take(count, size, "a list")? });
                }
                // Each text takes 8 bytes at least, for its length: so a list that cannot be there is refused at once.
                let start = self.at;
                let most = self.take(count, 8, "a list of texts")?.len() / 8;
                self.at = start;
                (0..most).map(|_| self.text()).collect::<Result<_, _>>().map(Value::Texts)
            }
            kind => {
                let size = size_of(kind).ok_or_else(|| unknown(kind))?;
                number(kind, self.take(1, size, "a number")?).ok_or_else(|| unknown(kind))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes a head.
    #[derive(Default)]
    struct Head {
        pairs: u64,
        bytes: Vec<u8>,
    }

    impl Head {
        fn raw_text(&mut self, text: &str) {
            self.bytes.extend((text.len() as u64).to_le_bytes());
            self.bytes.extend(text.as_bytes());
        }

        fn key(mut self, key: &str, kind: u32) -> Self {
            self.pairs += 1;
            self.raw_text(key);
            self.bytes.extend(kind.to_le_bytes());
            self
        }

        fn text(self, key: &str, text: &str) -> Self {
            let mut head = self.key(key, TEXT);
            head.raw_text(text);
            head
        }

        fn texts(self, key: &str, texts: &[String]) -> Self {
            let mut head = self.key(key, LIST);
            head.bytes.extend(TEXT.to_le_bytes());
            head.bytes.extend((texts.len() as u64).to_le_bytes());
            texts.iter().for_each(|text| head.raw_text(text));
            head
        }

        fn raw(self, key: &str, kind: u32, bytes: &[u8]) -> Self {
            let mut head = self.key(key, kind);
            head.bytes.extend(bytes);
            head
        }

        fn file(self) -> Vec<u8> {
            let mut file = b"GGUF".to_vec();
            file.extend(3_u32.to_le_bytes());
            file.extend(0_u64.to_le_bytes());
            file.extend(self.pairs.to_le_bytes());
            file.extend(self.bytes);
            file
        }
    }

    /// A small tokenizer as llama.cpp's programs would write it, and the same one of ours.
    fn small() -> (Vec<u8>, Tokenizer) {
        let texts = ["가나 가나 가나다 나가 나가 abab abab 12 12", "학교에 학교에서 학교는"];
        let special = ["<|endoftext|>", "<|im_start|>"];
        let ours = Tokenizer::train(&texts, 280, Pattern::SmolLm, &special).unwrap();
        let written = |id: usize| match id {
            0 | 1 => special[id].to_owned(),
            _ => byte_level::written(&ours.bpe.tokens()[id]),
        };
        let tokens: Vec<String> = (0..ours.bpe.len()).map(written).collect();
        let merges = ours.bpe.merges().iter();
        let merges: Vec<String> =
            merges.map(|m| format!("{} {}", tokens[m.left as usize], tokens[m.right as usize])).collect();
        let types: Vec<u8> = (0..tokens.len()).flat_map(|id| if id < 2 { 3_i32 } else { 1 }.to_le_bytes()).collect();
        let list = [5_u32.to_le_bytes().as_slice(), &(tokens.len() as u64).to_le_bytes(), &types].concat();
        let file = Head::default()
            .raw("llama.block_count", 4, &30_u32.to_le_bytes())
            .raw("llama.rope.freq_base", FLOAT, &1e5_f32.to_le_bytes())
            .raw("tokenizer.ggml.add_bos_token", BOOL, &[0])
            .text("tokenizer.ggml.model", "gpt2")
            .text("tokenizer.ggml.pre", "smollm")
            .texts("tokenizer.ggml.tokens", &tokens)
            .raw("tokenizer.ggml.token_type", LIST, &list)
            .texts("tokenizer.ggml.merges", &merges)
            .text("tokenizer.chat_template", "{{ messages }}")
            .file();
        (file, ours)
    }

    #[test]
    fn a_tokenizer_comes_back() {
        let (file, ours) = small();
        let head = read(&file).unwrap();
        assert_eq!(head.chat_template(), Some("{{ messages }}"));
        assert_eq!(head.get("llama.block_count"), Some(&Value::Unsigned(30)));
        assert_eq!(head.get("llama.rope.freq_base"), Some(&Value::Float(1e5)));
        assert_eq!(head.get("tokenizer.ggml.add_bos_token"), Some(&Value::Bool(false)));
        let theirs = head.tokenizer().unwrap();
        assert_eq!((theirs.bpe.tokens(), theirs.bpe.merges()), (ours.bpe.tokens(), ours.bpe.merges()));
        assert_eq!((theirs.pattern, &theirs.special), (ours.pattern, &ours.special));
        let text = "<|im_start|>학교에서 가나다\t12 abab 😀<|endoftext|>";
        assert_eq!(theirs.encode_with_special(text), ours.encode_with_special(text));
        assert_eq!(theirs.encode(text), ours.encode(text));
    }

    #[test]
    fn what_is_cut_or_changed_is_refused_or_harmless() {
        let (file, _) = small();
        for end in 0..file.len() {
            assert!(read(&file[..end]).is_err(), "{end}");
        }
        for at in 0..file.len() {
            for bit in [0, 3, 7] {
                let mut changed = file.clone();
                changed[at] ^= 1 << bit;
                if let Ok(tokenizer) = read(&changed).and_then(|head| head.tokenizer()) {
                    tokenizer.pieces("가나다 abab");
                }
            }
        }
    }

    #[test]
    fn a_length_that_cannot_be_is_refused_before_anything_is_made() {
        for huge in [u64::MAX, u64::MAX / 2, 1 << 62, 1 << 40] {
            let list = |kind: u32| [kind.to_le_bytes().as_slice(), &huge.to_le_bytes()].concat();
            for file in [
                Head::default().raw("a", TEXT, &huge.to_le_bytes()).file(),
                Head::default().raw("a", LIST, &list(TEXT)).file(),
                Head::default().raw("a", LIST, &list(0)).file(),
                Head::default().raw("a", LIST, &list(10)).file(),
                Head { pairs: huge, bytes: huge.to_le_bytes().to_vec() }.file(),
            ] {
                assert!(matches!(read(&file), Err(GgufError::Cut { .. })), "{huge} {:?}", read(&file));
            }
        }
    }

    #[test]
    fn what_is_not_known_is_named() {
        let said = |head: Head| {
            let file = head.file();
            read(&file).and_then(|head| head.tokenizer()).expect_err("refused").to_string()
        };
        assert!(said(Head::default()).contains("tokenizer.ggml.model is missing"));
        assert!(said(Head::default().text("tokenizer.ggml.model", "llama")).contains("\"llama\""));
        let head = || Head::default().text("tokenizer.ggml.model", "gpt2");
        assert!(said(head().text("tokenizer.ggml.pre", "deepseek-r1-qwen")).contains("deepseek-r1-qwen"));
        let head = || head().text("tokenizer.ggml.pre", "gpt-2");
        let tokens = |tokens: &[&str]| tokens.iter().map(|token| (*token).to_owned()).collect::<Vec<_>>();
        assert!(said(head().texts("tokenizer.ggml.tokens", &tokens(&["한"]))).contains("token 0, \"한\""));
        assert!(said(head().texts("tokenizer.ggml.tokens", &tokens(&["a", "a"]))).contains("the same"));
        let head = || head().texts("tokenizer.ggml.tokens", &tokens(&["a", "b", "ab"]));
        for merge in ["ab", "a c", "b a", "", " "] {
            assert!(said(head().texts("tokenizer.ggml.merges", &tokens(&["a b", merge]))).contains("merge 1 is"));
        }
        assert!(said(head().raw("x", 13, &[])).contains("kind 13"));
        assert!(said(head().raw("x", LIST, &[9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])).contains("kind 9"));
        assert!(said(head().text("tokenizer.ggml.pre", "gpt-2")).contains("stands there twice"));
        // Bytes that no token stands for vanish; what is there is encoded.
        let file = head().texts("tokenizer.ggml.merges", &tokens(&["a b"])).file();
        assert_eq!(read(&file).unwrap().tokenizer().unwrap().encode("ab, a"), [2, 0]);
    }
}
