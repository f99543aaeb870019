//! Records from files of any size: TSV, CSV, a JSON array, JSON Lines, plain lines and parquet, the texts also gzipped.
//!
//! ```
//! use week02_data::read::{OnBroken, from_bytes};
//! let file = "id\tdocument\tlabel\n1\t좋아요\t1\n2\t별로\n3\t최고\t1\n";
//! let mut records = from_bytes("reviews.tsv", file, OnBroken::Skip)?;
//! let texts: Vec<String> = records
//!     .by_ref()
//!     .map(|record| Ok(record?.get("document").unwrap_or_default().to_string()))
//!     .collect::<Result<_, week02_data::read::ReadError>>()?;
//! assert_eq!(texts, ["좋아요", "최고"]);
//! assert_eq!(records.broken().to_string(), "1 broken record: reviews.tsv, line 3: fields: 2, where the file has 3 columns");
//! # Ok::<(), week02_data::read::ReadError>(())
//! ```
//!
//! - One record is held at a time, of parquet one page of each column. A record longer than [`Options::longest`] is broken,
//!   and is skipped without being held.
//! - A broken record is reported with its file and line, and counted; [`OnBroken`] says whether the run goes on.
//! - What cannot be gone past (a gzip stream cut short, an array never closed) is an error after the records before it.
//! - A byte order mark before the text is no part of it; lines end with `\n` or `\r\n`, the last one with or without.
//!
//! What the formats hide: a CSV record may span lines; a TSV field cannot hold a tab or a line end; JSON objects of one
//! file may have different columns; the end of a parquet file says what is in it.

mod csv;
mod error;
mod json;
mod lines;
mod pages;
mod parquet;
mod sniff;

use std::collections::HashSet;
use std::fmt::{self, Display};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::Path;
use std::sync::Arc;

use flate2::read::MultiGzDecoder;
use workshop_base::text::Catalogue;
use workshop_base::tr;

pub use self::error::{At, Fault, Kind, ReadError};
use self::lines::{LineSource, Lines};
pub use self::sniff::Format;

/// What to do about a broken record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnBroken {
    /// Count it and go on with the next.
    #[default]
    Skip,
    /// Give its error and end.
    Stop,
}

/// How a file is to be read.
#[derive(Debug, Clone)]
pub struct Options {
    on_broken: OnBroken,
    longest: usize,
    header: Option<Vec<String>>,
    columns: Option<Vec<String>>,
    format: Option<Format>,
}

impl Default for Options {
    /// Broken records are skipped, none is longer than 16 MB, the first line names the columns, and all are given.
    fn default() -> Self {
        Self { on_broken: OnBroken::Skip, longest: 16_000_000, header: None, columns: None, format: None }
    }
}

impl Options {
    /// What to do about a broken record.
    #[must_use]
    pub fn on_broken(mut self, on_broken: OnBroken) -> Self {
        self.on_broken = on_broken;
        self
    }

    /// How many bytes of a record are held at most; a longer one is broken. A CSV record of several lines may be held up
    /// to twice this long.
    #[must_use]
    pub fn longest(mut self, bytes: usize) -> Self {
        self.longest = bytes;
        self
    }

    /// The names of the columns of a TSV or CSV file whose first line is a record already.
    #[must_use]
    pub fn header(mut self, names: &[&str]) -> Self {
        self.header = Some(names.iter().map(|name| (*name).to_owned()).collect());
        self
    }

    /// The columns that are needed, in this order; no others are given. A file without one of them is refused, and so is a
    /// JSON object.
    #[must_use]
    pub fn columns(mut self, names: &[&str]) -> Self {
        self.columns = Some(names.iter().map(|name| (*name).to_owned()).collect());
        self
    }

    /// The format, where neither the name nor the first bytes say it.
    #[must_use]
    pub fn format(mut self, format: Format) -> Self {
        self.format = Some(format);
        self
    }

    /// Opens a file.
    ///
    /// # Errors
    /// When it cannot be opened, is no file of records, or lacks a column that is needed.
    pub fn open(&self, path: impl AsRef<Path>) -> Result<Records, ReadError> {
        let path = path.as_ref();
        let name = path.display().to_string();
        let failed = |source| ReadError::Open { file: name.clone(), source };
        if path.is_dir() {
            return Err(ReadError::Folder { file: name });
        }
        let mut file = File::open(path).map_err(failed)?;
        let head = Head::of(&mut file);
        if head.bytes.starts_with(sniff::PARQUET) {
            return self.parquet(&name, parquet::open(file));
        }
        self.text(&name, head, Box::new(file))
    }

    /// Reads what is in memory already; `name` says its format and stands in errors.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn from_bytes(&self, name: &str, bytes: impl Into<Vec<u8>>) -> Result<Records, ReadError> {
        let bytes = bytes.into();
        if bytes.starts_with(sniff::PARQUET) {
            return self.parquet(name, parquet::open(bytes::Bytes::from(bytes)));
        }
        self.from_reader(name, Cursor::new(bytes))
    }

    /// Reads from anything but parquet, whose end must be read first; `name` says its format and stands in errors.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn from_reader(&self, name: &str, mut reader: impl Read + 'static) -> Result<Records, ReadError> {
        let head = Head::of(&mut reader);
        self.text(name, head, Box::new(reader))
    }

    fn text(&self, name: &str, head: Head, rest: Box<dyn Read>) -> Result<Records, ReadError> {
        let file = name.to_owned();
        let not_records = |kind| ReadError::NotRecords { file: file.clone(), kind };
        let is_gzip = head.bytes.starts_with(sniff::GZIP);
        let (head, rest): (Head, Box<dyn Read>) = if is_gzip {
            let mut unpacked = MultiGzDecoder::new(BufReader::new(Joined { head, rest }));
            (Head::of(&mut unpacked), Box::new(unpacked))
        } else {
            (head, rest)
        };
        let wrong = |at, error: io::Error| failed(name, is_gzip, at, error);
        if head.bytes.is_empty() {
            let Head { error: Some(error), .. } = head else { return Err(ReadError::Empty { file }) };
            return Err(wrong(At::Line(1), error));
        }
        if let Some(kind) = sniff::not_records(&head.bytes) {
            return Err(not_records(kind));
        }
        let Head { mut bytes, error } = head;
        if bytes.starts_with(sniff::BOM) {
            bytes.drain(..sniff::BOM.len());
            if bytes.is_empty() {
                return Err(ReadError::Empty { file });
            }
        }
        let format = match self.format {
            Some(format) => format,
            None => sniff::format(name, &bytes).map_err(not_records)?,
        };
        let input = Input(Box::new(BufReader::new(Joined { head: Head { bytes, error }, rest })));
        let lines = |input| Lines::new(input, self.longest);
        let source: Box<dyn Source> = match format {
            Format::Parquet => return Err(not_records(Kind::GzippedParquet)),
            Format::JsonArray => Box::new(json::ArraySource::new(input, self.longest)),
            Format::JsonLines => Box::new(LineSource {
                lines: lines(input),
                kind: lines::Kind::Object(json::Names::default()),
                line: vec![],
            }),
            Format::Lines => {
                let kind = lines::Kind::Text(["text".to_owned()].into());
                Box::new(LineSource { lines: lines(input), kind, line: vec![] })
            }
            Format::Tsv => {
                let mut lines = lines(input);
                let columns = self.named(name, || {
                    let mut line = vec![];
                    Ok(match lines.next(&mut line).map_err(|error| wrong(At::Line(1), error))? {
                        lines::Line::TooLong => Err(lines.too_long()),
                        _ => {
                            let fields = lines::without_end(&line).split(|byte| *byte == b'\t').map(<[u8]>::to_vec);
                            csv::texts(fields.collect())
                        }
                    })
                })?;
                Box::new(LineSource { lines, kind: lines::Kind::Tabs(columns), line: vec![] })
            }
            Format::Csv => {
                let mut source = csv::CsvSource::new(lines(input), self.longest);
                let columns = self.named(name, || {
                    Ok(match source.record().map_err(|error| wrong(At::Line(1), error))? {
                        csv::Found::Fields { fields, .. } => csv::texts(fields),
                        csv::Found::Broken { fault, .. } => Err(fault),
                        csv::Found::End => return Err(ReadError::Empty { file: name.to_owned() }),
                    })
                })?;
                Box::new(source.with_columns(columns))
            }
        };
        self.records(name, format, is_gzip, source)
    }

    /// The names of the columns: given, or those of the first line.
    fn named(
        &self,
        file: &str,
        first: impl FnOnce() -> Result<Result<Vec<Option<String>>, Fault>, ReadError>,
    ) -> Result<Columns, ReadError> {
        let wrong = |fault| ReadError::Broken { file: file.to_owned(), at: At::Line(1), fault };
        let mut names = match &self.header {
            Some(names) => names.clone(),
            None => first()?.map_err(wrong)?.into_iter().flatten().collect(),
        };
        let mut seen = HashSet::with_capacity(names.len());
        for (i, name) in names.iter_mut().enumerate() {
            if name.is_empty() {
                // A table that was saved with its row numbers has them in a column without a name.
                *name = format!("column {}", i + 1);
            }
            if !seen.insert(name.clone()) {
                return Err(wrong(Fault::NameTwice(name.clone())));
            }
        }
        Ok(names.into())
    }

    fn parquet(&self, name: &str, opened: Result<parquet::Opened, parquet::Closed>) -> Result<Records, ReadError> {
        let wrong = |closed| match closed {
            parquet::Closed::Damaged(said) => ReadError::Parquet { file: name.to_owned(), said },
            parquet::Closed::Column(column, kind) => ReadError::ColumnType { file: name.to_owned(), column, kind },
        };
        let opened = opened.map_err(wrong)?;
        self.check(name, &opened.columns)?;
        let source = opened.rows(self.columns.as_deref()).map_err(wrong)?;
        self.records(name, Format::Parquet, false, Box::new(source))
    }

    fn check(&self, file: &str, there: &[String]) -> Result<(), ReadError> {
        match missing(self.columns.as_deref().unwrap_or_default(), there) {
            None => Ok(()),
            Some(missing) => Err(ReadError::MissingColumns { file: file.to_owned(), missing, there: list(there) }),
        }
    }

    fn records(&self, name: &str, format: Format, gz: bool, source: Box<dyn Source>) -> Result<Records, ReadError> {
        if let Some(columns) = source.columns() {
            self.check(name, &columns)?;
        }
        Ok(Records {
            file: name.to_owned(),
            format,
            is_gzip: gz,
            options: self.clone(),
            source,
            selected: None,
            broken: Broken::default(),
            read: 0,
            longest_held: 0,
            is_over: false,
        })
    }
}

/// The records of a file, with all its columns; [`Options`] says more.
///
/// # Errors
/// When it cannot be opened, or is no file of records.
pub fn open(path: impl AsRef<Path>, on_broken: OnBroken) -> Result<Records, ReadError> {
    Options::default().on_broken(on_broken).open(path)
}

/// The records of what is in memory already; `name` says its format and stands in errors.
///
/// # Errors
/// When it is no file of records.
pub fn from_bytes(name: &str, bytes: impl Into<Vec<u8>>, on_broken: OnBroken) -> Result<Records, ReadError> {
    Options::default().on_broken(on_broken).from_bytes(name, bytes)
}

/// One record: the names of its columns, and a text for each, or `None` where the value is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    columns: Columns,
    values: Vec<Option<String>>,
    at: At,
}

impl Record {
    /// The text of a column; `None` where it is missing, or there is no such column.
    pub fn get(&self, column: &str) -> Option<&str> {
        let place = self.columns.iter().position(|name| name == column)?;
        self.values.get(place)?.as_deref()
    }

    /// The names of its columns, in order.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Its columns, in order, each with its text.
    pub fn fields(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.columns.iter().map(String::as_str).zip(self.values.iter().map(Option::as_deref))
    }

    /// Its columns, in order, each with its text.
    pub fn into_fields(self) -> impl Iterator<Item = (String, Option<String>)> {
        (0..self.columns.len()).map(move |i| self.columns[i].clone()).zip(self.values)
    }

    /// Where it stands in its file.
    pub fn at(&self) -> At {
        self.at
    }
}

/// How many records were broken, and the first of them.
#[derive(Debug, Default)]
pub struct Broken {
    /// How many.
    pub count: u64,
    /// The first ten.
    pub first: Vec<ReadError>,
}

/// Broken records that are kept.
const SHOWN: usize = 10;

impl Broken {
    /// How many, and the first, in the reader's language.
    pub fn say(&self, text: &Catalogue) -> String {
        let first = self.first.first().map(|first| first.say(text)).unwrap_or_default();
        match self.count {
            0 => tr!(text, "no broken records"),
            1 => tr!(text, "1 broken record: {first}", first = first),
            count => tr!(text, "{count} broken records, the first: {first}", count = count, first = first),
        }
    }
}

impl Display for Broken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.say(&Catalogue::default()))
    }
}

/// The records of a file, one by one. After an error there are no more.
pub struct Records {
    file: String,
    format: Format,
    is_gzip: bool,
    options: Options,
    source: Box<dyn Source>,
    /// The columns of the last record, where those that are needed stand among them, and their names.
    selected: Option<Selected>,
    broken: Broken,
    read: u64,
    longest_held: usize,
    is_over: bool,
}

struct Selected {
    of: Columns,
    places: Vec<usize>,
    columns: Columns,
}

impl fmt::Debug for Records {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Records of {} ({}), {} read, {} broken", self.file, self.format, self.read, self.broken.count)
    }
}

impl Records {
    /// The broken records so far.
    pub fn broken(&self) -> &Broken {
        &self.broken
    }

    /// How many records were given so far.
    pub fn read(&self) -> u64 {
        self.read
    }

    /// The columns, where the file names them once for all records: not in JSON.
    pub fn columns(&self) -> Option<Arc<[String]>> {
        self.options.columns.as_ref().map(|names| names.clone().into()).or_else(|| self.source.columns())
    }

    /// The format, and whether it was gzipped.
    pub fn format(&self) -> (Format, bool) {
        (self.format, self.is_gzip)
    }

    /// The most bytes of a record that were held so far.
    pub fn longest_held(&self) -> usize {
        self.longest_held
    }

    /// The columns that are needed, of a record; or what is wrong with it.
    fn select(&mut self, record: Record) -> Result<Record, Fault> {
        if let Some((name, _)) = record.fields().find(|(_, value)| value.is_some_and(|value| value.contains('\0'))) {
            return Err(Fault::Nul { column: name.to_owned() });
        }
        let Some(needed) = &self.options.columns else { return Ok(record) };
        if self.selected.as_ref().is_none_or(|selected| selected.of != record.columns) {
            if let Some(missing) = missing(needed, &record.columns) {
                return Err(Fault::NoColumn { missing, there: list(&record.columns) });
            }
            let places =
                needed.iter().filter_map(|name| record.columns.iter().position(|known| known == name)).collect();
            self.selected = Some(Selected { of: record.columns.clone(), places, columns: needed.clone().into() });
        }
        let Some(Selected { places, columns, .. }) = &self.selected else { return Ok(record) };
        let values = places.iter().map(|place| record.values.get(*place).cloned().flatten()).collect();
        Ok(Record { columns: columns.clone(), values, at: record.at })
    }

    /// The next record; a broken one as the inner error.
    fn step(&mut self) -> Result<Option<Result<Record, ReadError>>, ReadError> {
        let file = self.file.clone();
        Ok(Some(match self.source.next() {
            Err(error) => return Err(failed(&file, self.is_gzip, self.source.at(), error)),
            Ok(Step::End) => return Ok(None),
            Ok(Step::NotClosed(at)) => return Err(ReadError::NotClosed { file, at }),
            Ok(Step::Stuck(at, fault)) => return Err(ReadError::Broken { file, at, fault }),
            Ok(Step::Broken(at, fault)) => Err(ReadError::Broken { file, at, fault }),
            Ok(Step::Record { at, columns, values, held }) => {
                self.longest_held = self.longest_held.max(held);
                self.select(Record { columns, values, at }).map_err(|fault| ReadError::Broken { file, at, fault })
            }
        }))
    }
}

impl Iterator for Records {
    type Item = Result<Record, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.is_over {
            match self.step() {
                Ok(Some(Ok(record))) => {
                    self.read += 1;
                    return Some(Ok(record));
                }
                Ok(Some(Err(broken))) => {
                    self.broken.count += 1;
                    if self.options.on_broken == OnBroken::Stop {
                        self.is_over = true;
                        return Some(Err(broken));
                    }
                    if self.broken.first.len() < SHOWN {
                        self.broken.first.push(broken);
                    }
                }
                Ok(None) => self.is_over = true,
                Err(error) => {
                    self.is_over = true;
                    return Some(Err(error));
                }
            }
        }
        None
    }
}

/// The names of columns, which many records share.
type Columns = Arc<[String]>;
/// A record: the names of its columns and their values.
type Fields = (Columns, Vec<Option<String>>);

/// A format, record by record.
trait Source {
    /// The columns, where all records have the same.
    fn columns(&self) -> Option<Columns>;
    /// How far it came.
    fn at(&self) -> At;
    /// The next record.
    fn next(&mut self) -> io::Result<Step>;
}

/// What a [`Source`] found.
enum Step {
    Record {
        at: At,
        columns: Columns,
        values: Vec<Option<String>>,
        held: usize,
    },
    /// A broken record, after which reading goes on.
    Broken(At, Fault),
    /// Something after which it cannot.
    Stuck(At, Fault),
    NotClosed(At),
    End,
}

/// The bytes of a text, unpacked.
struct Input(Box<dyn BufRead>);

impl Input {
    #[cfg(test)]
    fn of_bytes(bytes: Vec<u8>) -> Self {
        Self(Box::new(Cursor::new(bytes)))
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl BufRead for Input {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.0.fill_buf()
    }

    fn consume(&mut self, bytes: usize) {
        self.0.consume(bytes);
    }
}

/// The first bytes of a stream, and the error that came while they were read.
struct Head {
    bytes: Vec<u8>,
    error: Option<io::Error>,
}

impl Head {
    fn of(reader: &mut impl Read) -> Self {
        let mut bytes = vec![];
        let error = reader.take(4096).read_to_end(&mut bytes).err();
        Self { bytes, error }
    }
}

/// The first bytes again, the error that came after them, and the rest.
struct Joined {
    head: Head,
    rest: Box<dyn Read>,
}

impl Read for Joined {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.head.bytes.is_empty() {
            let count = buffer.len().min(self.head.bytes.len());
            buffer[..count].copy_from_slice(&self.head.bytes[..count]);
            self.head.bytes.drain(..count);
            return Ok(count);
        }
        self.head.error.take().map_or_else(|| self.rest.read(buffer), Err)
    }
}

fn failed(file: &str, is_gzip: bool, at: At, error: io::Error) -> ReadError {
    let file = file.to_owned();
    match error.kind() {
        io::ErrorKind::UnexpectedEof if is_gzip => ReadError::CutShort { file, at },
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput if is_gzip => {
            ReadError::Damaged { file, at, said: error.to_string() }
        }
        _ => ReadError::Failed { file, at, source: error },
    }
}

/// Those of the needed columns that are not there, as a list; `None` where all are.
fn missing(needed: &[String], there: &[String]) -> Option<String> {
    let missing: Vec<String> = needed.iter().filter(|name| !there.contains(name)).cloned().collect();
    (!missing.is_empty()).then(|| list(&missing))
}

fn list(names: &[String]) -> String {
    names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ")
}

/// A real file for a test, or a message where it is absent.
#[cfg(test)]
pub(crate) fn cached(path: &str) -> Option<std::path::PathBuf> {
    let file =
        std::env::var_os("WORKSHOP_CACHE").map(|cache| Path::new(&cache).join(path)).filter(|file| file.exists());
    if file.is_none() {
        eprintln!("skipped: {path} is not in the folder that WORKSHOP_CACHE names");
    }
    file
}

#[cfg(test)]
mod tests;
