//! A tiny model of random numbers, in files of our own: against itself without a cache, and on files and texts that are not
//! what they should be.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what it expects")]

use std::path::PathBuf;

use candle_core::{DType, Device, Tensor};
use week04_attention::stories::{Stories, StoriesError};

/// The largest difference, as a share of the largest expected value.
fn off(got: &Tensor, expected: &Tensor) -> f32 {
    assert_eq!(got.dims(), expected.dims());
    let largest = |x: &Tensor| x.abs().unwrap().flatten_all().unwrap().max(0).unwrap().to_scalar::<f32>().unwrap();
    largest(&(got - expected).unwrap()) / largest(expected)
}

/// A folder of one test, empty at first.
fn folder(test: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("stories-{test}"));
    let _ = std::fs::remove_dir_all(&folder); // there may be none
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

const CONTEXT: usize = 16;

/// Width 8, inner width 12, 2 layers, 4 heads on 2 key heads, 270 tokens, and a matrix of its own for the logits.
const HEADER: [i32; 7] = [8, 12, 2, 4, 2, -270, CONTEXT as i32];

fn model_file(header: [i32; 7]) -> Vec<u8> {
    let [dim, hidden, layers, heads, kv_heads, vocab, context] = HEADER.map(|size| size.unsigned_abs() as usize);
    let head = dim / heads;
    let layer = 2 * dim + 2 * dim * dim + 2 * head * kv_heads * dim + 3 * dim * hidden;
    let count = 2 * vocab * dim + layers * layer + dim + context * head;
    let mut rng = week00_workbench::rng::Rng::seed(9);
    let numbers: Vec<f32> = rng.normal(count, &Device::Cpu).expect("numbers").to_vec1().expect("numbers");
    let header = header.iter().flat_map(|size| size.to_le_bytes());
    header.chain(numbers.iter().flat_map(|number| number.to_le_bytes())).collect()
}

fn tokens() -> Vec<(String, f32)> {
    let special = ["<unk>", "\n<s>\n", "\n</s>\n"].map(String::from);
    let bytes = (0..256).map(|byte| format!("<0x{byte:02X}>"));
    let texts = [" ", "a", "b", "ab", " a", " ab", "c", "d", "e", "f", "bb"].map(String::from);
    let all = special.into_iter().chain(bytes).chain(texts);
    all.enumerate().map(|(id, text)| (text, -(id as f32))).collect()
}

fn tokenizer_file(tokens: &[(String, f32)]) -> Vec<u8> {
    let mut file = 7_i32.to_le_bytes().to_vec();
    for (text, score) in tokens {
        file.extend(score.to_le_bytes());
        file.extend((text.len() as i32).to_le_bytes());
        file.extend(text.bytes());
    }
    file
}

/// What reading these two files gives.
fn read(test: &str, model: &[u8], tokenizer: &[u8]) -> Result<Stories, StoriesError> {
    let folder = folder(test);
    std::fs::write(folder.join("model.bin"), model).expect("written");
    std::fs::write(folder.join("tok.bin"), tokenizer).expect("written");
    Stories::read(&folder.join("model.bin"), &folder.join("tok.bin"), &Device::Cpu)
}

fn tiny(test: &str) -> Stories {
    read(test, &model_file(HEADER), &tokenizer_file(&tokens())).expect("a model")
}

#[test]
fn with_a_cache_the_logits_are_those_of_the_whole_text() {
    let model = tiny("cache");
    let text: Vec<u32> = vec![1, 259, 262, 265, 3, 269, 260, 260, 264, 1, 17];
    let whole = model.forward(&text, &mut model.state()).unwrap();
    assert_eq!(whole.dims(), [text.len(), 270]);
    for pieces in [vec![1; 11], vec![5, 1, 1, 1, 1, 1, 1], vec![2, 3, 4, 2], vec![11]] {
        let (mut state, mut rows, mut at) = (model.state(), vec![], 0);
        for size in pieces {
            rows.push(model.forward(&text[at..at + size], &mut state).unwrap());
            at += size;
            assert_eq!(state.read(), at);
        }
        let rows = Tensor::cat(&rows, 0).unwrap();
        assert!(off(&rows, &whole) < 1e-6, "{}", off(&rows, &whole));
    }
}

#[test]
fn no_token_sees_a_later_one() {
    let model = tiny("causal");
    let logits = |last| model.forward(&[1, 259, 262, 265, last], &mut model.state()).unwrap();
    let (one, other) = (logits(266), logits(267));
    let before = |x: &Tensor| x.narrow(0, 0, 4).unwrap();
    assert_eq!(off(&before(&one), &before(&other)), 0.0);
    assert!(off(&one, &other) > 0.0);
}

#[test]
fn telling_ends_where_the_context_is_full() {
    let model = tiny("full");
    let said: Vec<_> = model.tell(&[1, 259, 262]).collect();
    let (last, told) = said.split_last().expect("something");
    // 16 positions are read: 3 of the beginning and 13 told; what the last one of them says is told and never read.
    let expected = "the model's context is full: it reads at most 16 tokens";
    assert!(last.as_ref().is_err_and(|error| error.to_string().starts_with(expected)), "{last:?}");
    assert!(told.len() == CONTEXT - 3 + 1 && told.iter().all(Result::is_ok), "{}", told.len());
}

#[test]
fn a_story_ends_with_the_start_of_the_next() {
    // With all weights of the last norm 0 every logit is 0, and of equal ones the first is taken: token 0. With a row of
    // the logits' matrix for token 1 that is larger than all others, token 1 is.
    let mut file = model_file(HEADER);
    let logits = file.len() - 270 * 8 * 4;
    let norm = logits - (CONTEXT * 2 + 8) * 4;
    file[norm..norm + 32].fill(0);
    let model = read("ties", &file, &tokenizer_file(&tokens())).expect("a model");
    assert_eq!(model.tell(&[1]).take(3).collect::<Result<Vec<_>, _>>().unwrap(), [0, 0, 0]);

    // The logits are the sums of the last vectors with rows of ones for token 1 and of minus ones for token 5.
    let mut file = model_file(HEADER);
    file[logits..].fill(0);
    for i in 0..8 {
        file[logits + (8 + i) * 4..][..4].copy_from_slice(&1_f32.to_le_bytes());
        file[logits + (5 * 8 + i) * 4..][..4].copy_from_slice(&(-1_f32).to_le_bytes());
    }
    let model = read("ends", &file, &tokenizer_file(&tokens())).expect("a model");
    let mut some_end = false;
    for beginning in 259..270 {
        let first = model.forward(&[1, beginning], &mut model.state()).unwrap().get(1).unwrap();
        let ends = first.get(1).unwrap().to_scalar::<f32>().unwrap() > 0.0;
        assert_eq!(model.tell(&[1, beginning]).next().is_none(), ends);
        some_end |= ends;
    }
    assert!(some_end);
}

// ---- bad input

/// The error of reading these files, one sentence and what to do.
fn refused(test: &str, model: &[u8], tokenizer: &[u8]) -> String {
    let error = read(test, model, tokenizer).expect_err(test).to_string();
    assert!(error.lines().count() == 1 && error.contains("cargo workshop data get"), "{error}");
    error
}

#[test]
fn a_model_that_is_none_is_refused_with_its_reason() {
    let good = model_file(HEADER);
    let long = [&good[..], &[0; 4]].concat();
    let mut nan = good.clone();
    nan[28 + 270 * 8 * 4..][..4].copy_from_slice(&f32::NAN.to_le_bytes());
    let mut infinite = good.clone();
    infinite[28..32].copy_from_slice(&f32::INFINITY.to_le_bytes());
    let pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:b0a5\nsize 1056540\n";
    let noise: Vec<u8> = (0..5000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8 | 1).collect();
    for (test, file, why) in [
        ("empty", &b""[..], "it is empty"),
        ("few", &good[..20], "it needs 28 bytes, and it has 20"),
        ("header", &good[..28], "cut short"),
        ("cut", &good[..good.len() - 1], "cut short"),
        ("long", &long, "too long"),
        ("gguf", b"GGUF\x03\0\0\0\x01\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\0", "llama.cpp"),
        ("page", b"\n<!DOCTYPE html><html><body>404 Not Found</body></html>", "a web page"),
        ("pointer", pointer, "a pointer of Git LFS"),
        ("zip", b"PK\x03\x04\x14\0\x08\x08\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", "a zip archive"),
        ("zeros", &[0; 4096], "zeros only"),
        ("noise", &noise, "in its header"),
        ("nan", &nan, "a weight in rms_att_weight is NaN"),
        ("inf", &infinite, "a weight in token_embedding_table is inf"),
    ] {
        let error = refused(test, file, &tokenizer_file(&tokens()));
        assert!(error.contains(why) && error.contains("model.bin") && error.contains("stories260K"), "{test}: {error}");
    }
}

#[test]
fn a_header_cannot_ask_for_what_the_file_has_not() {
    let most = i32::MAX;
    for (header, why) in [
        ([most - 1, most, most, 1, 1, most, most], "cut short"),
        ([64, 172, most, 8, 4, 512, 512], "cut short"),
        ([8, 12, 2, 4, 2, i32::MIN, 16], "cut short"),
        ([8, 12, 2, 4, 2, 0, 16], "the size vocab in its header is 0"),
        ([8, -12, 2, 4, 2, -270, 16], "the size hidden in its header is -12"),
        ([8, 12, 2, 4, 2, -270, 0], "the size context in its header is 0"),
        ([8, 12, 2, 0, 2, -270, 16], "the size heads in its header is 0"),
        ([8, 12, 2, 4, 2, 270, 16], "too long"), // as if the logits had no matrix of their own
        ([8, 12, 2, 3, 1, -270, 16], "3 heads for a width of 8"),
        ([8, 12, 2, 8, 2, -270, 16], "8 heads for a width of 8"), // of size 1, which makes no pair to turn
        ([8, 12, 2, 4, 3, -270, 16], "3 key and value heads for 4 query heads"),
    ] {
        let error = refused("sizes", &model_file(header), &tokenizer_file(&tokens()));
        assert!(error.contains(why), "{header:?}: {error}");
    }
}

#[test]
fn a_tokenizer_that_is_none_is_refused_with_its_reason() {
    let good = tokenizer_file(&tokens());
    let changed = |id: usize, text: &str, score: f32| {
        let mut tokens = tokens();
        tokens[id] = (text.to_owned(), score);
        tokenizer_file(&tokens)
    };
    let mut huge = good.clone();
    huge[8..12].copy_from_slice(&u32::MAX.to_le_bytes());
    let mut not_text = good.clone();
    not_text[12] = 0xFF;
    for (test, file, why) in [
        ("tok-empty", vec![], "it is empty"),
        ("tok-cut", good[..good.len() - 1].to_vec(), "cut short"),
        ("tok-few", tokenizer_file(&tokens()[..269]), "cut short"),
        ("tok-long", [&good[..], b"more"].concat(), "too long"),
        ("tok-longest", vec![1; 1 << 20], "too long"),
        ("tok-length", huge, "cut short"),
        ("tok-page", b"<html>".to_vec(), "a web page"),
        ("tok-model", model_file(HEADER), "not a file of this kind"),
        ("tok-text", not_text, "token 0 is not text"),
        ("tok-score", changed(260, "a", f32::NAN), "token 260 is not text with a score"),
        ("tok-bytes", changed(100, "x", 0.0), "not the 256 bytes"),
    ] {
        let error = refused(test, &model_file(HEADER), &file);
        assert!(error.contains(why) && error.contains("tok.bin") && error.contains("tok512"), "{test}: {error}");
    }
}

#[test]
fn what_is_not_a_file_is_refused() {
    let folder = folder("nothing");
    for path in [folder.join("missing.bin"), folder.clone()] {
        let error = Stories::read(&path, &path, &Device::Cpu).expect_err("nothing to read").to_string();
        assert!(error.contains("cannot be read") && error.contains("nothing"), "{error}");
    }
}

#[test]
fn texts_and_tokens_that_do_not_fit_are_refused() {
    let model = tiny("texts");
    let error = |text: &str| model.encode(text).expect_err(text).to_string();
    for empty in ["", "  ", "\n\t "] {
        assert!(error(empty).contains("empty"));
    }
    // With its 16 positions: <s>, and one token for each letter after the first.
    assert_eq!(model.encode("aaaaaaaaaaaaaaa").unwrap().len(), CONTEXT);
    assert_eq!(error("aaaaaaaaaaaaaaaa"), "the text has 17 tokens or more, and the model reads at most 16: shorten it");
    assert!(error(&"ab".repeat(1 << 20)).contains("reads at most 16"));
    assert_eq!(model.encode("abab").unwrap(), [1, 264, 262]);
    assert_eq!(model.encode("bbb").unwrap(), [1, 259, 269, 261], "of equal pairs the first is merged");
    assert_eq!(model.encode("가").unwrap(), [1, 259, 0xEA + 3, 0xB0 + 3, 0x80 + 3]);
    assert_eq!(model.decode(&model.encode("a 가🐱").unwrap()), "a 가🐱");
    assert_eq!(model.decode(&[1, 260, 0xEA + 3, 0xB0 + 3]), "a\u{fffd}", "a character whose end is missing");
    assert_eq!(model.pieces(&[1, 259, 263]), ["<s>", "␣", "a"]);

    let error = |ids: &[u32]| model.forward(ids, &mut model.state()).expect_err("no logits").to_string();
    assert!(error(&[]).contains("empty") && error(&[1, 270]).contains("no token 270: the model's vocabulary has 270"));
    assert!(error(&[1; 17]).contains("17 tokens or more"));
    assert!(model.embed(2, &[1]).expect_err("two layers").to_string().contains("no layer 2: the model has 2"));
    assert!(model.queries(2, &Tensor::zeros((1, 8), DType::F32, &Device::Cpu).unwrap()).is_err());
    // A state that refused a text goes on as if it had not been asked.
    let mut state = model.state();
    model.forward(&[1; 10], &mut state).unwrap();
    assert!(model.forward(&[1; 7], &mut state).is_err() && state.read() == 10);
    assert!(model.forward(&[1; 6], &mut state).is_ok());
}
