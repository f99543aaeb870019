//! Documents from files of records: which column is the text, and lines in CP949 among lines in UTF-8.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use flate2::read::MultiGzDecoder;
use serde::{Deserialize, Serialize};

use super::{Document, PipelineError};
use crate::decode;
use crate::read::{At, OnBroken, Options, ReadError, Record, Records};

/// How the input is read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Reading {
    /// The column with the text; without it the first of `document`, `text` and `content` that is there, or the only one.
    pub column: Option<String>,
    /// The names of the columns, where the first line is a record already.
    pub columns: Option<Vec<String>>,
    /// Columns that are not carried over to the output.
    pub drop: Vec<String>,
    /// Whether the run ends at a broken record.
    pub stop_on_broken: bool,
}

/// Names of columns that are taken for the text.
const TEXTS: [&str; 3] = ["document", "text", "content"];
/// Bytes of a line that are decoded as a whole. A longer line must be UTF-8.
const LONGEST_DECODED: u64 = 1 << 20;

/// The documents of some files, one file after the other.
#[derive(Debug)]
pub struct Documents {
    reading: Reading,
    files: std::vec::IntoIter<PathBuf>,
    open: Option<Open>,
    number: u64,
    broken: u64,
    position: Arc<AtomicU64>,
    failed: bool,
}

#[derive(Debug)]
struct Open {
    records: Records,
    decoded: DecodedLines,
    column: Option<String>,
}

type DecodedLines = Arc<Mutex<BTreeSet<u64>>>;

impl Documents {
    /// The documents of these files.
    pub fn new(files: &[PathBuf], reading: &Reading) -> Self {
        Self {
            reading: reading.clone(),
            files: files.to_vec().into_iter(),
            open: None,
            number: 0,
            broken: 0,
            position: Arc::default(),
            failed: false,
        }
    }

    /// Records that could not be read so far, and were left out.
    pub fn broken(&self) -> u64 {
        self.broken + self.open.as_ref().map_or(0, |open| open.records.broken().count)
    }

    /// How many bytes of the files were read so far, packed as they are. Of parquet nothing is counted.
    pub fn position(&self) -> u64 {
        self.position.load(Ordering::Relaxed)
    }

    fn step(&mut self) -> Result<Option<Document>, PipelineError> {
        loop {
            let Some(open) = &mut self.open else {
                let Some(path) = self.files.next() else { return Ok(None) };
                self.open = Some(Open::new(path, &self.reading, &self.position)?);
                continue;
            };
            match open.records.next().transpose().map_err(said)? {
                Some(record) => {
                    let document = open.document(record, self.number, &self.reading)?;
                    self.number += 1;
                    return Ok(Some(document));
                }
                None => {
                    self.broken += open.records.broken().count;
                    self.open = None;
                }
            }
        }
    }
}

impl Iterator for Documents {
    type Item = Result<Document, PipelineError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let step = self.step();
        self.failed = step.is_err();
        step.transpose()
    }
}

/// The texts of a test set: of each record all columns, in order.
///
/// # Errors
/// When the file cannot be read.
pub fn test_texts(path: &Path) -> Result<Vec<String>, PipelineError> {
    let records = Options::default().on_broken(OnBroken::Stop).open(path).map_err(said)?;
    let text = |record: Record| record.into_fields().filter_map(|(_, value)| value).collect::<Vec<_>>().join(" ");
    records.map(|record| record.map(text).map_err(said)).collect()
}

impl Open {
    fn new(path: PathBuf, reading: &Reading, position: &Arc<AtomicU64>) -> Result<Self, PipelineError> {
        let on_broken = if reading.stop_on_broken { OnBroken::Stop } else { OnBroken::Skip };
        let mut options = Options::default().on_broken(on_broken);
        if let Some(columns) = &reading.columns {
            options = options.header(&columns.iter().map(String::as_str).collect::<Vec<_>>());
        }
        let name = path.display().to_string();
        let cannot = |error| PipelineError::Read { path: name.clone(), error };
        let decoded = DecodedLines::default();
        let mut file = File::open(&path).map_err(cannot)?;
        let mut begin = [0; 4];
        let length = file.read(&mut begin).map_err(cannot)?;
        let records = if path.is_dir() || begin[..length].starts_with(b"PAR1") {
            options.open(&path)
        } else {
            let file = Counting { file: File::open(&path).map_err(cannot)?, position: position.clone() };
            let plain: Box<dyn BufRead> = if begin.starts_with(&[0x1f, 0x8b]) {
                Box::new(BufReader::new(MultiGzDecoder::new(BufReader::new(file))))
            } else {
                Box::new(BufReader::new(file))
            };
            options.from_reader(&name, Decoding::new(plain, decoded.clone()))
        };
        Ok(Self { records: records.map_err(said)?, decoded, column: None })
    }

    fn document(&mut self, record: Record, number: u64, reading: &Reading) -> Result<Document, PipelineError> {
        let column = match &self.column {
            Some(column) => column,
            None => self.column.insert(chosen(&record, reading)?),
        };
        let decoded = match record.at() {
            At::Line(line) => self.decoded.lock().unwrap_or_else(PoisonError::into_inner).remove(&line),
            At::Element { .. } | At::Row(_) => false,
        };
        let mut document = Document { number, id: number.to_string(), decoded, ..Document::default() };
        for (name, value) in record.into_fields() {
            match value {
                Some(value) if name == *column => document.bytes = value.into_bytes(),
                Some(value) if name == "id" => document.id = value,
                Some(value) if !reading.drop.contains(&name) => document.columns.push((name, value)),
                _ => {}
            }
        }
        Ok(document)
    }
}

/// The column with the text, as the first record of a file tells.
fn chosen(record: &Record, reading: &Reading) -> Result<String, PipelineError> {
    let known = record.columns();
    let is_there = |name: &&str| known.iter().any(|column| column == name);
    let found = match &reading.column {
        Some(name) => Some(name.as_str()).filter(is_there),
        None => TEXTS.into_iter().find(is_there).or(if let [only] = known { Some(only.as_str()) } else { None }),
    };
    found.map(str::to_owned).ok_or_else(|| PipelineError::Column {
        name: reading.column.clone().unwrap_or_else(|| TEXTS[0].to_owned()),
        known: known.join(", "),
    })
}

fn said(error: ReadError) -> PipelineError {
    match error {
        ReadError::Broken { .. } => PipelineError::Record { why: error.to_string() },
        _ => PipelineError::Input { why: error.to_string() },
    }
}

/// A file that counts what was read of it.
#[derive(Debug)]
struct Counting {
    file: File,
    position: Arc<AtomicU64>,
}

impl Read for Counting {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.position.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// Lines that are no UTF-8 become UTF-8, where they are CP949 or another encoding that the decoder knows; the others pass.
struct Decoding<R> {
    inner: R,
    line: Vec<u8>,
    at: usize,
    number: u64,
    goes_on: bool,
    decoded: DecodedLines,
}

impl<R: BufRead> Decoding<R> {
    fn new(inner: R, decoded: DecodedLines) -> Self {
        Self { inner, line: vec![], at: 0, number: 0, goes_on: false, decoded }
    }

    /// The next line, or the next piece of one that is too long.
    fn fill(&mut self) -> std::io::Result<()> {
        self.line.clear();
        self.at = 0;
        (&mut self.inner).take(LONGEST_DECODED).read_until(b'\n', &mut self.line)?;
        let is_piece = self.goes_on;
        self.number += u64::from(!is_piece);
        self.goes_on = self.line.last() != Some(&b'\n');
        let is_whole = !is_piece && (self.line.len() as u64) < LONGEST_DECODED;
        if is_whole && std::str::from_utf8(&self.line).is_err() {
            let text = decode::decode(&self.line);
            if text.encoding != "UTF-8" && text.lost == 0 {
                self.line = text.text.into_bytes();
                self.decoded.lock().unwrap_or_else(PoisonError::into_inner).insert(self.number);
            }
        }
        Ok(())
    }
}

impl<R: BufRead> Read for Decoding<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.at == self.line.len() {
            self.fill()?;
        }
        let rest = &self.line[self.at..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.at += count;
        Ok(count)
    }
}
