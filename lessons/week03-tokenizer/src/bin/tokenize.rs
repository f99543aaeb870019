//! Text as tokens: `workshop run week03 tokenize -- TEXT`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, anyhow};
use clap::Parser;
use week03_tokenizer::batch;
use week03_tokenizer::fertility::fertility;
use week03_tokenizer::json;
use week03_tokenizer::real::Real;
use week03_tokenizer::texts::Texts;
use week03_tokenizer::tokenizer::Tokenizer;
use workshop_base::text::Catalogue;
use workshop_base::tr;

/// Cuts a text into tokens, or counts the tokens of a file.
#[derive(Parser)]
struct Args {
    /// The text
    #[arg(required_unless_present = "file", conflicts_with = "file")]
    text: Option<String>,
    /// A file of texts: lines, JSON Lines, JSON, TSV, CSV, also gzipped, or parquet
    #[arg(long)]
    file: Option<PathBuf>,
    /// The column of the file with the text; without it document, text or content
    #[arg(long, requires = "file")]
    column: Option<String>,
    /// gpt2, cl100k, o200k, or a file: a tokenizer.json of byte-level BPE
    #[arg(long, default_value = "o200k")]
    tokenizer: String,
    /// Print the ids: of a file, a line for each text
    #[arg(long)]
    ids: bool,
}

fn main() -> ExitCode {
    workshop_base::run(|| tokenize(&Args::parse(), &Catalogue::from_env()))
}

fn tokenize(args: &Args, text: &Catalogue) -> Result<()> {
    let tokenizer = load(&args.tokenizer, text)?;
    let of = |name: &str| tr!(text, "Tokenizer {name}: {n} tokens", name = name, n = tokenizer.bpe.len());
    match (&args.file, &args.text) {
        (Some(file), _) => count(args, &tokenizer, file, &of(&args.tokenizer), text),
        (None, typed) => {
            show(args, &tokenizer, typed.as_deref().unwrap_or_default(), &of(&args.tokenizer), text);
            Ok(())
        }
    }
}

fn load(name: &str, text: &Catalogue) -> Result<Tokenizer> {
    if let Some(real) = Real::ALL.into_iter().find(|real| real.name() == name) {
        return Ok(real.tokenizer()?);
    }
    let file = Path::new(name);
    if !file.exists() && file.extension().is_none() {
        return Err(anyhow!(tr!(
            text,
            "{name} is no tokenizer that is known here: take gpt2, cl100k, o200k, or a tokenizer.json",
            name = name
        )));
    }
    let cannot = || tr!(text, "{file} cannot be read", file = file.display());
    let content = std::fs::read_to_string(file).with_context(cannot)?;
    // The error holds what caused it.
    json::read(&content).map_err(|error| anyhow!("{}: {error}", file.display()))
}

/// The tokens of a text, one beside the other.
fn show(args: &Args, tokenizer: &Tokenizer, typed: &str, of: &str, text: &Catalogue) {
    let ids = tokenizer.encode(typed);
    if args.ids {
        println!("{}", line(&ids));
        return;
    }
    println!("{of}");
    let pieces: Vec<String> = ids.iter().map(|id| written(tokenizer.bpe.token(*id).unwrap_or_default())).collect();
    println!("{}", pieces.join("|"));
    summary(&[typed.to_owned()], &[ids.len()], text);
}

/// How many tokens the texts of a file take.
fn count(args: &Args, tokenizer: &Tokenizer, file: &Path, of: &str, text: &Catalogue) -> Result<()> {
    let mut texts = Texts::open(file, args.column.as_deref()).map_err(|error| anyhow!(error.say(text)))?;
    let mut sums = Sums::default();
    loop {
        let batch = texts.batch().map_err(|error| anyhow!(error.say(text)))?;
        if batch.is_empty() {
            break;
        }
        let encoded = batch::encode(tokenizer, &batch);
        if args.ids {
            encoded.iter().for_each(|ids| println!("{}", line(ids)));
        }
        sums.add(&batch, &encoded);
    }
    if args.ids {
        return Ok(());
    }
    println!("{of}");
    if let Some(broken) = texts.broken(text) {
        println!("{broken}");
    }
    println!("{}", tr!(text, "{n} texts", n = sums.texts));
    said(sums.tokens, sums.characters, sums.bytes, sums.a_word(), sums.bytes_a_token(), text);
    Ok(())
}

/// Sums over the texts of a file, of which a batch at a time is held.
#[derive(Default)]
struct Sums {
    texts: usize,
    tokens: usize,
    characters: usize,
    bytes: usize,
    words: usize,
}

impl Sums {
    fn add(&mut self, texts: &[String], encoded: &[Vec<u32>]) {
        self.texts += texts.len();
        self.tokens += encoded.iter().map(Vec::len).sum::<usize>();
        for text in texts {
            self.characters += text.chars().count();
            self.bytes += text.len();
            self.words += text.split_whitespace().count();
        }
    }

    fn a_word(&self) -> f64 {
        self.tokens as f64 / self.words.max(1) as f64
    }

    fn bytes_a_token(&self) -> f64 {
        self.bytes as f64 / self.tokens.max(1) as f64
    }
}

fn summary(texts: &[String], counts: &[usize], text: &Catalogue) {
    let (a_word, bytes_a_token) = fertility(texts, counts);
    let characters = texts.iter().map(|text| text.chars().count()).sum();
    let bytes = texts.iter().map(String::len).sum();
    said(counts.iter().sum(), characters, bytes, a_word, bytes_a_token, text);
}

fn said(tokens: usize, characters: usize, bytes: usize, a_word: f64, bytes_a_token: f64, text: &Catalogue) {
    println!(
        "{}",
        tr!(
            text,
            "{tokens} tokens for {characters} characters, {bytes} bytes: {a_word} tokens a word, {bytes_a_token} bytes a token",
            tokens = tokens,
            characters = characters,
            bytes = bytes,
            a_word = format!("{a_word:.2}"),
            bytes_a_token = format!("{bytes_a_token:.2}")
        )
    );
}

fn line(ids: &[u32]) -> String {
    ids.iter().map(u32::to_string).collect::<Vec<_>>().join(" ")
}

/// A token as text; bytes that are a part of a character in angle brackets.
fn written(token: &[u8]) -> String {
    let mut written = String::new();
    for chunk in token.utf8_chunks() {
        written.extend(chunk.valid().chars().map(|c| match c {
            '\n' => "\\n".to_owned(),
            '\r' => "\\r".to_owned(),
            '\t' => "\\t".to_owned(),
            c if c.is_control() => c.escape_default().to_string(),
            c => c.to_string(),
        }));
        written.extend(chunk.invalid().iter().map(|byte| format!("<{byte:02x}>")));
    }
    written
}
