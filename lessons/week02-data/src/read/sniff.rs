//! What a file is: by its first bytes, then by its name.

use std::fmt::{self, Display};

use super::Kind;

/// The formats of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Fields parted by tabs, without quotes.
    Tsv,
    /// Fields parted by commas, in quotes where they hold a comma, a quote or a line end (RFC 4180).
    Csv,
    /// One array of objects.
    JsonArray,
    /// An object on each line.
    JsonLines,
    /// A text on each line: one column, `text`.
    Lines,
    /// Columns in pages, compressed (Apache Parquet).
    Parquet,
}

impl Display for Format {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Tsv => "TSV",
            Self::Csv => "CSV",
            Self::JsonArray => "a JSON array",
            Self::JsonLines => "JSON Lines",
            Self::Lines => "lines of text",
            Self::Parquet => "parquet",
        })
    }
}

/// How a gzip stream begins (RFC 1952, §2.3.1).
pub(super) const GZIP: &[u8] = &[0x1f, 0x8b];
/// How a parquet file begins and ends.
pub(super) const PARQUET: &[u8] = b"PAR1";
/// The sign that some programs put before a text in UTF-8.
pub(super) const BOM: &[u8] = &[0xef, 0xbb, 0xbf];

/// First bytes of what is no file of records, and what it is.
const OTHERS: [(&[u8], Kind); 12] = [
    (b"version https://git-lfs.github.com/spec/", Kind::LfsPointer),
    (b"PK\x03\x04", Kind::Packed("zip")),
    (&[0x28, 0xb5, 0x2f, 0xfd], Kind::Packed("zstd")),
    (&[0xfd, b'7', b'z', b'X', b'Z'], Kind::Packed("xz")),
    (b"BZh", Kind::Packed("bzip2")),
    (b"ARROW1", Kind::Arrow),
    (b"SQLite format 3\0", Kind::Sqlite),
    (b"\x80\x02", Kind::Pickle),
    (b"\x80\x04", Kind::Pickle),
    (b"\x80\x05", Kind::Pickle),
    (&[0xff, 0xfe], Kind::Utf16),
    (&[0xfe, 0xff], Kind::Utf16),
];

/// What the file is if it is no file of records.
pub(super) fn not_records(head: &[u8]) -> Option<Kind> {
    if let Some((_, kind)) = OTHERS.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Some(*kind);
    }
    let start: Vec<u8> = head.trim_ascii_start().iter().take(14).map(u8::to_ascii_lowercase).collect();
    (start.starts_with(b"<!doctype html") || start.starts_with(b"<html")).then_some(Kind::WebPage)
}

/// The format.
pub(super) fn format(name: &str, head: &[u8]) -> Result<Format, Kind> {
    if head.starts_with(PARQUET) {
        return Ok(Format::Parquet);
    }
    let name = name.to_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let start = head.trim_ascii_start();
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or(head);
    match ending {
        "tsv" | "tab" => Ok(Format::Tsv),
        "csv" => Ok(Format::Csv),
        // Files named .json often hold a record a line.
        "json" | "jsonl" | "ndjson" if start.starts_with(b"[") => Ok(Format::JsonArray),
        "json" | "jsonl" | "ndjson" => Ok(Format::JsonLines),
        "parquet" => Err(Kind::NotParquet),
        _ if start.starts_with(b"[") && start[1..].trim_ascii_start().starts_with(b"{") => Ok(Format::JsonArray),
        _ if start.starts_with(b"{\"") => Ok(Format::JsonLines),
        "txt" if line.contains(&b'\t') => Ok(Format::Tsv),
        "txt" => Ok(Format::Lines),
        _ => Err(Kind::Unknown),
    }
}
