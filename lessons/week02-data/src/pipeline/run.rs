//! The pipeline over files: streaming, on all cores, and to be killed at any moment.
//!
//! | stage | reads | writes |
//! |---|---|---|
//! | first half | the input | `work/N.jsonl`, what is left of chunk `N`; `removed.jsonl.gz.part` |
//! | copies | `work/N.jsonl` | `work/verdicts`, a byte and a number for each document |
//! | second half | both | `train`, `validation`, `test` and `removed`, each `.jsonl.gz.part` |
//! | end | | the same without `.part`; `report.json` |
//!
//! After every batch of chunks `state.json` says how far it is and how long each file was. A run that begins again cuts the
//! files to that length and goes on: what a killed run had written beyond it is written once more, the same.

use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use workshop_base::files::write_whole;

use super::chunk::{self, Chunks, Passed};
use super::duplicates::{Duplicates, Verdict};
use super::input::{Documents, Reading, test_texts};
use super::output::{self, FILES};
use super::state::State;
pub use super::state::{Fingerprint, Source, Stage};
use super::steps::{Cleaner, Document};
use super::tally::Tally;
use super::{PipelineError, Settings};

/// A run from files to a folder.
#[derive(Debug, Clone, Default)]
pub struct Run {
    /// The input.
    pub inputs: Vec<PathBuf>,
    /// How it is read.
    pub reading: Reading,
    /// What is done with it.
    pub settings: Settings,
    /// Files of test sets.
    pub tests: Vec<PathBuf>,
    /// The folder that the results go to.
    pub out: PathBuf,
    /// Threads; without it, as many as there are cores.
    pub threads: Option<usize>,
    /// Whether an earlier run in the folder is thrown away.
    pub fresh: bool,
}

/// How far a run is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// The stage.
    pub stage: Stage,
    /// Documents that it is through with.
    pub documents: u64,
    /// Bytes of the input, or chunks, that it is through with.
    pub done: u64,
    /// All of them.
    pub all: u64,
    /// Documents that an earlier run had read, where this one goes on with it.
    pub resumed_at: Option<u64>,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Finished {
    /// It is done.
    Done(Box<Report>),
    /// It was done already, by an earlier run; nothing was written.
    Already(Box<Report>),
    /// It was stopped, and goes on here when it is started again.
    Stopped,
}

/// What a run did: `report.json`. It holds no time, so that the same run gives the same bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// All that the result hangs on.
    pub made_from: Fingerprint,
    /// What was counted.
    pub tally: Tally,
    /// The most frequent pairs of words in the first `PAIRS_OF` documents to train on, most frequent first.
    pub pairs: Vec<(String, u64)>,
    /// The SHA-256 of each file that was written.
    pub files: Vec<Source>,
}

/// Documents whose pairs of words are counted.
pub const PAIRS_OF: usize = 10_000;
/// Pairs that the report shows.
const PAIRS: usize = 15;
/// Chunks of a batch, for each thread.
const CHUNKS_A_THREAD: usize = 2;

/// Called after every batch; `Break` ends the run, whose state is kept by then.
pub type Watch<'a> = dyn FnMut(&Progress) -> ControlFlow<()> + 'a;

impl Run {
    /// Runs, or goes on with what an earlier run began.
    ///
    /// # Errors
    /// When something cannot be used, read or written; the state stays as it was after the last batch.
    pub fn go(&self, watch: &mut Watch<'_>) -> Result<Finished, PipelineError> {
        self.settings.validate()?;
        let sources = |paths: &[PathBuf]| paths.iter().map(|path| source(path)).collect::<Result<Vec<Source>, _>>();
        let fingerprint = Fingerprint {
            code: workshop_base::sources::running(),
            inputs: sources(&self.inputs)?,
            reading: self.reading.clone(),
            settings: self.settings.clone(),
            tests: sources(&self.tests)?,
        };
        let tests = self.tests.iter().map(|path| test_texts(path)).collect::<Result<Vec<_>, _>>()?.concat();
        let folder = Folder::open(&self.out, self.fresh)?;
        let state = match State::read(&self.out)? {
            Some(state) => match state.fingerprint.differs(&fingerprint) {
                Some(what) => return Err(PipelineError::Changed { folder: folder.name(), what }),
                None => state,
            },
            None => {
                folder.must_be_new()?;
                State::new(fingerprint)
            }
        };
        if state.stage == Stage::Done {
            return Ok(Finished::Already(Box::new(folder.report()?)));
        }
        let threads = self.threads.unwrap_or(0);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.map_err(|error| PipelineError::Threads(error.to_string()))?;
        let cleaner = Cleaner::new(self.settings.clone(), &tests)?;
        let begun = state.stage != Stage::First || state.read > 0;
        let resumed_at = begun.then_some(state.read);
        let mut watch = |progress: &Progress| watch(&Progress { resumed_at, ..progress.clone() });
        Going { run: self, cleaner, folder, state, pool }.go(&mut watch)
    }
}

/// A run that goes on.
struct Going<'a> {
    run: &'a Run,
    cleaner: Cleaner,
    folder: Folder,
    state: State,
    pool: rayon::ThreadPool,
}

/// What the first half makes of a chunk, ready to be written.
struct Packed {
    read: u64,
    spool: Vec<u8>,
    members: [Vec<u8>; 4],
    tally: Tally,
}

impl Going<'_> {
    fn go(mut self, watch: &mut Watch<'_>) -> Result<Finished, PipelineError> {
        let stopped =
            self.first(watch)?.is_break() || self.compare(watch)?.is_break() || self.second(watch)?.is_break();
        if stopped {
            return Ok(Finished::Stopped);
        }
        self.end().map(|report| Finished::Done(Box::new(report)))
    }

    fn width(&self) -> usize {
        self.pool.current_num_threads() * CHUNKS_A_THREAD
    }

    fn keep(&self) -> Result<(), PipelineError> {
        self.state.keep(&self.folder.path)
    }

    /// Every step that looks at one document. While a batch is worked on, the next one is read.
    fn first(&mut self, watch: &mut Watch<'_>) -> Result<ControlFlow<()>, PipelineError> {
        if self.state.stage != Stage::First {
            return Ok(ControlFlow::Continue(()));
        }
        let times = modified(&self.run.inputs);
        let mut parts = self.folder.parts(&self.state)?;
        let all = self.state.fingerprint.inputs.iter().map(|input| input.bytes).sum();
        let mut documents = Documents::new(&self.run.inputs, &self.run.reading);
        for _ in 0..self.state.read {
            // What was read before is the same now: its SHA-256 says so.
            documents.next().transpose()?;
        }
        let width = self.width();
        let mut batch = next_batch(&mut documents, width)?;
        while !batch.is_empty() {
            let (cleaner, mut packed) = (&self.cleaner, vec![]);
            let next = self.pool.in_place_scope(|scope| {
                let packed = &mut packed;
                scope.spawn(move |_| *packed = batch.into_par_iter().map(|chunk| pack(cleaner, chunk)).collect());
                next_batch(&mut documents, width)
            });
            // What was worked on is kept, even where reading on has failed.
            for chunk in packed {
                let chunk: Packed = chunk.map_err(|error| self.folder.failed("work", error))?;
                self.folder.write_chunk(self.state.chunks, &chunk.spool)?;
                self.state.chunks += 1;
                self.state.read += chunk.read;
                self.state.tally.add(&chunk.tally);
                parts.append(&chunk.members, &mut self.state.lengths)?;
            }
            self.keep()?;
            batch = next?;
            let (documents, done) = (self.state.read, documents.position().min(all));
            if !batch.is_empty()
                && watch(&Progress { stage: Stage::First, documents, done, all, resumed_at: None }).is_break()
            {
                return Ok(ControlFlow::Break(()));
            }
        }
        if self.state.read == 0 {
            let path = self.run.inputs.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ");
            return Err(PipelineError::Empty { path });
        }
        for (path, before) in self.run.inputs.iter().zip(times) {
            if modified(std::slice::from_ref(path)) != [before] {
                return Err(PipelineError::Moving { path: path.display().to_string() });
            }
        }
        self.state.tally.broken = documents.broken();
        self.state.stage = Stage::Compare;
        self.keep()?;
        let progress = Progress { stage: Stage::First, documents: self.state.read, done: all, all, resumed_at: None };
        Ok(watch(&progress))
    }

    /// Which documents are copies. This is done in one go: where it is killed, it begins again, from texts that are clean.
    fn compare(&mut self, watch: &mut Watch<'_>) -> Result<ControlFlow<()>, PipelineError> {
        if self.state.stage != Stage::Compare {
            return Ok(ControlFlow::Continue(()));
        }
        let mut duplicates = Duplicates::new(&self.run.settings)?;
        let mut documents = 0;
        let (mut done, all) = (0, self.state.chunks);
        while done < all {
            let numbers: Vec<u64> = (done..all).take(self.width()).collect();
            done += numbers.len() as u64;
            for chunk in self.chunks(&numbers)? {
                documents += chunk.len() as u64;
                self.pool.install(|| duplicates.add(&chunk))?;
            }
            if watch(&Progress { stage: Stage::Compare, documents, done, all, resumed_at: None }).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        let verdicts = self.pool.install(|| duplicates.finish());
        let bytes: Vec<u8> = verdicts.iter().flat_map(to_bytes).collect();
        self.folder.write("work/verdicts", &bytes)?;
        self.state.stage = Stage::Second;
        self.keep()?;
        Ok(ControlFlow::Continue(()))
    }

    /// Copies and test sets go, and what is left is written.
    fn second(&mut self, watch: &mut Watch<'_>) -> Result<ControlFlow<()>, PipelineError> {
        if self.state.stage != Stage::Second || self.state.written == self.state.chunks {
            return Ok(ControlFlow::Continue(()));
        }
        let mut parts = self.folder.parts(&self.state)?;
        let bytes = self.folder.read("work/verdicts")?;
        let verdicts: Option<Vec<Verdict>> = bytes.chunks(VERDICT).map(from_bytes).collect();
        let damaged = || self.folder.damaged("work/verdicts");
        let verdicts = verdicts.ok_or_else(damaged)?;
        let all = self.state.chunks;
        while self.state.written < all {
            let numbers: Vec<u64> = (self.state.written..all).take(self.width()).collect();
            let mut work = vec![];
            for chunk in self.chunks(&numbers)? {
                let from = self.state.verdicts as usize;
                let of_chunk = verdicts.get(from..from + chunk.len()).ok_or_else(damaged)?;
                self.state.verdicts += chunk.len() as u64;
                work.push((chunk, of_chunk));
            }
            let done = self.pool.install(|| {
                let one = |(chunk, verdicts)| -> std::io::Result<(Passed, [Vec<u8>; 4])> {
                    let (passed, splits) = chunk::second(&self.cleaner, chunk, verdicts);
                    let members = output::members(&passed.left, &splits, &passed.gone)?;
                    Ok((passed, members))
                };
                work.into_par_iter().map(one).collect::<Vec<_>>()
            });
            for chunk in done {
                let (passed, members) = chunk.map_err(|error| self.folder.failed("train.jsonl.gz", error))?;
                self.state.tally.add(&passed.tally);
                self.state.written += 1;
                parts.append(&members, &mut self.state.lengths)?;
            }
            self.keep()?;
            let (documents, done) = (self.state.verdicts, self.state.written);
            if watch(&Progress { stage: Stage::Second, documents, done, all, resumed_at: None }).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Files get their names, and the report is written. Killed in between, this does the rest.
    fn end(mut self) -> Result<Report, PipelineError> {
        let mut files = vec![];
        for (name, length) in FILES.iter().zip(self.state.lengths) {
            self.folder.finish(name, length)?;
            files.push(source(&self.folder.path.join(format!("{name}.jsonl.gz")))?);
        }
        let report = Report {
            made_from: self.state.fingerprint.clone(),
            tally: self.state.tally.clone(),
            pairs: self.folder.pairs()?,
            files,
        };
        let text =
            serde_json::to_string_pretty(&report).map_err(|error| self.folder.failed("report.json", error.into()))?;
        self.folder.write("report.json", (text + "\n").as_bytes())?;
        self.state.stage = Stage::Done;
        self.keep()?;
        let work = self.folder.path.join("work");
        std::fs::remove_dir_all(&work).map_err(|error| self.folder.failed("work", error))?;
        Ok(report)
    }

    /// Chunks that the first half wrote, read on all cores.
    fn chunks(&self, numbers: &[u64]) -> Result<Vec<Vec<Document>>, PipelineError> {
        self.pool.install(|| numbers.par_iter().map(|number| self.folder.read_chunk(*number)).collect())
    }
}

fn next_batch(documents: &mut Documents, width: usize) -> Result<Vec<Vec<Document>>, PipelineError> {
    Chunks::new(documents).take(width).collect()
}

fn pack(cleaner: &Cleaner, chunk: Vec<Document>) -> std::io::Result<Packed> {
    let read = chunk.len() as u64;
    let Passed { left, gone, tally } = chunk::first(cleaner, chunk);
    let mut spool = vec![];
    for document in &left {
        serde_json::to_writer(&mut spool, document)?;
        spool.push(b'\n');
    }
    let members = output::members(&[], &[], &gone)?;
    Ok(Packed { read, spool, members, tally })
}

/// Bytes of a verdict.
const VERDICT: usize = 9;

fn to_bytes(verdict: &Verdict) -> [u8; VERDICT] {
    let (kind, of) = match verdict {
        Verdict::Kept => (0, 0),
        Verdict::Exact(of) => (1, *of),
        Verdict::Near(of) => (2, *of),
    };
    let mut bytes = [kind; VERDICT];
    bytes[1..].copy_from_slice(&of.to_le_bytes());
    bytes
}

fn from_bytes(bytes: &[u8]) -> Option<Verdict> {
    let (kind, of) = bytes.split_first()?;
    let of = u64::from_le_bytes(of.try_into().ok()?);
    Some(match kind {
        0 => Verdict::Kept,
        1 => Verdict::Exact(of),
        2 => Verdict::Near(of),
        _ => return None,
    })
}

/// When each file was written to last, and its length; nothing where that cannot be told, as of a file that is gone.
fn modified(paths: &[PathBuf]) -> Vec<Option<(std::time::SystemTime, u64)>> {
    let of = |path: &PathBuf| path.metadata().ok().and_then(|data| Some((data.modified().ok()?, data.len())));
    paths.iter().map(of).collect()
}

fn source(path: &Path) -> Result<Source, PipelineError> {
    let cannot = |error| PipelineError::Read { path: path.display().to_string(), error };
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let bytes = path.metadata().map_err(cannot)?.len();
    Ok(Source { name, bytes, sha256: workshop_base::data::sha256(path).map_err(cannot)? })
}

/// The folder of a run, which no other process works in.
struct Folder {
    path: PathBuf,
    _lock: File,
}

/// The output files, open to append.
struct Parts {
    files: Vec<(PathBuf, File)>,
}

impl Folder {
    fn open(path: &Path, fresh: bool) -> Result<Self, PipelineError> {
        let failed = |path: &Path, error| PipelineError::Write { path: path.display().to_string(), error };
        let work = path.join("work");
        std::fs::create_dir_all(&work).map_err(|error| failed(&work, error))?;
        let place = path.join(".lock");
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&place);
        let lock = lock.map_err(|error| failed(&place, error))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => {
                return Err(PipelineError::Busy { folder: path.display().to_string() });
            }
            Err(std::fs::TryLockError::Error(error)) => return Err(failed(&place, error)),
        }
        let folder = Self { path: path.to_owned(), _lock: lock };
        if fresh {
            folder.clear()?;
        }
        Ok(folder)
    }

    fn name(&self) -> String {
        self.path.display().to_string()
    }

    fn failed(&self, name: &str, error: std::io::Error) -> PipelineError {
        PipelineError::Write { path: self.path.join(name).display().to_string(), error }
    }

    fn damaged(&self, name: &str) -> PipelineError {
        let path = self.path.join(name).display().to_string();
        PipelineError::State { path, why: "it is not what the run wrote there".to_owned() }
    }

    /// Removes what runs leave, and nothing else. The state goes first: without it, the rest means nothing.
    fn clear(&self) -> Result<(), PipelineError> {
        let parts = FILES.iter().flat_map(|name| [format!("{name}.jsonl.gz"), format!("{name}.jsonl.gz.part")]);
        let files = ["state.json", "report.json", "report.html"].map(str::to_owned);
        for name in files.into_iter().chain(parts) {
            match std::fs::remove_file(self.path.join(&name)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(self.failed(&name, error)),
                _ => {}
            }
        }
        let work = self.path.join("work");
        std::fs::remove_dir_all(&work)
            .and_then(|()| std::fs::create_dir(&work))
            .map_err(|error| self.failed("work", error))
    }

    /// Refuses a folder in which results lie that this run would write over.
    fn must_be_new(&self) -> Result<(), PipelineError> {
        let names = FILES.iter().map(|name| format!("{name}.jsonl.gz")).chain(["report.json".to_owned()]);
        match names.into_iter().find(|name| self.path.join(name).exists()) {
            Some(file) => Err(PipelineError::Foreign { folder: self.name(), file }),
            None => Ok(()),
        }
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), PipelineError> {
        write_whole(&self.path.join(name), bytes).map_err(|error| self.failed(name, error))
    }

    fn read(&self, name: &str) -> Result<Vec<u8>, PipelineError> {
        let path = self.path.join(name);
        std::fs::read(&path).map_err(|error| PipelineError::Read { path: path.display().to_string(), error })
    }

    /// Writes a chunk. It counts only once the state says so, and then it is whole: no rename is needed.
    fn write_chunk(&self, number: u64, spool: &[u8]) -> Result<(), PipelineError> {
        let name = format!("work/{number:08}.jsonl");
        std::fs::write(self.path.join(&name), spool).map_err(|error| self.failed(&name, error))
    }

    fn read_chunk(&self, number: u64) -> Result<Vec<Document>, PipelineError> {
        let name = format!("work/{number:08}.jsonl");
        let bytes = self.read(&name)?;
        let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        lines.map(|line| serde_json::from_slice(line).map_err(|_| self.damaged(&name))).collect()
    }

    /// The output files, cut to what the state says.
    fn parts(&self, state: &State) -> Result<Parts, PipelineError> {
        let mut files = vec![];
        for (name, length) in FILES.iter().zip(state.lengths) {
            let path = self.path.join(format!("{name}.jsonl.gz.part"));
            let failed = |error| PipelineError::Write { path: path.display().to_string(), error };
            // `append` alone cannot cut.
            let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
            if file.metadata().map_err(failed)?.len() < length {
                return Err(self.damaged(&format!("{name}.jsonl.gz.part")));
            }
            file.set_len(length).map_err(failed)?;
            let mut file = file;
            std::io::Seek::seek(&mut file, std::io::SeekFrom::End(0)).map_err(failed)?;
            files.push((path, file));
        }
        Ok(Parts { files })
    }

    /// Gives a file its name. Where it has it already, an earlier end was killed.
    fn finish(&self, name: &str, length: u64) -> Result<(), PipelineError> {
        let (part, whole) = (format!("{name}.jsonl.gz.part"), format!("{name}.jsonl.gz"));
        if length == 0 {
            let empty = output::empty().map_err(|error| self.failed(&whole, error))?;
            self.write(&whole, &empty)?;
            let _ = std::fs::remove_file(self.path.join(&part));
            return Ok(());
        }
        match std::fs::rename(self.path.join(&part), self.path.join(&whole)) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && self.path.join(&whole).exists() => Ok(()),
            renamed => renamed.map_err(|error| self.failed(&whole, error)),
        }
    }

    fn report(&self) -> Result<Report, PipelineError> {
        serde_json::from_slice(&self.read("report.json")?).map_err(|_| self.damaged("report.json"))
    }

    /// The most frequent pairs of words of what is there to train on.
    fn pairs(&self) -> Result<Vec<(String, u64)>, PipelineError> {
        let path = self.path.join("train.jsonl.gz");
        let cannot = |error| PipelineError::Read { path: path.display().to_string(), error };
        let file = File::open(&path).map_err(cannot)?;
        let lines = BufReader::new(flate2::read::MultiGzDecoder::new(BufReader::new(file))).lines();
        let mut texts = vec![];
        for line in lines.take(PAIRS_OF) {
            #[derive(Deserialize)]
            struct Line {
                text: String,
            }
            let line: Line = serde_json::from_str(&line.map_err(cannot)?).map_err(|error| cannot(error.into()))?;
            texts.push(line.text);
        }
        Ok(frequent_pairs(texts.iter().map(String::as_str)))
    }
}

/// The most frequent pairs of words, most frequent first, equals in order of their signs; pairs that stand once are left out.
pub fn frequent_pairs<'t>(texts: impl Iterator<Item = &'t str>) -> Vec<(String, u64)> {
    let mut counts: std::collections::HashMap<(&str, &str), u64> = std::collections::HashMap::new();
    for text in texts {
        let words: Vec<&str> = text.split_whitespace().collect();
        for pair in words.windows(2) {
            *counts.entry((pair[0], pair[1])).or_default() += 1;
        }
    }
    let mut pairs: Vec<((&str, &str), u64)> = counts.into_iter().filter(|(_, count)| *count > 1).collect();
    pairs.sort_unstable_by(|(a, times_a), (b, times_b)| times_b.cmp(times_a).then(a.cmp(b)));
    pairs.into_iter().take(PAIRS).map(|((a, b), count)| (format!("{a} {b}"), count)).collect()
}

impl Parts {
    fn append(&mut self, members: &[Vec<u8>; 4], lengths: &mut [u64; 4]) -> Result<(), PipelineError> {
        for (((path, file), member), length) in self.files.iter_mut().zip(members).zip(lengths) {
            let failed = |error| PipelineError::Write { path: path.display().to_string(), error };
            file.write_all(member).map_err(failed)?;
            *length += member.len() as u64;
        }
        Ok(())
    }
}
