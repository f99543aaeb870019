//! The course's own tokenizer: what the models of later weeks read and write.
//!
//! Byte-level, so that every text has tokens; cut as Llama 3 cuts, which llama.cpp knows as `llama-bpe`; trained on the
//! course's corpus. It is made anew whenever it is asked for: the same corpus, seed and settings give the same merges on every
//! machine.

use week00_workbench::datasets::corpus;
use week00_workbench::datasets::split::Split;

use crate::split::Pattern;
use crate::tokenizer::Tokenizer;
use crate::train::TrainError;

/// The seed of the corpus that it is trained on.
pub const SEED: u64 = 1;
/// How much of the corpus it is trained on, in bytes.
pub const BYTES: u64 = 4_000_000;
/// How many tokens it has. Twice as many would save few tokens more, and most of them would hardly be seen in training (page 9 of
/// the week measures both).
pub const VOCABULARY: usize = 8000;
/// Its special tokens, which have the ids from 0 on: the end of a text, the begin and the end of a message, and filling.
pub const SPECIAL: [&str; 4] = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|pad|>"];

/// Texts of the corpus: documents of this split until they fill so many bytes.
pub fn texts(split: Split, bytes: u64) -> Vec<String> {
    corpus::documents(SEED, split).up_to(bytes).map(|document| document.text).collect()
}

/// Trains the tokenizer of the course: the work of a few seconds.
///
/// # Errors
/// When the corpus is empty, which its own tests exclude.
pub fn tokenizer() -> Result<Tokenizer, TrainError> {
    Tokenizer::train(&texts(Split::Train, BYTES), VOCABULARY, Pattern::Llama3, &SPECIAL)
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use week00_workbench::datasets::rng;
    use week00_workbench::datasets::tasks::parallel;

    use super::*;
    use crate::real::Real;
    use crate::unigram;
    use crate::vocabulary::*;
    use crate::wordpieces::WordPiece;
    use crate::{batch, morphemes, train};

    #[test]
    fn t5_measure() {
        let t = Instant::now();
        let train = texts(Split::Train, BYTES);
        println!("train {:?}", t.elapsed());
        let t = Instant::now();
        let held = texts(Split::Test, 200_000);
        println!("held {:?} {}", t.elapsed(), held.len());
        let large = Tokenizer::train(&train, 16000, Pattern::Llama3, &SPECIAL).unwrap();
        let words = batch::count_words(&train, Pattern::Llama3);
        println!("words {}", words.len());
        let sent = morphemes::sentences();
        let path = std::path::Path::new("/work/shared/data/nsmc/raw.txt");
        let reviews: Vec<String> = std::fs::read_to_string(path).unwrap().lines().take(5000).map(str::to_owned).collect();
        let pairs: Vec<_> = parallel::items(SEED, Split::Test).take(500).collect();
        let ko: Vec<String> = pairs.iter().map(|p| p.ko.clone()).collect();
        let en: Vec<String> = pairs.iter().map(|p| p.en.clone()).collect();
        let show = |name: &str, tok: &Tokenizer| {
            let t = Instant::now();
            let f = fertility_of(tok, &held);
            let r = fertility_of(tok, &reviews);
            let s = morphemes::score(&sent, &|text| morphemes::tokens(tok, text));
            let (k, e) = (fertility_of(tok, &ko), fertility_of(tok, &en));
            println!("{name}: held {f:.3?} reviews {r:.3?} rare {:.3} borders {s:.3?} ko {k:.3?} en {e:.3?} {:?}", rare(&tok.bpe, &words, 100), t.elapsed());
        };
        for n in [500, 1000, 2000, 4000, 8000, 16000] {
            show(&n.to_string(), &Tokenizer::new(Pattern::Llama3, smaller(&large.bpe, n).unwrap()));
        }
        for real in Real::ALL {
            let t = Instant::now();
            let tok = real.tokenizer().unwrap();
            println!("load {:?}", t.elapsed());
            show(real.name(), &tok);
        }
        if let Ok(file) = std::env::var("WORKSHOP_SMOLLM2") {
            let bytes = std::fs::read(file).unwrap();
            show("smol", &crate::gguf::read(&bytes).unwrap().tokenizer().unwrap());
        }
        let mut plain = train::WordCounts::default();
        for text in &train { for word in text.split_whitespace() { plain.add(word, 1); } }
        for n in [4000, 8000] {
            let t = Instant::now();
            let wp = WordPiece::train(&plain, n).unwrap();
            println!("wordpiece trained {:?}", t.elapsed());
            let cut = |text: &str| {
                let mut out = vec![];
                for (i, word) in text.split(' ').enumerate() {
                    if i > 0 { out.push(b" ".to_vec()); }
                    let mut ids = vec![];
                    wp.encode_word(word, &mut ids);
                    let toks: Vec<String> = ids.iter().map(|id| wp.tokens()[*id as usize].replace("##", "")).collect();
                    if toks.concat() == word { out.extend(toks.into_iter().map(String::into_bytes)); } else { out.push(word.as_bytes().to_vec()); }
                }
                out
            };
            println!("wordpiece {n}: {:?}", morphemes::score(&sent, &cut));
            let t = Instant::now();
            let uni = unigram::train(&plain, &unigram::Settings::new(n)).unwrap();
            println!("unigram trained {:?}", t.elapsed());
            let cut = |text: &str| {
                let mut out = vec![];
                for (i, word) in text.split(' ').enumerate() {
                    if i > 0 { out.push(b" ".to_vec()); }
                    let mut start = 0;
                    for (_, end) in uni.segment(word) { out.push(word.as_bytes()[start..end].to_vec()); start = end; }
                }
                out
            };
            println!("unigram {n}: {:?}", morphemes::score(&sent, &cut));
        }
        println!("chars {:?}", morphemes::score(&sent, &|t| t.chars().map(|c| c.to_string().into_bytes()).collect()));
        println!("bytes {:?}", morphemes::score(&sent, &|t| t.bytes().map(|c| vec![c]).collect()));
        let mut same = 0; let course = tokenizer().unwrap();
        for id in SPECIAL.len()..course.bpe.len() {
            let Ok(word) = std::str::from_utf8(&course.bpe.tokens()[id]) else { continue };
            let mut ids = vec![]; course.bpe.encode_word(word, &mut ids);
            if ids == [id as u32] { same += 1 } else { println!("not itself: {word:?}") }
        }
        println!("{same} hash {:016x}", rng::hash(rng::HASH_START, crate::json::write(&course).unwrap().as_bytes()));
    }
}
