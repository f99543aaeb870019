//! What a file of records holds: `workshop run week02 explore -- FILE`.

use std::process::ExitCode;

use anyhow::{Result, anyhow};
use clap::Parser;
use week02_data::read::Options;
use week02_data::table::Table;
use workshop_base::text::Catalogue;
use workshop_base::tr;

/// Shows the columns of a file, their types, what is missing, and how numbers are spread.
#[derive(Parser)]
struct Args {
    /// A file: .tsv, .csv, .json, .jsonl, .txt, each also with .gz, or .parquet
    file: std::path::PathBuf,
    /// Only these columns, parted by commas
    #[arg(long, value_delimiter = ',')]
    columns: Vec<String>,
    /// The names of the columns, where the first line of a TSV or CSV file is a record already
    #[arg(long, value_delimiter = ',')]
    header: Vec<String>,
    /// Show the mean of --mean for each value of this column
    #[arg(long, requires = "mean")]
    group_by: Option<String>,
    /// The column of numbers to average
    #[arg(long, requires = "group_by")]
    mean: Option<String>,
    /// How many records are looked at; they are held in memory
    #[arg(long, default_value_t = 100_000)]
    rows: usize,
}

fn main() -> ExitCode {
    workshop_base::run(|| explore(&Args::parse(), &Catalogue::from_env()))
}

fn explore(args: &Args, text: &Catalogue) -> Result<()> {
    let names = |names: &'_ [String]| -> Vec<String> { names.iter().map(|name| name.trim().to_owned()).collect() };
    let (columns, header) = (names(&args.columns), names(&args.header));
    let mut options = Options::default();
    if !columns.is_empty() {
        options = options.columns(&columns.iter().map(String::as_str).collect::<Vec<_>>());
    }
    if !header.is_empty() {
        options = options.header(&header.iter().map(String::as_str).collect::<Vec<_>>());
    }
    let mut records = options.open(&args.file).map_err(|error| anyhow!(error.say(text)))?;
    let (format, is_gzip) = records.format();
    let packed = if is_gzip { tr!(text, ", gzipped") } else { String::new() };

    // What came before an error that nothing can go past is shown all the same.
    let mut failure = None;
    let whole = std::iter::from_fn(|| match records.next()? {
        Ok(record) => Some(Ok(record)),
        Err(error) => {
            failure = Some(error);
            None
        }
    });
    let table = Table::from_records(whole.take(args.rows)).map_err(|error| anyhow!(error.say(text)))?;
    println!("{}: {format}{packed}", args.file.display());
    println!("{}", tr!(text, "Records read: {n}; {broken}", n = table.rows(), broken = records.broken().say(text)));
    let is_more = failure.is_none() && table.rows() == args.rows && records.next().is_some();
    if is_more {
        println!("{}", tr!(text, "There are more: --rows says how many are looked at"));
    }
    println!("\n{}\n", table.overview());
    let described = table.describe();
    if described.rows() > 0 {
        println!("{described}\n");
    }
    println!("{}\n", table.head(5));
    if let (Some(by), Some(of)) = (&args.group_by, &args.mean) {
        println!("{}", tr!(text, "The mean of {of} for each {by}:", of = of, by = by));
        println!("{}", table.group_mean(by, of).map_err(|error| anyhow!(error.say(text)))?);
    }
    match failure {
        Some(error) => Err(anyhow!(error.say(text))),
        None => Ok(()),
    }
}
