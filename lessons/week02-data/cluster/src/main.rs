//! Cleans a corpus with a query engine, in one process or on a small cluster, and holds the result against the lesson's own
//! code:
//!
//! ```text
//! cargo run --manifest-path lessons/week02-data/cluster/Cargo.toml -- one
//! cargo run --manifest-path lessons/week02-data/cluster/Cargo.toml -- cluster
//! ```

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use clap::{Args, Parser, Subcommand};
use sha2::{Digest as _, Sha256};
use week02_cluster::cluster::{self, Cluster, Executor};
use week02_cluster::functions::Settings;
use week02_cluster::query::Cleaned;
use week02_cluster::{documents, local, query};

/// Cleans a corpus with a query engine, and compares with the lesson's own code.
#[derive(Parser)]
struct Program {
    #[command(subcommand)]
    command: Ask,
}

#[derive(Subcommand)]
enum Ask {
    /// In this process
    One(What),
    /// On a scheduler and executors, each a process of its own on this machine
    Cluster {
        #[command(flatten)]
        what: What,
        /// How many executors
        #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=16))]
        executors: u8,
    },
    /// A part of a cluster
    #[command(hide = true)]
    Scheduler {
        #[arg(long)]
        port: u16,
        #[arg(long)]
        executors: usize,
    },
    /// A part of a cluster
    #[command(hide = true)]
    Executor {
        #[arg(long)]
        name: String,
        #[arg(long)]
        port: u16,
        #[arg(long)]
        grpc_port: u16,
        #[arg(long)]
        scheduler_port: u16,
        #[arg(long)]
        cores: usize,
        #[arg(long)]
        folder: PathBuf,
    },
}

/// What is cleaned.
#[derive(Args)]
struct What {
    /// How many documents: of the raw sample, or the first of the file
    #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u32).range(1..))]
    documents: u32,
    /// A file instead of the raw sample: parquet, CSV, TSV, JSON Lines, or a document a line
    #[arg(long)]
    input: Option<PathBuf>,
    /// The column of the file that holds the documents
    #[arg(long, default_value = "text")]
    column: String,
    /// Where the raw sample starts
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Parts that a table is divided into
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=64))]
    partitions: u8,
    /// A new folder for the tables; without it they are removed at the end
    #[arg(long)]
    out: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    workshop_base::end_quietly_on_a_closed_pipe();
    let ended = tokio::select! {
        ended = answer(Program::parse().command) => ended,
        // What was started is ended when it is dropped.
        _ = interrupted() => Err(anyhow::anyhow!("interrupted")),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", in_one_line(&error));
            ExitCode::from(1)
        }
    }
}

/// Ctrl-C, or what ends a process politely.
async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminated.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}

/// An error and its causes as one line: an engine's have several.
fn in_one_line(error: &anyhow::Error) -> String {
    format!("{error:#}").split_whitespace().collect::<Vec<_>>().join(" ")
}

async fn answer(command: Ask) -> Result<()> {
    let settings = Settings::default();
    match command {
        Ask::One(what) => run(&what, None, &settings).await,
        Ask::Cluster { what, executors } => run(&what, Some(executors), &settings).await,
        Ask::Scheduler { port, executors } => cluster::scheduler(settings, port, executors).await,
        Ask::Executor { name, port, grpc_port, scheduler_port, cores, folder } => {
            cluster::executor(settings, Executor { name, port, grpc_port, scheduler_port, cores, folder }).await
        }
    }
}

async fn run(what: &What, executors: Option<u8>, settings: &Settings) -> Result<()> {
    let source = match &what.input {
        Some(file) => file.display().to_string(),
        None => format!("the raw sample, seed {}", what.seed),
    };
    let dedup = &settings.dedup;
    println!("documents   the first {} of {source}", what.documents);
    println!(
        "engine      {}",
        match executors {
            None => "DataFusion in this process".to_owned(),
            Some(count) => format!("Ballista: a scheduler and {count} executors, each a process"),
        }
    );
    println!("partitions  {}", what.partitions);
    println!(
        "duplicates  shingles of {}, {} bands of {}, from {} on, seed {}",
        dedup.shingle, dedup.bands, dedup.rows, dedup.threshold, dedup.seed
    );
    let count = what.documents as usize;
    let documents = match &what.input {
        Some(file) => {
            let (documents, broken) = documents::read(file, &what.column, count)?;
            if broken > 0 {
                println!("broken      {broken} records, left out");
            }
            documents
        }
        None => documents::generated(count, what.seed),
    };

    let began = Instant::now();
    let expected = local::clean(&documents, settings)?;
    let by_lesson = began.elapsed().as_secs_f64();

    let temporary = tempfile::tempdir().context("a folder")?;
    let folder = match &what.out {
        Some(out) => new_folder(out)?,
        None => temporary.path().to_owned(),
    };
    documents::write(&documents, &folder.join("documents"), usize::from(what.partitions))?;
    let partitions = usize::from(what.partitions);
    let began = Instant::now();
    let cleaned = match executors {
        None => query::clean(&cluster::in_process(settings, partitions)?, &folder, settings).await?,
        Some(executors) => on_cluster(executors, partitions, &folder, settings).await?,
    };
    let by_engine = began.elapsed().as_secs_f64();

    println!("\n{:>9}  {:<10} {:>7}", "rows", "table", "seconds");
    println!("{:>9}  {:<10}", documents.len(), "documents");
    for made in &cleaned.made {
        println!("{:>9}  {:<10} {:>7.2}", made.rows, made.table, made.seconds);
    }
    println!("{:>9}  in the fullest drawer", cleaned.fullest);
    println!("\n{:<12} {:>7} {:>9}  sha256 of the numbers that stay", "", "stay", "seconds");
    println!("{:<12} {:>7} {by_lesson:>9.2}  {}", "the lesson", expected.len(), digest(&expected));
    println!("{:<12} {:>7} {by_engine:>9.2}  {}", "the engine", cleaned.kept.len(), digest(&cleaned.kept));
    if cleaned.kept != expected {
        bail!("the engine and the lesson differ: {}", first_difference(&cleaned, &expected));
    }
    println!("equal: the same documents stay, with the same texts");
    Ok(())
}

async fn on_cluster(
    executors: u8,
    partitions: usize,
    folder: &std::path::Path,
    settings: &Settings,
) -> Result<Cleaned> {
    let work = tempfile::tempdir().context("a folder")?;
    let executors = usize::from(executors);
    let cores = partitions.div_ceil(executors).max(1);
    let mut cluster = Cluster::start(executors, cores, work.path()).await?;
    for (name, id) in cluster.processes() {
        println!("{name:<11} process {id}");
    }
    let engine = cluster::client(settings, partitions, cluster.port).await?;
    // A large cluster goes on without an executor, after minutes of waiting for it. Here it is an error, at once.
    let cleaned = tokio::select! {
        cleaned = query::clean(&engine, folder, settings) => cleaned,
        why = cluster.ended() => Err(why),
    };
    for (name, tasks) in cluster.tasks() {
        println!("{name:<11} {tasks} tasks");
    }
    cluster.stop().await?;
    cleaned
}

/// A folder that does not exist yet, made.
fn new_folder(path: &std::path::Path) -> Result<PathBuf> {
    if path.exists() {
        bail!("{} exists: give a new folder", path.display());
    }
    std::fs::create_dir_all(path).with_context(|| format!("{} cannot be made", path.display()))?;
    path.canonicalize().with_context(|| path.display().to_string())
}

/// A digest of the numbers of the documents that stay: equal where the same ones stay. Its first half is shown.
fn digest(kept: &[(i64, String)]) -> String {
    let mut digest = Sha256::new();
    kept.iter().for_each(|(id, _)| digest.update(format!("{id}\n")));
    digest.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

fn first_difference(cleaned: &Cleaned, expected: &[(i64, String)]) -> String {
    let differ = cleaned.kept.iter().zip(expected).find(|(engine, lesson)| engine != lesson);
    match differ {
        Some((engine, lesson)) if engine.0 == lesson.0 => format!("document {} has another text", engine.0),
        Some((engine, lesson)) => format!("{} stays by one, {} by the other", engine.0, lesson.0),
        None => format!("{} documents stay, and {}", cleaned.kept.len(), expected.len()),
    }
}
