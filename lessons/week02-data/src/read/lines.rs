//! Lines of bounded length, and the formats that have a record on each: TSV, JSON Lines and plain text.

use std::io::{self, BufRead, Read as _};

use super::json;
use super::{At, Columns, Fault, Input, Source, Step};

/// Reads line by line. Of a line that is too long no more is held than the limit.
pub(super) struct Lines {
    input: Input,
    longest: usize,
    /// The number of the line that was read last.
    pub(super) number: u64,
}

/// What [`Lines::next`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    Whole,
    TooLong,
    End,
}

impl Lines {
    pub(super) fn new(input: Input, longest: usize) -> Self {
        Self { input, longest, number: 0 }
    }

    /// Reads the next line into `line`, with its end.
    pub(super) fn next(&mut self, line: &mut Vec<u8>) -> io::Result<Line> {
        line.clear();
        let room = (self.longest as u64).saturating_add(2); // and the line's end
        let read = (&mut self.input).take(room).read_until(b'\n', line);
        self.number += 1;
        if read? == 0 {
            return Ok(Line::End);
        }
        if line.len() as u64 == room && !line.ends_with(b"\n") {
            self.input.skip_until(b'\n')?;
            return Ok(Line::TooLong);
        }
        Ok(if without_end(line).len() > self.longest { Line::TooLong } else { Line::Whole })
    }

    pub(super) fn too_long(&self) -> Fault {
        Fault::TooLong(self.longest)
    }
}

/// A line without its `\n` or `\r\n`.
pub(super) fn without_end(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\n").map_or(line, |line| line.strip_suffix(b"\r").unwrap_or(line))
}

/// What is wrong with bytes that are not UTF-8.
pub(super) fn not_utf8(error: std::str::Utf8Error) -> Fault {
    Fault::NotUtf8(error.valid_up_to() + 1)
}

/// How the line of a record is read.
pub(super) enum Kind {
    /// Fields parted by tabs.
    Tabs(Columns),
    /// The line is the record.
    Text(Columns),
    /// A JSON object.
    Object(json::Names),
}

/// A format with a record on each line.
pub(super) struct LineSource {
    pub(super) lines: Lines,
    pub(super) kind: Kind,
    pub(super) line: Vec<u8>,
}

impl Source for LineSource {
    fn columns(&self) -> Option<Columns> {
        match &self.kind {
            Kind::Tabs(columns) | Kind::Text(columns) => Some(columns.clone()),
            Kind::Object(_) => None,
        }
    }

    fn at(&self) -> At {
        At::Line(self.lines.number.max(1))
    }

    fn next(&mut self) -> io::Result<Step> {
        loop {
            let found = self.lines.next(&mut self.line)?;
            let at = At::Line(self.lines.number);
            let text = match found {
                Line::End => return Ok(Step::End),
                Line::TooLong => return Ok(Step::Broken(at, self.lines.too_long())),
                Line::Whole => match str::from_utf8(without_end(&self.line)) {
                    Ok(text) => text,
                    Err(error) => return Ok(Step::Broken(at, not_utf8(error))),
                },
            };
            let held = self.line.len();
            let (columns, values) = match &mut self.kind {
                Kind::Text(columns) => (columns.clone(), vec![Some(text.to_owned())]),
                Kind::Tabs(columns) => {
                    let fields: Vec<Option<String>> = text.split('\t').map(|field| Some(field.to_owned())).collect();
                    if let Err(fault) = fields_fit(fields.len(), columns.len()) {
                        return Ok(Step::Broken(at, fault));
                    }
                    (columns.clone(), fields)
                }
                Kind::Object(_) if text.trim().is_empty() => continue,
                Kind::Object(names) => match json::object(text, names) {
                    Ok(members) => members,
                    Err(wrong) => return Ok(Step::Broken(at, wrong.in_line())),
                },
            };
            return Ok(Step::Record { at, columns, values, held });
        }
    }
}

/// Whether a line has as many fields as the file has columns.
pub(super) fn fields_fit(got: usize, columns: usize) -> Result<(), Fault> {
    if got == columns { Ok(()) } else { Err(Fault::Fields { got, columns }) }
}
