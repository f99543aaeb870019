//! Any bytes through everything that cleans a text: decoding, mojibake, one form, HTML, language, quality, personal data.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use week02_data::language::{Identifier, Language, Scripts};
use week02_data::quality::{Filters, Judge, LetterModel, Measure};
use week02_data::{decode, entities, html, mojibake, personal, unicode};

static IDENTIFIER: LazyLock<Identifier> = LazyLock::new(Identifier::default);
static JUDGE: LazyLock<Option<Judge>> = LazyLock::new(|| {
    let model = LetterModel::train(&[Language::Korean.sample()], 3, 0.1).ok();
    Judge::new(Filters::short(), model).ok()
});

fn target(bytes: &[u8]) {
    let declared = html::declared_charset(bytes);
    let decoded = decode::decode_declared(bytes, declared.as_deref());
    assert_eq!(decoded.lost, decoded.text.matches('\u{fffd}').count());
    html::page_text(bytes);
    let text = decoded.text;

    meant(&text);
    one_form(&text);
    page(&text);
    masked(&text);
    judged(&text);
}

fn meant(text: &str) {
    let repaired = mojibake::repair(text);
    assert_eq!(mojibake::repair(&repaired), repaired);
    // Misread once more, it is still undone.
    let misread = decode::read_as(text.as_bytes(), "windows-1252").unwrap_or_default();
    assert_eq!(mojibake::repair(&misread), repaired);
}

fn one_form(text: &str) {
    let (normal, _) = unicode::normalise(text);
    let (again, changes) = unicode::normalise(&normal);
    assert_eq!(again, normal);
    assert!(changes.is_none(), "{changes:?} of {normal:?}");
    assert!(!normal.contains(|sign: char| sign.is_control() && !matches!(sign, '\n' | '\t')));
    assert_eq!(unicode::normal_form(&normal, unicode::Form::Nfc), normal);
    let folded = unicode::fold_width(text);
    assert_eq!(unicode::fold_width(&folded), folded);
    unicode::visible(text);
}

fn page(text: &str) {
    let page = html::read(text);
    for block in &page.blocks {
        assert!(block.linked <= block.columns && block.columns > 0 && block.text.trim_end() == block.text);
    }
    assert!(html::main_blocks(&page.blocks).count() <= page.blocks.len());
    // A text that is written as HTML comes back.
    let written = text.replace('&', "&amp;").replace('<', "&lt;");
    assert_eq!(entities::decode(&written), text);
    let words: Vec<&str> = text.split_whitespace().collect();
    let back: Vec<String> = html::read(&written).blocks.into_iter().map(|block| block.text).collect();
    assert_eq!(back.concat(), words.join(" "));
}

fn masked(text: &str) {
    let masked = personal::mask(text);
    assert_eq!(masked.text.len(), text.len());
    let is_found = |at: usize| masked.found.iter().any(|found| found.at.contains(&at));
    for ((at, old), new) in text.char_indices().zip(masked.text.chars()) {
        assert!(new == old || (new == '*' && old.is_ascii_alphanumeric() && is_found(at)), "{at} in {text:?}");
    }
    assert!(masked.found.is_sorted_by_key(|found| found.at.start));
    assert!(masked.found.iter().all(|found| text.get(found.at.clone()).is_some_and(|found| !found.is_empty())));
    assert_eq!(personal::mask(&masked.text).text, masked.text);
}

fn judged(text: &str) {
    let scripts = Scripts::of(text);
    assert_eq!(scripts.letters() + scripts.no_letters, text.chars().filter(|sign| !sign.is_whitespace()).count());
    let shares = IDENTIFIER.shares(text);
    assert!(shares.is_empty() || (shares.iter().map(|(_, share)| share).sum::<f64>() - 1.0).abs() < 1e-9);
    assert!(JUDGE.is_some());
    for judge in JUDGE.iter() {
        let decision = judge.decide(text);
        assert_eq!(decision.keeps(), decision.removed_by().is_none());
        for measured in &decision.measured {
            let most = match measured.rule.measure {
                Measure::Characters | Measure::WordLength | Measure::Perplexity => f64::MAX,
                _ => 1.0,
            };
            assert!((0.0..=most).contains(&measured.value), "{measured:?}");
        }
    }
    if let Ok(filters) = Filters::read(text) {
        assert!(filters.validate().is_ok());
    }
}

fuzz_target!(init: shared::start(1 << 30), |bytes: &[u8]| shared::watched(|| target(bytes)));
