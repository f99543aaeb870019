//! Why a file, or one record of it, cannot be read.

use std::fmt::{self, Display};
use std::io;

/// Where a record stands in its file. Everything is counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// A line, or the first line of a record of several.
    Line(u64),
    /// An element of a JSON array, and the line on which it begins.
    Element {
        /// Its number.
        number: u64,
        /// The line.
        line: u64,
    },
    /// A row of a parquet file.
    Row(u64),
}

impl Display for At {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(out, "line {line}"),
            Self::Element { number, line } => write!(out, "element {number} (line {line})"),
            Self::Row(row) => write!(out, "row {row}"),
        }
    }
}

/// Why a file, or one record of it, cannot be read. The message says which, where, why, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file cannot be opened.
    #[error("{file} cannot be opened: {source}")]
    Open {
        /// Its name.
        file: String,
        /// Why.
        source: io::Error,
    },
    /// Reading failed on the way.
    #[error("{file}, {at}: reading failed: {source}")]
    Failed {
        /// The file.
        file: String,
        /// How far it came.
        at: At,
        /// Why.
        source: io::Error,
    },
    /// There is nothing in it.
    #[error("{file} is empty: not even a first line is there")]
    Empty {
        /// The file.
        file: String,
    },
    /// It is something else than a file of records.
    #[error("{file} {what}")]
    NotRecords {
        /// The file.
        file: String,
        /// What it is, and what to do.
        what: String,
    },
    /// The compressed stream ends before its end.
    #[error("{file}, {at}: the gzip stream ends here, in the middle: get the file again; what came before is whole")]
    CutShort {
        /// The file.
        file: String,
        /// How far it came.
        at: At,
    },
    /// The compressed stream is damaged.
    #[error("{file}, {at}: the gzip stream is damaged from here on ({what}): get the file again")]
    Damaged {
        /// The file.
        file: String,
        /// How far it came.
        at: At,
        /// What the decoder says.
        what: String,
    },
    /// A JSON array whose end is missing.
    #[error(
        "{file}, {at}: the file ends inside the array: a bracket or a quote is not closed, or the file is cut short"
    )]
    NotClosed {
        /// The file.
        file: String,
        /// The element that it ends in.
        at: At,
    },
    /// The first line does not name the columns.
    #[error("{file}, line 1: {what}")]
    Header {
        /// The file.
        file: String,
        /// What is wrong, and what to do.
        what: String,
    },
    /// Columns that are needed are not there.
    #[error("{file} has no column {missing}: its columns are {there}")]
    MissingColumns {
        /// The file.
        file: String,
        /// Those that are needed.
        missing: String,
        /// Those that it has.
        there: String,
    },
    /// A parquet file that cannot be read, or not beyond a row.
    #[error("{file}: {what}")]
    Parquet {
        /// The file.
        file: String,
        /// What is wrong, and what to do.
        what: String,
    },
    /// One record is broken; those after it may be whole.
    #[error("{file}, {at}: {what}")]
    Broken {
        /// The file.
        file: String,
        /// Where.
        at: At,
        /// What is wrong with it.
        what: String,
    },
}
