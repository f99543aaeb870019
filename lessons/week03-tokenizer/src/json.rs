//! `tokenizer.json`: the file in which Hugging Face's `tokenizers` keeps a tokenizer. What is written here they load, with the
//! same ids; of theirs, byte-level BPE is read: GPT-2, Llama 3, Qwen 2, SmolLM2 and what is trained like them.
//!
//! What is not understood is refused by name. A tokenizer that is read almost rightly gives almost the right ids, and a model
//! then fails in silence.

use rustc_hash::FxHashMap;
use serde_json::{Value, json};

use crate::bpe::{Alphabet, Bpe, BpeError, Merge, NO_TOKEN};
use crate::byte_level;
use crate::shortened;
use crate::split::Pattern;
use crate::tokenizer::{Normalizer, Tokenizer};

/// Why a `tokenizer.json` is not read.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    /// No JSON.
    #[error("this is no JSON: {0}")]
    Syntax(#[from] serde_json::Error),
    /// A part that is missing or of another form.
    #[error("{place} is missing, or is not {expected}")]
    Form {
        /// The part: `model.vocab`.
        place: String,
        /// What it should be.
        expected: &'static str,
    },
    /// A kind of part that is not known here.
    #[error("{place} is {found}: only {known} is known here")]
    Kind {
        /// The part: `model.type`.
        place: &'static str,
        /// What stands there.
        found: String,
        /// What might stand there.
        known: &'static str,
    },
    /// A token with a character that stands for no byte.
    #[error("the token {0:?} is not written in the characters of byte-level tokens")]
    Token(String),
    /// A merge of something that is no token.
    #[error("merge {rank} is {merge:?}, and {missing:?} is no token")]
    Merge {
        /// The merge, from 0.
        rank: usize,
        /// Both parts.
        merge: (String, String),
        /// What is no token.
        missing: String,
    },
    /// An id that two tokens have, or none.
    #[error("the ids of the {tokens} tokens are not 0 to {}: {id} stands there twice or is too large", .tokens - 1)]
    Id {
        /// How many tokens.
        tokens: usize,
        /// The id.
        id: u64,
    },
    /// A special token with two ids.
    #[error("the token {token:?} has the id {added} in added_tokens and {id} in model.vocab")]
    Special {
        /// The token.
        token: String,
        /// Its id among the added tokens.
        added: u32,
        /// Its id in the vocabulary.
        id: u64,
    },
    /// A name that two special tokens have.
    #[error("the token {0:?} stands in added_tokens twice, with two ids")]
    SpecialTwice(String),
    /// The parts do not fit.
    #[error(transparent)]
    Model(#[from] BpeError),
}

/// A tokenizer as the text of a `tokenizer.json`.
///
/// # Errors
/// When its words are made of characters: only byte-level tokenizers are written.
pub fn write(tokenizer: &Tokenizer) -> Result<String, JsonError> {
    let bpe = &tokenizer.bpe;
    if !matches!(bpe.alphabet(), Alphabet::Bytes(_)) {
        return Err(form("the alphabet", "one of bytes"));
    }
    // Special tokens stand there as they are, in merges too.
    let special: FxHashMap<u32, &str> = tokenizer.special.iter().map(|(name, id)| (*id, name.as_str())).collect();
    let written = |id: u32| match special.get(&id) {
        Some(name) => (*name).to_owned(),
        None => byte_level::written(bpe.token(id).unwrap_or_default()),
    };
    let vocab: serde_json::Map<String, Value> = (0..bpe.len() as u32).map(|id| (written(id), json!(id))).collect();
    let merges: Vec<Value> = bpe.merges().iter().map(|m| json!([written(m.left), written(m.right)])).collect();
    let added: Vec<Value> = tokenizer
        .special
        .iter()
        .map(|(content, id)| {
            json!({"id": id, "content": content, "single_word": false, "lstrip": false, "rstrip": false,
                   "normalized": false, "special": true})
        })
        .collect();
    let bytes = |use_regex: bool| json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": use_regex});
    let split =
        |regex: &str| json!({"type": "Split", "pattern": {"Regex": regex}, "behavior": "Isolated", "invert": false});
    let sequence = |parts: [Value; 2]| json!({"type": "Sequence", "pretokenizers": parts});
    let pre_tokenizer = match tokenizer.pattern {
        Pattern::Gpt2 => bytes(true),
        Pattern::SmolLm => sequence([json!({"type": "Digits", "individual_digits": true}), bytes(true)]),
        pattern => sequence([split(pattern.regex()), bytes(false)]),
    };
    let normalizer = match tokenizer.normalizer {
        Normalizer::None => Value::Null,
        Normalizer::Nfc => json!({"type": "NFC"}),
    };
    let document = json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": added, "normalizer": normalizer,
        "pre_tokenizer": pre_tokenizer, "post_processor": null, "decoder": bytes(true),
        "model": {
            "type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
            "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false,
            // A vocabulary by rank takes a word that is a token at once.
            "ignore_merges": bpe.takes_whole_words(), "vocab": vocab, "merges": merges,
        },
    });
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

/// A tokenizer from the text of a `tokenizer.json`.
///
/// # Errors
/// When it is not one, or of a kind that is not known here.
pub fn read(text: &str) -> Result<Tokenizer, JsonError> {
    let document: Value = serde_json::from_str(text)?;
    let model = &document["model"];
    known("model.type", &model["type"], &["BPE"], "BPE")?;
    for (place, value) in [
        ("model.continuing_subword_prefix", &model["continuing_subword_prefix"]),
        ("model.end_of_word_suffix", &model["end_of_word_suffix"]),
        ("model.dropout", &model["dropout"]),
    ] {
        if !value.is_null() && value.as_str() != Some("") {
            return Err(JsonError::Kind { place, found: value.to_string(), known: "null" });
        }
    }
    if model["byte_fallback"].as_bool() == Some(true) {
        return Err(JsonError::Kind { place: "model.byte_fallback", found: "true".into(), known: "false" });
    }
    let special = specials(&document)?;
    let normalizer = normalizer(&document["normalizer"])?;
    let pattern = pattern(&document["pre_tokenizer"])?;
    let tokens = tokens(model, &special)?;
    let bpe = Bpe::new(tokens.bytes, merges(model, &tokens.ids)?, tokens.alphabet)?;
    let bpe = if model["ignore_merges"].as_bool() == Some(true) { bpe.with_whole_words() } else { bpe };
    Ok(Tokenizer { normalizer, pattern, bpe, special })
}

fn form(place: &str, expected: &'static str) -> JsonError {
    JsonError::Form { place: place.to_owned(), expected }
}

fn known(place: &'static str, found: &Value, names: &[&str], known: &'static str) -> Result<(), JsonError> {
    match found.as_str() {
        Some(name) if names.contains(&name) => Ok(()),
        _ => Err(JsonError::Kind { place, found: found.to_string(), known }),
    }
}

fn specials(document: &Value) -> Result<Vec<(String, u32)>, JsonError> {
    let empty = vec![];
    let list = document["added_tokens"].as_array().unwrap_or(&empty);
    let mut ids = FxHashMap::default();
    list.iter()
        .map(|token| {
            let content = token["content"].as_str().ok_or_else(|| form("added_tokens[].content", "a text"))?;
            let id = token["id"].as_u64().and_then(|id| u32::try_from(id).ok());
            let id = id.ok_or_else(|| form("added_tokens[].id", "a number"))?;
            if ids.insert(content, id).is_some_and(|other| other != id) {
                return Err(JsonError::SpecialTwice(content.to_owned()));
            }
            Ok((content.to_owned(), id))
        })
        .collect()
}

fn normalizer(value: &Value) -> Result<Normalizer, JsonError> {
    if value.is_null() {
        return Ok(Normalizer::None);
    }
    known("normalizer.type", &value["type"], &["NFC"], "NFC or null")?;
    Ok(Normalizer::Nfc)
}

fn pattern(value: &Value) -> Result<Pattern, JsonError> {
    const KNOWN: &str =
        "ByteLevel, alone, behind a Split by the pattern of GPT-4, Llama 3, Qwen 2 or GPT-4o, or behind Digits,";
    let unknown =
        || JsonError::Kind { place: "pre_tokenizer", found: shortened(&value.to_string(), 200), known: KNOWN };
    let is_bytes = |value: &Value, use_regex: bool| {
        value["type"] == "ByteLevel"
            && value["add_prefix_space"] == false
            && value["use_regex"].as_bool().unwrap_or(true) == use_regex
    };
    if is_bytes(value, true) {
        return Ok(Pattern::Gpt2);
    }
    let parts = value["pretokenizers"].as_array().map_or(&[][..], Vec::as_slice);
    match parts {
        [digits, bytes]
            if digits["type"] == "Digits" && digits["individual_digits"] == true && is_bytes(bytes, true) =>
        {
            Ok(Pattern::SmolLm)
        }
        [split, bytes] if split["type"] == "Split" && is_bytes(bytes, false) => {
            let regex = split["pattern"]["Regex"].as_str().ok_or_else(unknown)?;
            Pattern::ALL.into_iter().find(|pattern| pattern.regex() == regex).ok_or_else(unknown)
        }
        _ => Err(unknown()),
    }
}

struct Tokens {
    bytes: Vec<Box<[u8]>>,
    ids: FxHashMap<String, u32>,
    alphabet: Alphabet,
}

fn tokens(model: &Value, special: &[(String, u32)]) -> Result<Tokens, JsonError> {
    let vocab = model["vocab"].as_object().ok_or_else(|| form("model.vocab", "an object of tokens and ids"))?;
    let beyond = special.iter().filter(|(name, _)| !vocab.contains_key(name)).count();
    let count = vocab.len() + beyond;
    let mut bytes: Vec<Option<Box<[u8]>>> = vec![None; count];
    let mut ids = FxHashMap::default();
    let mut put = |id: u64, token: Box<[u8]>| {
        match bytes.get_mut(usize::try_from(id).unwrap_or(usize::MAX)) {
            Some(place @ None) => *place = Some(token),
            _ => return Err(JsonError::Id { tokens: count, id }),
        }
        Ok(())
    };
    for (token, id) in vocab {
        let id = id.as_u64().ok_or_else(|| form("model.vocab", "an object of tokens and ids"))?;
        let read = match special.iter().find(|(name, _)| name == token) {
            Some((_, added)) if u64::from(*added) != id => {
                return Err(JsonError::Special { token: token.clone(), added: *added, id });
            }
            Some(_) => token.as_bytes().to_vec(),
            None => byte_level::read(token).ok_or_else(|| JsonError::Token(token.clone()))?,
        };
        put(id, read.into())?;
        ids.insert(token.clone(), id as u32);
    }
    for (name, id) in special.iter().filter(|(name, _)| !vocab.contains_key(name)) {
        put(u64::from(*id), name.as_bytes().into())?;
    }
    // As many places as tokens, none taken twice: all are taken.
    let bytes: Vec<Box<[u8]>> = bytes.into_iter().flatten().collect();
    let mut alphabet = Box::new([0; 256]);
    for byte in 0..=u8::MAX {
        let written = byte_level::character(byte).to_string();
        alphabet[usize::from(byte)] = ids.get(&written).copied().unwrap_or(NO_TOKEN);
    }
    Ok(Tokens { bytes, ids, alphabet: Alphabet::Bytes(alphabet) })
}

fn merges(model: &Value, ids: &FxHashMap<String, u32>) -> Result<Vec<Merge>, JsonError> {
    let expected = "a list of pairs";
    let list = model["merges"].as_array().ok_or_else(|| form("model.merges", expected))?;
    let mut merges = Vec::with_capacity(list.len());
    for (rank, merge) in list.iter().enumerate() {
        // Two texts; in older files, one with a space between.
        let parts = match merge {
            Value::Array(parts) => match &parts[..] {
                [left, right] => left.as_str().zip(right.as_str()),
                _ => None,
            },
            _ => merge.as_str().and_then(|merge| merge.split_once(' ')),
        };
        let (left, right) = parts.ok_or_else(|| form(&format!("model.merges[{rank}]"), "a pair of texts"))?;
        let id = |token: &str| {
            ids.get(token).copied().ok_or_else(|| JsonError::Merge {
                rank,
                merge: (left.to_owned(), right.to_owned()),
                missing: token.to_owned(),
            })
        };
        merges.push(Merge { left: id(left)?, right: id(right)?, merged: id(&format!("{left}{right}"))? });
    }
    Ok(merges)
}
