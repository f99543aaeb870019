//! The duplicates of a file: `workshop run week02 duplicates -- FILE`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context as _, Result, anyhow, bail};
use clap::{Parser, ValueEnum};
use week02_data::dedup::{Dedup, Duplicates, Verify};
use week02_data::read::{Format, Options, Records};
use workshop_base::text::Catalogue;
use workshop_base::tr;

/// Documents that are read and given to the index at once.
const PART: usize = 16_384;
/// Documents shown of a cluster, and signs of a document.
const SHOWN: usize = 4;
const SIGNS: usize = 48;

/// Counts the exact and near duplicates of a file, and shows the largest clusters of them.
#[derive(Parser)]
struct Args {
    /// A file: a document a line, or TSV, CSV, JSON, JSON Lines or parquet with a column of documents
    file: PathBuf,
    /// The column that holds the documents (default: text or document)
    #[arg(long)]
    column: Option<String>,
    /// From this Jaccard similarity on, two documents are near duplicates
    #[arg(long, default_value_t = 0.7)]
    threshold: f64,
    /// Signs in a shingle
    #[arg(long, default_value_t = 5)]
    shingle: usize,
    /// Bands of a signature
    #[arg(long, default_value_t = 25)]
    bands: usize,
    /// Rows of a band
    #[arg(long, default_value_t = 5)]
    rows: usize,
    /// What is done with a pair that shares a band
    #[arg(long, value_enum, default_value_t = Check::Shingles)]
    verify: Check,
    /// Where the random permutations start
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// How many clusters are shown
    #[arg(long, default_value_t = 5)]
    clusters: usize,
    /// Threads (default: one for each core)
    #[arg(long, default_value_t = 0)]
    threads: usize,
}

/// `Verify`, as the command line names it.
#[derive(Clone, Copy, ValueEnum)]
enum Check {
    /// It is a duplicate
    Nothing,
    /// Its signatures are compared
    Signatures,
    /// Its shingles are compared
    Shingles,
}

impl From<Check> for Verify {
    fn from(check: Check) -> Self {
        match check {
            Check::Nothing => Self::Nothing,
            Check::Signatures => Self::Signatures,
            Check::Shingles => Self::Shingles,
        }
    }
}

fn main() -> ExitCode {
    workshop_base::run(duplicates)
}

fn duplicates() -> Result<()> {
    let args = Args::parse();
    let text = Catalogue::from_env();
    let dedup = Dedup {
        shingle: args.shingle,
        bands: args.bands,
        rows: args.rows,
        threshold: args.threshold,
        verify: args.verify.into(),
        seed: args.seed,
    };
    dedup.validate()?;
    if args.threads > 1024 {
        bail!(tr!(text, "{threads} threads: allowed is at most {most}", threads = args.threads, most = 1024));
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(args.threads).build().context("threads")?;
    println!(
        "{}",
        tr!(
            text,
            "Shingles of {k} signs, {bands} bands of {rows}, duplicates from {threshold} on, threads {threads}, seed {seed}",
            k = args.shingle,
            bands = args.bands,
            rows = args.rows,
            threshold = args.threshold,
            threads = pool.current_num_threads(),
            seed = args.seed
        )
    );
    let began = Instant::now();
    let mut documents = Documents::open(&args, &text)?;
    let mut index = dedup.index()?;
    loop {
        let part = documents.part()?;
        if part.is_empty() {
            break;
        }
        pool.install(|| index.add(&part))?;
    }
    if documents.records.broken().count > 0 {
        println!("{}", documents.records.broken());
    }
    let found = pool.install(|| index.finish());
    let seconds = began.elapsed().as_secs_f64();
    say(&found, seconds, &text);
    show_clusters(&found, &args, &text)
}

/// The counts.
fn say(found: &Duplicates, seconds: f64, text: &Catalogue) {
    let count = found.first_of.len() as u64;
    let rows = [
        (tr!(text, "documents"), count),
        (tr!(text, "exact duplicates of an earlier one"), found.exact as u64),
        (tr!(text, "near duplicates of an earlier one"), found.near as u64),
        (tr!(text, "documents that stay"), count - (found.exact + found.near) as u64),
        (tr!(text, "pairs compared"), found.compared),
        (tr!(text, "pairs in all"), count * count.saturating_sub(1) / 2),
    ];
    for (name, number) in rows {
        println!("{:>16}  {name}", grouped(number));
    }
    println!("{:>16}  {}", format!("{seconds:.2}"), tr!(text, "seconds, reading included"));
}

/// 1234567 as 1,234,567.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut shown = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// The largest clusters. Their texts were not kept, so they are read again.
fn show_clusters(found: &Duplicates, args: &Args, text: &Catalogue) -> Result<()> {
    let clusters: Vec<Vec<usize>> = found.clusters().into_iter().take(args.clusters).collect();
    let mut wanted: BTreeMap<usize, String> = clusters
        .iter()
        .flat_map(|cluster| cluster.iter().take(SHOWN))
        .map(|document| (*document, String::new()))
        .collect();
    let Some(last) = wanted.keys().next_back().copied() else { return Ok(()) };
    let mut documents = Documents::open(args, text)?;
    for number in 0..=last {
        let Some(document) = documents.next()? else { break };
        if let Some(place) = wanted.get_mut(&number) {
            *place = cut(&document);
        }
    }
    println!("{}", tr!(text, "The largest clusters, each document with its number:"));
    for cluster in &clusters {
        println!("  {}", tr!(text, "{count} documents", count = cluster.len()));
        for document in cluster.iter().take(SHOWN) {
            println!("    {:>9}  {}", document + 1, wanted.get(document).map_or("", String::as_str));
        }
        if cluster.len() > SHOWN {
            println!("    {:>9}", "..");
        }
    }
    Ok(())
}

/// A document in one line, without signs that move the cursor, and cut.
fn cut(document: &str) -> String {
    let plain = |sign: char| if sign.is_control() { ' ' } else { sign };
    let mut shown: String = document.chars().take(SIGNS).map(plain).collect();
    if document.chars().nth(SIGNS).is_some() {
        shown.push('…');
    }
    shown
}

/// The documents of a file, in order.
struct Documents {
    records: Records,
    column: String,
}

impl Documents {
    fn open(args: &Args, text: &Catalogue) -> Result<Self> {
        // The message says all; its cause would say it again.
        let open = |options: Options| options.open(&args.file).map_err(|error| anyhow!("{error}"));
        let asked = |column: &str| open(Options::default().columns(&[column]));
        if let Some(column) = &args.column {
            return Ok(Self { records: asked(column)?, column: column.clone() });
        }
        let records = open(Options::default())?;
        let lines = records.format().0 == Format::Lines;
        let Some(columns) = records.columns() else {
            bail!(tr!(
                text,
                "{file} is JSON: name the column of the documents, --column NAME",
                file = args.file.display()
            ));
        };
        let known = ["text", "document"].into_iter().find(|name| columns.iter().any(|column| column == name));
        match known {
            Some(column) if lines => Ok(Self { records, column: column.to_owned() }),
            Some(column) => Ok(Self { records: asked(column)?, column: column.to_owned() }),
            None => Err(anyhow!(tr!(
                text,
                "{file} has the columns {columns}: name that of the documents, --column NAME",
                file = args.file.display(),
                columns = columns.join(", ")
            ))),
        }
    }

    /// The next document; a missing one is empty.
    fn next(&mut self) -> Result<Option<String>> {
        let Some(record) = self.records.next() else { return Ok(None) };
        let record = record.map_err(|error| anyhow!("{error}"))?;
        Ok(Some(record.get(&self.column).unwrap_or_default().to_owned()))
    }

    fn part(&mut self) -> Result<Vec<String>> {
        let mut part = vec![];
        while part.len() < PART
            && let Some(document) = self.next()?
        {
            part.push(document);
        }
        Ok(part)
    }
}
