//! CSV as RFC 4180 has it: a field in quotes may hold commas, line ends, and quotes written twice.
//!
//! A quote that is never closed would swallow the rest of the file. Here it costs one line: when the limit or the end of the
//! file is reached inside quotes, the line at which they opened is broken, and reading goes on with the line after it.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

use super::lines::{Line, Lines, fields_fit, not_utf8, without_end};
use super::{At, Columns, Fault, Source, Step};

/// A line that was read, with its number; `None` for one that was too long.
type Numbered = (u64, Option<Vec<u8>>);

pub(super) struct CsvSource {
    lines: Lines,
    longest: usize,
    columns: Columns,
    /// Lines that were read in search of a closing quote. None of them has one, so that the search goes on behind them: a file
    /// of quotes that stay open is read once and not once a quote.
    ahead: VecDeque<Numbered>,
    /// The bytes of these lines.
    held: usize,
}

/// What [`CsvSource::record`] found.
pub(super) enum Found {
    Fields { line: u64, fields: Vec<Vec<u8>>, held: usize },
    Broken { line: u64, fault: Fault },
    End,
}

impl CsvSource {
    pub(super) fn new(lines: Lines, longest: usize) -> Self {
        Self { lines, longest, columns: Arc::new([]), ahead: VecDeque::new(), held: 0 }
    }

    pub(super) fn with_columns(mut self, columns: Columns) -> Self {
        self.columns = columns;
        self
    }

    /// The next record that is not an empty line.
    pub(super) fn record(&mut self) -> io::Result<Found> {
        loop {
            let Some((number, line)) = self.line()? else { return Ok(Found::End) };
            let Some(bytes) = line else {
                return Ok(Found::Broken { line: number, fault: self.lines.too_long() });
            };
            if without_end(&bytes).is_empty() {
                continue;
            }
            let mut splitter = Splitter::default();
            let mut held = bytes.len();
            if !splitter.feed(&bytes) {
                if let Some(fault) = self.stays_open(held)? {
                    return Ok(Found::Broken { line: number, fault });
                }
                held += std::mem::take(&mut self.held);
                for (_, line) in self.ahead.drain(..) {
                    splitter.feed(&line.unwrap_or_default());
                }
            }
            return Ok(Found::Fields { line: number, fields: splitter.fields, held });
        }
    }

    /// The next line, with its number.
    fn line(&mut self) -> io::Result<Option<Numbered>> {
        if let Some((number, line)) = self.ahead.pop_front() {
            self.held -= line.as_ref().map_or(0, Vec::len);
            return Ok(Some((number, line)));
        }
        self.new_line()
    }

    fn new_line(&mut self) -> io::Result<Option<Numbered>> {
        let mut line = vec![];
        Ok(match self.lines.next(&mut line)? {
            Line::End => None,
            Line::TooLong => Some((self.lines.number, None)),
            Line::Whole => Some((self.lines.number, Some(line))),
        })
    }

    /// Reads on to the line that closes a quote, which opened in a line of so many bytes. What is wrong where none does.
    fn stays_open(&mut self, first: usize) -> io::Result<Option<Fault>> {
        loop {
            let is_cut = matches!(self.ahead.back(), Some((_, None)));
            if is_cut || first + self.held > self.longest {
                return Ok(Some(Fault::LongQuote(self.longest)));
            }
            let Some((number, line)) = self.new_line()? else { return Ok(Some(Fault::OpenQuote)) };
            let bytes = line.as_deref().unwrap_or_default();
            let closes = Splitter { state: State::Quoted, ..Splitter::default() }.feed(bytes);
            self.held += bytes.len();
            self.ahead.push_back((number, line));
            if closes {
                return Ok(None);
            }
        }
    }
}

impl Source for CsvSource {
    fn columns(&self) -> Option<Columns> {
        Some(self.columns.clone())
    }

    fn at(&self) -> At {
        At::Line(self.lines.number.max(1))
    }

    fn next(&mut self) -> io::Result<Step> {
        let (line, fields, held) = match self.record()? {
            Found::End => return Ok(Step::End),
            Found::Broken { line, fault } => return Ok(Step::Broken(At::Line(line), fault)),
            Found::Fields { line, fields, held } => (At::Line(line), fields, held),
        };
        if let Err(fault) = fields_fit(fields.len(), self.columns.len()) {
            return Ok(Step::Broken(line, fault));
        }
        Ok(match texts(fields) {
            Ok(values) => Step::Record { at: line, columns: self.columns.clone(), values, held },
            Err(fault) => Step::Broken(line, fault),
        })
    }
}

/// The fields as texts.
pub(super) fn texts(fields: Vec<Vec<u8>>) -> Result<Vec<Option<String>>, Fault> {
    fields.into_iter().map(|field| String::from_utf8(field).map(Some).map_err(|e| not_utf8(e.utf8_error()))).collect()
}

/// Splits a record into its fields, line by line.
#[derive(Default)]
struct Splitter {
    fields: Vec<Vec<u8>>,
    field: Vec<u8>,
    state: State,
}

#[derive(Default, Clone, Copy, PartialEq)]
enum State {
    /// Before the first byte of a field: the one place where a quote opens.
    #[default]
    Start,
    Plain,
    Quoted,
    /// After a quote inside quotes: the closing one, or the first of two.
    Quote,
}

impl Splitter {
    /// Takes the next line, with its end; whether the record ends with it.
    fn feed(&mut self, line: &[u8]) -> bool {
        let content = without_end(line);
        for byte in content {
            self.state = match (self.state, byte) {
                (State::Start, b'"') => State::Quoted,
                (State::Quoted, b'"') => State::Quote,
                (State::Start | State::Plain | State::Quote, b',') => {
                    self.fields.push(std::mem::take(&mut self.field));
                    State::Start
                }
                (state, byte) => {
                    self.field.push(*byte);
                    // Two quotes are one, and quoting goes on. Anything else after a closing quote belongs to the field.
                    if state == State::Quoted || (state == State::Quote && *byte == b'"') {
                        State::Quoted
                    } else {
                        State::Plain
                    }
                }
            };
        }
        if self.state == State::Quoted {
            self.field.extend(&line[content.len()..]);
            return false;
        }
        self.fields.push(std::mem::take(&mut self.field));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Option<Vec<String>> {
        let mut splitter = Splitter::default();
        let is_closed = text.split_inclusive('\n').fold(false, |_, line| splitter.feed(line.as_bytes()));
        let text = |field: Vec<u8>| String::from_utf8(field).expect("UTF-8");
        is_closed.then(|| splitter.fields.into_iter().map(text).collect())
    }

    #[test]
    fn quotes_hold_commas_line_ends_and_quotes() {
        assert_eq!(split("a,\"b, \"\"c\"\"\r\nd\",\r\n").expect("closed"), ["a", "b, \"c\"\r\nd", ""]);
        assert_eq!(split("a\"b,\"c\"d\n").expect("closed"), ["a\"b", "cd"]);
        assert_eq!(split("\"a\n"), None);
    }

    /// Records of signs that matter to CSV, all of up to six: ours are those of the `csv` crate.
    #[test]
    fn the_csv_crate_reads_the_same() {
        let signs = ['a', ',', '"', '\n'];
        for length in 1..=7_u32 {
            for mut n in 0..4_usize.pow(length) {
                let text: String = (0..length)
                    .map(|_| {
                        let sign = signs[n % 4];
                        n /= 4;
                        sign
                    })
                    .collect();
                let mut theirs =
                    ::csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
                let theirs: Vec<Vec<String>> = theirs
                    .records()
                    .map(|record| record.expect("a record").iter().map(String::from).collect())
                    .collect();
                let input = super::super::Input::of_bytes(text.clone().into_bytes());
                let mut source = CsvSource::new(Lines::new(input, 100), 100);
                let mut ours = vec![];
                let mut is_open = false;
                while let Ok(found) = source.record() {
                    match found {
                        Found::End => break,
                        Found::Broken { .. } => is_open = true,
                        Found::Fields { fields, .. } => {
                            ours.push(
                                fields.into_iter().map(|f| String::from_utf8(f).expect("UTF-8")).collect::<Vec<_>>(),
                            );
                        }
                    }
                }
                // Where a quote stays open, the csv crate gives what it has, and we a broken record.
                if !is_open {
                    assert_eq!(ours, theirs, "{text:?}");
                }
            }
        }
    }
}
