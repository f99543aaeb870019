//! Trains a byte-level tokenizer: `workshop run week03 train -- --file F --vocabulary 8000 --out tokenizer.json`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};
use clap::{Parser, ValueEnum};
use indicatif::ProgressBar;
use week03_tokenizer::split::Pattern;
use week03_tokenizer::texts::Texts;
use week03_tokenizer::tokenizer::{Normalizer, Tokenizer};
use week03_tokenizer::train::{self, Settings, TrainError, WordCounts};
use week03_tokenizer::{batch, json};
use workshop_base::data::units;
use workshop_base::files::write_whole;
use workshop_base::text::Catalogue;
use workshop_base::tr;

/// Trains a byte-level tokenizer on the texts of a file, and writes it as the tokenizer.json that Hugging Face loads.
#[derive(Parser)]
struct Args {
    /// Lines of text, JSON Lines, JSON, TSV, CSV, also gzipped, or parquet
    #[arg(long)]
    file: PathBuf,
    /// The column with the text; without it document, text or content
    #[arg(long)]
    column: Option<String>,
    /// How many tokens: special ones, 256 bytes, and merges
    #[arg(long, default_value_t = 8000)]
    vocabulary: usize,
    /// Where the tokenizer is written
    #[arg(long)]
    out: PathBuf,
    /// Write over a file that is there
    #[arg(long)]
    force: bool,
    /// How texts are cut into words
    #[arg(long, value_enum, default_value_t = Cut::Llama3)]
    pattern: Cut,
    /// What is made of a text before it is cut. Training expects text that is in this form already
    #[arg(long, value_enum, default_value_t = Form::None)]
    normalizer: Form,
    /// Special tokens, in the order of their ids, from 0
    #[arg(long, num_args = 1.., default_values = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"])]
    special: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Cut {
    Gpt2,
    Cl100k,
    Llama3,
    Qwen2,
    O200k,
    #[value(name = "smollm")]
    SmolLm,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    None,
    Nfc,
}

fn main() -> ExitCode {
    workshop_base::end_quietly_on_a_closed_pipe();
    let (args, text) = (Args::parse(), Catalogue::from_env());
    match run(&args, &text) {
        Ok(()) => ExitCode::SUCCESS,
        Err((code, error)) => {
            eprintln!("{error:#}");
            ExitCode::from(code)
        }
    }
}

/// What is asked for wrongly is 2, what goes wrong is 1.
fn run(args: &Args, text: &Catalogue) -> Result<(), (u8, anyhow::Error)> {
    check(args, text).map_err(|error| (2, error))?;
    train(args, text).map_err(|error| (1, error))
}

/// What can be said before a file of gigabytes is read.
fn check(args: &Args, text: &Catalogue) -> Result<()> {
    if args.out.exists() && !args.force {
        return Err(anyhow!(tr!(
            text,
            "{file} exists: choose another place, or write over it with --force",
            file = args.out.display()
        )));
    }
    for (i, token) in args.special.iter().enumerate() {
        if token.is_empty() || args.special[..i].contains(token) {
            return Err(anyhow!(say(&TrainError::Special(token.clone()), text)));
        }
    }
    let (special, alphabet) = (args.special.len(), 256);
    if args.vocabulary < special + alphabet {
        let small = TrainError::Small { vocabulary: args.vocabulary, special, alphabet };
        return Err(anyhow!(say(&small, text)));
    }
    Ok(())
}

fn train(args: &Args, text: &Catalogue) -> Result<()> {
    let pattern = match args.pattern {
        Cut::Gpt2 => Pattern::Gpt2,
        Cut::Cl100k => Pattern::Cl100k,
        Cut::Llama3 => Pattern::Llama3,
        Cut::Qwen2 => Pattern::Qwen2,
        Cut::O200k => Pattern::O200k,
        Cut::SmolLm => Pattern::SmolLm,
    };
    let normalizer = match args.normalizer {
        Form::None => Normalizer::None,
        Form::Nfc => Normalizer::Nfc,
    };
    let mut texts = Texts::open(&args.file, args.column.as_deref()).map_err(|error| anyhow!(error.say(text)))?;
    println!(
        "{}",
        tr!(
            text,
            "Vocabulary {n}, pattern {pattern}, normalizer {normalizer}, special {special}; no seed: nothing is drawn",
            n = args.vocabulary,
            pattern = name_of(args.pattern),
            normalizer = name_of(args.normalizer),
            special = if args.special.is_empty() { "-".to_owned() } else { args.special.join(" ") }
        )
    );
    let began = Instant::now();
    let (mut words, mut count, mut bytes) = (WordCounts::default(), 0_u64, 0_u64);
    let bar = ProgressBar::new_spinner();
    bar.enable_steady_tick(Duration::from_millis(200));
    loop {
        let batch = texts.batch().map_err(|error| anyhow!(error.say(text)))?;
        if batch.is_empty() {
            break;
        }
        count += batch.len() as u64;
        bytes += batch.iter().map(|text| text.len() as u64).sum::<u64>();
        let batch: Vec<_> = batch.iter().map(|text| normalizer.apply(text)).collect();
        words.merge(batch::count_words(&batch, pattern));
        bar.set_message(tr!(text, "{n} texts, {size}", n = count, size = units(bytes)));
    }
    bar.set_message(tr!(text, "{n} different words: learning merges", n = words.len()));
    let settings = Settings { special: args.special.clone(), ..Settings::byte_level(args.vocabulary) };
    let trained = train::train(&words, &settings);
    bar.finish_and_clear();
    let bpe = trained.map_err(|error| match error {
        TrainError::Empty => {
            anyhow!(tr!(text, "{file} holds no text to learn from", file = args.file.display()))
        }
        error => anyhow!(say(&error, text)),
    })?;
    let special = args.special.iter().cloned().zip(0..).collect();
    let tokenizer = Tokenizer { normalizer, special, ..Tokenizer::new(pattern, bpe) };
    let tokens = tokenizer.bpe.len();
    write_whole(&args.out, json::write(&tokenizer)?)
        .with_context(|| tr!(text, "{file} cannot be written", file = args.out.display()))?;
    if let Some(broken) = texts.broken(text) {
        println!("{broken}");
    }
    println!(
        "{}",
        tr!(
            text,
            "{n} texts, {size}, {words} different words; {seconds} seconds",
            n = count,
            size = units(bytes),
            words = words.len(),
            seconds = format!("{:.1}", began.elapsed().as_secs_f64())
        )
    );
    println!("{}", tr!(text, "{file}: {n} tokens", file = args.out.display(), n = tokens));
    if tokens < args.vocabulary {
        println!(
            "{}",
            tr!(text, "Fewer than asked for: no pair of tokens is left that occurs twice. More text gives more tokens")
        );
    }
    Ok(())
}

fn name_of(value: impl ValueEnum) -> String {
    value.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

fn say(error: &TrainError, text: &Catalogue) -> String {
    match error {
        TrainError::Small { vocabulary, special, alphabet } => tr!(
            text,
            "a vocabulary of {vocabulary} tokens has no room for {special} special tokens and {alphabet} bytes: ask for at least {least}",
            vocabulary = vocabulary,
            special = special,
            alphabet = alphabet,
            least = special + alphabet
        ),
        TrainError::Special(token) => {
            tr!(text, "the special token {token} is empty or stands there twice", token = format!("{token:?}"))
        }
        error => error.to_string(),
    }
}
