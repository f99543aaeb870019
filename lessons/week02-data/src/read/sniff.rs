//! What a file is: by its first bytes, then by its name.

use std::fmt::{self, Display};

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

/// First bytes of what is no file of records, what it is, and what to do.
const OTHERS: [(&[u8], &str); 10] = [
    (
        b"version https://git-lfs.github.com/spec/",
        "is a Git LFS pointer, not the file itself: fetch the file with `git lfs pull`, or download it from its page",
    ),
    (b"PK\x03\x04", "is a zip archive: unpack it first"),
    (&[0x28, 0xb5, 0x2f, 0xfd], "is compressed with zstd: unpack it first (zstd -d)"),
    (&[0xfd, b'7', b'z', b'X', b'Z'], "is compressed with xz: unpack it first (xz -d)"),
    (b"BZh", "is compressed with bzip2: unpack it first (bzip2 -d)"),
    (b"ARROW1", "is an Arrow file: save the data as parquet or JSON Lines"),
    (b"SQLite format 3\0", "is an SQLite database: export the table as CSV"),
    (b"\x80\x04", PICKLE),
    (b"\x80\x05", PICKLE),
    (b"\x80\x02", PICKLE),
];
const PICKLE: &str = "is a Python pickle, which can run any code when it is opened: ask for the data in another format";
const WEB_PAGE: &str =
    "is a web page, not data: the download gave a page instead of the file; open its address in a browser to see why";
const UTF_16: &str = "is a text in UTF-16: convert it to UTF-8 first (iconv -f UTF-16 -t UTF-8)";

/// What the file is if it is no file of records.
pub(super) fn not_records(head: &[u8]) -> Option<&'static str> {
    if let Some((_, what)) = OTHERS.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Some(what);
    }
    if head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]) {
        return Some(UTF_16);
    }
    let start: Vec<u8> = trimmed(head).iter().take(14).map(u8::to_ascii_lowercase).collect();
    (start.starts_with(b"<!doctype html") || start.starts_with(b"<html")).then_some(WEB_PAGE)
}

/// The format, or what to do where it cannot be told.
pub(super) fn format(name: &str, head: &[u8]) -> Result<Format, String> {
    if head.starts_with(PARQUET) {
        return Ok(Format::Parquet);
    }
    let name = name.to_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let start = trimmed(head);
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or(head);
    match ending {
        "tsv" | "tab" => Ok(Format::Tsv),
        "csv" => Ok(Format::Csv),
        // Files named .json often hold a record a line.
        "json" | "jsonl" | "ndjson" => Ok(if start.starts_with(b"[") { Format::JsonArray } else { Format::JsonLines }),
        "parquet" => Err("is named .parquet, but does not begin as a parquet file does: get it again".to_owned()),
        _ if start.starts_with(b"[") && trimmed(&start[1..]).starts_with(b"{") => Ok(Format::JsonArray),
        _ if start.starts_with(b"{\"") => Ok(Format::JsonLines),
        "txt" if line.contains(&b'\t') => Ok(Format::Tsv),
        "txt" => Ok(Format::Lines),
        _ => Err("does not say by its name which format it has: name it .tsv, .csv, .json, .jsonl, .txt or .parquet, \
                  with .gz after it where it is compressed"
            .to_owned()),
    }
}

/// Without leading white space.
fn trimmed(bytes: &[u8]) -> &[u8] {
    bytes.trim_ascii_start()
}
