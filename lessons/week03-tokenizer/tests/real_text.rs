//! Text and vocabularies of others, where they are on this machine; a test that finds none says so and passes.
//!
//! The figures of pages 8 and 9 that no cell can show come from here:
//!
//! ```text
//! WORKSHOP_CACHE=FOLDER cargo test -p week03-tokenizer --test real_text -- --nocapture reviews
//! WORKSHOP_SMOLLM2=FILE cargo test -p week03-tokenizer --test real_text -- --nocapture smollm2
//! ```

use std::path::PathBuf;

use serde::Deserialize;
use week00_workbench::datasets::split::Split;
use week00_workbench::datasets::tasks::parallel;
use week00_workbench::fixtures;
use week03_tokenizer::real::Real;
use week03_tokenizer::tokenizer::Tokenizer;
use week03_tokenizer::vocabulary::{fertility_of, smaller};
use week03_tokenizer::{course, gguf};

fn show(name: &str, (tokens_a_word, bytes_a_token): (f64, f64)) {
    println!("{name:>24}: {tokens_a_word:.2} tokens a word, {bytes_a_token:.2} bytes a token");
}

/// The first 5,000 film reviews of `nsmc/raw.txt`.
#[test]
fn reviews() {
    let Some(folder) = std::env::var_os("WORKSHOP_CACHE") else {
        return println!("skipped: WORKSHOP_CACHE is not set");
    };
    let file = PathBuf::from(folder).join("nsmc").join("raw.txt");
    let Ok(text) = std::fs::read_to_string(&file) else { return println!("skipped: no {}", file.display()) };
    let reviews: Vec<String> = text.lines().take(5000).map(str::to_owned).collect();
    let held_out = course::texts(Split::Test, 200_000);
    let large =
        Tokenizer::train(&course::texts(Split::Train, course::BYTES), 16_000, course::PATTERN, &course::SPECIAL);
    let large = large.unwrap();
    let mut before = f64::INFINITY;
    for size in [4000, 8000, 16_000] {
        let tokenizer = Tokenizer { bpe: smaller(&large.bpe, size).unwrap(), ..large.clone() };
        let (held_out, reviews) = (fertility_of(&tokenizer, &held_out), fertility_of(&tokenizer, &reviews));
        show(&format!("ours, {size}, held out"), held_out);
        show(&format!("ours, {size}, reviews"), reviews);
        // It knows its own corpus much better than what people write.
        assert!(reviews.0 > 1.5 * held_out.0 && reviews.0 < before);
        before = reviews.0;
    }
    let on_reviews =
        Tokenizer::train(&text.lines().skip(5000).collect::<Vec<_>>(), 8000, course::PATTERN, &course::SPECIAL);
    show("8,000 of reviews, reviews", fertility_of(&on_reviews.unwrap(), &reviews));
    for real in Real::ALL {
        show(&format!("{}, reviews", real.name()), fertility_of(&real.tokenizer().unwrap(), &reviews));
    }
}

#[derive(Deserialize)]
struct Golden {
    lines: Vec<Line>,
}

#[derive(Deserialize)]
struct Line {
    text: String,
    ids: Vec<u32>,
}

/// SmolLM2's tokenizer from its GGUF file gives the ids that llama.cpp gives.
#[test]
fn smollm2() {
    let Some(file) = std::env::var_os("WORKSHOP_SMOLLM2") else {
        return println!("skipped: WORKSHOP_SMOLLM2 is not set to the GGUF file of SmolLM2");
    };
    let bytes = std::fs::read(&file).unwrap();
    let head = gguf::read(&bytes).unwrap();
    assert!(head.chat_template().is_some_and(|template| template.contains("<|im_start|>")));
    let tokenizer = head.tokenizer().unwrap();
    assert_eq!((tokenizer.bpe.len(), tokenizer.special.len()), (49_152, 17));
    let golden: Golden = fixtures::json("week03/smollm2.json").unwrap();
    for line in &golden.lines {
        assert_eq!(tokenizer.encode(&line.text), line.ids, "{:?}", line.text);
    }
    let pairs: Vec<parallel::Item> = parallel::items(course::SEED, Split::Test).take(500).collect();
    let side = |of: fn(&parallel::Item) -> String| pairs.iter().map(of).collect::<Vec<_>>();
    show("SmolLM2, Korean", fertility_of(&tokenizer, &side(|pair| pair.ko.clone())));
    show("SmolLM2, English", fertility_of(&tokenizer, &side(|pair| pair.en.clone())));
    if let Some(place) = std::env::var_os("WORKSHOP_SMOLLM2_LINES") {
        let lines: Vec<String> = pairs.iter().flat_map(|pair| [pair.ko.clone(), pair.en.clone()]).collect();
        let ids: Vec<Vec<u32>> = lines.iter().map(|line| tokenizer.encode(line)).collect();
        std::fs::write(place, serde_json::to_string(&(lines, ids)).unwrap()).unwrap();
    }
}
