//! Any text cut by a unigram model and by WordPiece: with a trained vocabulary, and with one out of the input itself.
#![no_main]

use std::collections::BTreeMap;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use week03_tokenizer::split::Pattern;
use week03_tokenizer::train::{INNER, WordCounts};
use week03_tokenizer::unigram::{self, Part, Unigram};
use week03_tokenizer::viterbi::viterbi;
use week03_tokenizer::wordpieces::{UNKNOWN, WordPiece};

static WORDS: LazyLock<WordCounts> = LazyLock::new(|| {
    let mut words = WordCounts::default();
    words.count(
        "학교에 학교는 집에 집에서 학교에서 오늘 학교까지 갔다. the cat sat on the mat, the cat!",
        Pattern::Gpt2,
    );
    words
});
static UNIGRAM: LazyLock<Option<Unigram>> = LazyLock::new(|| unigram::train(&WORDS, &unigram::Settings::new(60)).ok());
static WORDPIECE: LazyLock<Option<WordPiece>> = LazyLock::new(|| WordPiece::train(&WORDS, 90).ok());

/// Characters up to which the definition is asked too: it looks at every part of a text.
const SHORT: usize = 60;

fn by_unigram(model: &Unigram, text: &str, draws: &[u8]) {
    let parts = model.segment(text);
    are_parts(model, text, &parts);
    assert_eq!(model.cut(text).concat(), text);
    let mut draws = draws.iter().cycle();
    let drawn = model.sample(text, 0.5, |weights| {
        assert!(weights.iter().all(|weight| (0.0..=1.01).contains(weight)), "{weights:?}");
        Ok::<_, ()>(usize::from(*draws.next().unwrap_or(&0)) % weights.len())
    });
    are_parts(model, text, &drawn.unwrap_or_default());
    let has_unknown = parts.iter().any(|(id, _)| id.is_none());
    let log = model.log_probability(text);
    assert!(!log.is_nan() && (log.is_finite() || has_unknown), "{log}");

    if text.chars().count() <= SHORT {
        let mut scores = BTreeMap::new();
        model.tokens().iter().for_each(|(token, score)| _ = scores.entry(token.clone()).or_insert(*score));
        let score = |token: &str| scores.get(token).copied();
        let naive: f64 =
            viterbi(text, &scores, model.unknown()).iter().map(|t| score(t).unwrap_or(model.unknown())).sum();
        let unknown = |part: &str| part.chars().count() as f64 * model.unknown();
        let ours: f64 = model.cut(text).iter().map(|t| score(t).unwrap_or_else(|| unknown(t))).sum();
        assert!((naive - ours).abs() < 1e-9, "{naive} {ours}");
    }
}

/// In order, without a gap, each the text of its token.
fn are_parts(model: &Unigram, text: &str, parts: &[Part]) {
    let mut start = 0;
    for (id, end) in parts {
        let part = text.get(start..*end).unwrap_or_default();
        assert!(!part.is_empty());
        assert!(id.is_none_or(|id| model.tokens()[id as usize].0 == part));
        start = *end;
    }
    assert_eq!(start, text.len());
    assert!(parts.windows(2).all(|two| two[0].0.is_some() || two[1].0.is_some()));
}

fn by_wordpiece(model: &WordPiece, text: &str) {
    for word in text.split_whitespace() {
        let mut ids = vec![];
        model.encode_word(word, &mut ids);
        let tokens: Vec<&str> = ids.iter().map(|id| model.tokens()[*id as usize].as_str()).collect();
        let inner = tokens.iter().skip(1).map(|token| token.strip_prefix(INNER).unwrap_or("no inner token"));
        let joined: String = tokens.first().copied().into_iter().chain(inner).collect();
        assert!(tokens == [UNKNOWN] || joined == word, "{word:?} {tokens:?}");
    }
}

fn target(bytes: &[u8]) {
    let text = shared::text(bytes);
    assert!(UNIGRAM.is_some() && WORDPIECE.is_some());
    UNIGRAM.iter().for_each(|model| by_unigram(model, &text, bytes));
    WORDPIECE.iter().for_each(|model| by_wordpiece(model, &text));

    // The lines before an empty one are a vocabulary.
    let (lines, text) = text.split_once("\n\n").unwrap_or((&text, &text));
    let tokens: Vec<String> = lines.lines().map(str::to_owned).collect();
    let score = |(i, token): (usize, &String)| (token.clone(), -1.0 - (i * 7 % 5) as f64);
    by_unigram(&Unigram::new(tokens.iter().enumerate().map(score).collect()), text, bytes);
    if let Ok(model) = WordPiece::new([vec![UNKNOWN.to_owned()], tokens].concat(), 100) {
        by_wordpiece(&model, text);
    }
}

fuzz_target!(init: shared::start(256 << 20), |bytes: &[u8]| shared::watched(|| target(bytes)));
