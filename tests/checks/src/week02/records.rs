//! The check of `week02/records`: records of TSV files against Python's decoder and csv module
//! (`tests/reference/week02_records.py`), and how much of a line is held.

use std::io::{self, BufRead, Read};

use candle_core::{Device, Error, Result};
use serde::Deserialize;
use sol02_data::records::read_tsv;
use week00_workbench::fixtures;
use week00_workbench::rng::Rng;

use crate::check::{Case, Check};
use crate::observe::Values;

type Records = (Vec<Vec<String>>, Vec<u64>);

/// The function under test: `read_tsv(reader, columns, longest)`.
pub type Subject = fn(&mut dyn BufRead, usize, usize) -> io::Result<Records>;

/// Grades a crate's `read_tsv`.
#[macro_export]
macro_rules! week02_records {
    ($($subject:tt)+) => {
        $crate::week02::records::check().grade(&{ $($subject)+::records::read_tsv as $crate::week02::records::Subject })
    };
}

/// A file, and how it is to be read.
#[derive(Debug, Clone)]
pub struct Input {
    bytes: Vec<u8>,
    columns: usize,
    longest: usize,
    /// The disk fails at the end of these bytes.
    fails: bool,
}

/// The check.
pub fn check() -> Check<Input, Subject> {
    let observe = |subject: &Subject, input: &Input, values: &mut Values| {
        let mut tape = Tape { bytes: &input.bytes, fails: input.fails, held: 0 };
        let records = subject(&mut tape, input.columns, input.longest).map_err(Error::wrap)?;
        note(records, tape.held > input.longest.saturating_add(2), values)
    };
    Check::new("week02/records", read_tsv as Subject, observe, flawed)
        .cases(golden())
        .cases(Ok(edges()))
        .cases(drawn())
        .refuses(
            "the disk fails after two lines",
            Input { bytes: b"1\ta\n2\tb\n".to_vec(), columns: 2, longest: 100, fails: true },
        )
        .mistake(
            "carriage return kept",
            "Your last fields end with \\r where the file has \\r\\n. What ends a line that was written on Windows?",
            "Take a \\r off before the \\n, too: the line ends with \\n or with \\r\\n.",
        )
        .mistake(
            "white space trimmed",
            "You lose empty fields or spaces at the ends of a line. What does `trim` take away besides the line's end?",
            "A tab at the end opens an empty field: take off \\n or \\r\\n alone, with `strip_suffix`.",
        )
        .mistake(
            "empty fields left out",
            "A line with an empty field is broken in your result. How many fields stand between two tabs?",
            "Split at each tab, so that two tabs in a row have an empty field between them: `split('\\t')`.",
        )
        .mistake(
            "numbered from 0",
            "Your numbers of broken lines are one too small. Which number has the first line of a file in an editor?",
            "Count lines from 1.",
        )
        .mistake(
            "records counted for lines",
            "Your numbers of broken lines are right up to the first, and then too small. Is a broken line a line?",
            "Count every line that you read, the broken ones among them.",
        )
        .mistake(
            "blank lines passed over",
            "A line without anything on it is missing from your result. How many fields does it have?",
            "It has one field, which is empty: of one column it is a record, and of more it is broken.",
        )
        .mistake(
            "bytes that are not UTF-8 replaced",
            "A record of yours holds the sign U+FFFD, which is not in the file. Is a text with holes a whole text?",
            "Use `str::from_utf8` and note the line as broken where it fails; the lossy form hides what is lost.",
        )
        .mistake(
            "stops at the first broken line",
            "Nothing comes after the first broken line. Does one bad line cost the rest of the file?",
            "Note the line's number and go on with the next.",
        )
        .mistake(
            "last line needs its end",
            "The last line is missing where the file does not end with \\n. Is a line without an end a line?",
            "What stands after the last \\n is a line if it has any bytes.",
        )
        .mistake(
            "line of exactly the limit",
            "A line of exactly `longest` bytes is broken in your result. Is it longer than `longest`?",
            "A line is too long from `longest + 1` bytes on, its end not counted.",
        )
        .way("line end counted")
        .way("room for one byte of the end")
        .mistake(
            "signs for bytes",
            "A long line of Hangul passes although it has too many bytes. How many bytes has one syllable?",
            "The limit is in bytes, and a syllable of Hangul has three: compare the length of the bytes, not of the signs.",
        )
        .mistake(
            "too long lines accepted",
            "A line that is longer than `longest` is a record in your result. What is the argument for?",
            "Compare the line's length in bytes with `longest`, and note the line as broken.",
        )
        .mistake(
            "rest of a long line taken for lines",
            "After a line that is too long your numbers are too large. What becomes of its rest?",
            "The rest belongs to the same line: skip it up to and with the next \\n before you go on.",
        )
        .way("rest after one byte more taken for lines")
        .way("rest after the limit taken for lines")
        .mistake(
            "all lines held whole",
            "Your records are right, and a line that is too long was held whole. What if it has no end for a gigabyte?",
            "Read at most `longest` bytes and the line's end, with `take`, and skip what is left of the line.",
        )
        .mistake(
            "last field takes the rest",
            "A line with a field too many is a record in your result. What stands in its last field?",
            "Split at every tab, and then count: `splitn` leaves the last tabs inside.",
        )
        .right("a hand-written loop over the reader's buffer", by_buffer)
        .right("byte by byte", by_byte)
}

fn note((records, broken): Records, held_too_much: bool, values: &mut Values) -> Result<()> {
    values.texts("records", records.iter().map(|fields| fields.join("⇥")));
    values.texts("broken lines", broken.iter().map(u64::to_string));
    let held = if held_too_much { "longer than a line may be" } else { "not longer than a line may be" };
    values.text("what was read in one piece", held);
    Ok(())
}

/// A reader that gives a few bytes at a time, and notes how many it was asked to put in one place without a limit.
struct Tape<'a> {
    bytes: &'a [u8],
    fails: bool,
    held: usize,
}

/// Not a divisor of anything, so that lines and signs are cut everywhere.
const PIECE: usize = 13;

impl Read for Tape<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let piece = self.fill_buf()?;
        let count = piece.len().min(buffer.len());
        buffer[..count].copy_from_slice(&piece[..count]);
        self.consume(count);
        Ok(count)
    }

    fn read_to_end(&mut self, buffer: &mut Vec<u8>) -> io::Result<usize> {
        self.gather(buffer, |_| None)
    }

    fn read_to_string(&mut self, buffer: &mut String) -> io::Result<usize> {
        self.gather_text(buffer, |_| None)
    }
}

impl BufRead for Tape<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        // Once: whoever takes the error for a broken line comes to an end, too.
        if self.bytes.is_empty() && std::mem::take(&mut self.fails) {
            return Err(io::Error::other("the disk does not answer"));
        }
        Ok(&self.bytes[..self.bytes.len().min(PIECE)])
    }

    fn consume(&mut self, count: usize) {
        self.bytes = &self.bytes[count..];
    }

    fn read_until(&mut self, byte: u8, buffer: &mut Vec<u8>) -> io::Result<usize> {
        self.gather(buffer, |piece| piece.iter().position(|b| *b == byte))
    }

    fn read_line(&mut self, buffer: &mut String) -> io::Result<usize> {
        self.gather_text(buffer, |piece| piece.iter().position(|b| *b == b'\n'))
    }
}

impl Tape<'_> {
    fn gather(&mut self, buffer: &mut Vec<u8>, end: impl Fn(&[u8]) -> Option<usize>) -> io::Result<usize> {
        let mut count = 0;
        loop {
            let piece = self.fill_buf()?;
            let used = end(piece).map_or(piece.len(), |place| place + 1);
            let is_over = end(piece).is_some() || piece.is_empty();
            buffer.extend_from_slice(&piece[..used]);
            self.consume(used);
            count += used;
            self.held = self.held.max(count);
            if is_over {
                return Ok(count);
            }
        }
    }

    fn gather_text(&mut self, buffer: &mut String, end: impl Fn(&[u8]) -> Option<usize>) -> io::Result<usize> {
        let mut bytes = vec![];
        let count = self.gather(&mut bytes, end)?;
        let text = String::from_utf8(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        buffer.push_str(&text);
        Ok(count)
    }
}

/// The cases of Python.
fn golden() -> Result<Vec<Case<Input>>> {
    #[derive(Deserialize)]
    struct File {
        cases: Vec<Golden>,
    }
    #[derive(Deserialize)]
    struct Golden {
        name: String,
        hex: String,
        columns: usize,
        longest: usize,
        records: Vec<Vec<String>>,
        broken: Vec<u64>,
    }
    let file: File = fixtures::json("week02/records.json")?;
    file.cases
        .into_iter()
        .map(|case| {
            let digits = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).unwrap_or_default(), 16);
            let bytes: std::result::Result<Vec<u8>, _> = case.hex.as_bytes().chunks(2).map(digits).collect();
            let input = Input {
                bytes: bytes.map_err(Error::wrap)?,
                columns: case.columns,
                longest: case.longest,
                fails: false,
            };
            let mut values = Values::default();
            note((case.records, case.broken), false, &mut values)?;
            Ok(Case { name: case.name, input, golden: Some(values) })
        })
        .collect()
}

/// Edges, by hand.
fn edges() -> Vec<Case<Input>> {
    let case = |name: &str, columns: usize, longest: usize, bytes: &[u8]| Case {
        name: name.to_owned(),
        input: Input { bytes: bytes.to_vec(), columns, longest, fails: false },
        golden: None,
    };
    let long = |before: &str, length: usize, after: &str| format!("{before}{}{after}", "x".repeat(length)).into_bytes();
    vec![
        case("an empty file", 2, 10, b""),
        case("an empty line alone, one column", 1, 10, b"\n"),
        case("an empty line between two records", 2, 10, b"1\ta\n\n2\tb\n"),
        case("empty fields at both ends", 3, 20, b"\ta\t\n \tb\t \n\t\t\n"),
        case("Windows lines", 2, 20, b"1\ta\r\n2\tb\r\n"),
        case("a carriage return inside, and one at the end of the file", 1, 20, b"a\rb\nc\r"),
        case("no end after the last line", 2, 20, "1\t좋아요\n2\t별로".as_bytes()),
        case("two broken lines", 2, 20, b"1\n2\tb\n3\tc\td\n4\td\n"),
        case("not UTF-8", 2, 20, b"1\t\xc1\xbe\n2\tok\n3\t\xec\xa2\n"),
        case("lines of 7, 8 and 9 bytes, limit 8", 2, 8, b"1\tabcde\n2\tabcdef\n3\tabcdefg\n4\ta\n"),
        case("Windows lines of 7, 8 and 9 bytes, limit 8", 2, 8, b"1\tabcde\r\n2\tabcdef\r\n3\tabcdefg\r\n4\ta\r\n"),
        case("Windows lines of one column, limit 6", 1, 6, "가나\r\n가나다\r\n나다\r\n".as_bytes()),
        case("Hangul: 4 syllables have 12 bytes, limit 8", 1, 8, "가나\n가나다라\n가\n".as_bytes()),
        case("a long line in the middle", 2, 16, &long("1\ta\n2\t", 1000, "\n3\tc\n4\n5\te\n")),
        case("a long line with tabs in it", 2, 16, &long("1\ta\n2\t", 40, "\tb\tc\td\n3\tc\n\n")),
        case("a long line at the end, without an end", 2, 16, &long("1\ta\n2\n3\t", 2000, "")),
        case("a line far too long for every line", 1, 0, b"a\n\nbcd\n"),
    ]
}

/// Cases drawn from a seed, which the solution answers.
fn drawn() -> Result<Vec<Case<Input>>> {
    let mut rng = Rng::seed(63);
    let mut below = |high: usize| -> Result<usize> {
        let x = rng.uniform(0.0, high as f32, 1, &Device::Cpu)?.to_vec1::<f32>()?[0];
        Ok((x as usize).min(high - 1))
    };
    let signs: [&[u8]; 8] = ["가".as_bytes(), "힣".as_bytes(), b"a", b" ", b"\t", b"\t", b"\n", b"\r\n"];
    let mut cases = vec![];
    for pieces in [60, 200, 400] {
        let mut bytes = vec![];
        for _ in 0..pieces {
            bytes.extend_from_slice(signs[below(signs.len())?]);
            if below(60)? == 0 {
                bytes.push(0xb0); // half a syllable of EUC-KR
            }
        }
        let input = Input { bytes, columns: 1 + below(3)?, longest: 6 + below(8)?, fails: false };
        cases.push(Case { name: format!("{pieces} signs, drawn"), input, golden: None });
    }
    Ok(cases)
}

/// A reader of records with the named mistakes built in.
fn flawed(has: &dyn Fn(&str) -> bool, input: &Input, values: &mut Values) -> Result<()> {
    if input.fails {
        candle_core::bail!("the disk does not answer");
    }
    let (mut records, mut broken): Records = (vec![], vec![]);
    let mut number = 0_u64;
    let mut held_too_much = false;
    let mut rest: &[u8] = &input.bytes;
    while !rest.is_empty() {
        let end = rest.iter().position(|byte| *byte == b'\n');
        if end.is_none() && has("last line needs its end") {
            break;
        }
        let full = end.map_or(rest.len(), |end| end + 1);
        // How much of the line is read at once, its end included.
        let room = input.longest.saturating_add(2);
        let read = match () {
            () if has("rest of a long line taken for lines") => full.min(room),
            () if has("rest after one byte more taken for lines") => full.min(room - 1),
            () if has("rest after the limit taken for lines") => full.min((room - 2).max(1)),
            () => full,
        };
        held_too_much |= (has("all lines held whole") || has("too long lines accepted")) && full > room;
        let line = &rest[..read];
        rest = &rest[read..];
        number += 1;

        let has_end = line.ends_with(b"\n");
        let mut content = line.strip_suffix(b"\n").unwrap_or(line);
        if has_end && !has("carriage return kept") {
            content = content.strip_suffix(b"\r").unwrap_or(content);
        }
        if has("white space trimmed") {
            content = content.trim_ascii();
        }
        if content.is_empty() && has("blank lines passed over") {
            continue;
        }
        let length = if has("line end counted") { line.len() } else { content.len() };
        let is_text = str::from_utf8(content).is_ok();
        let text = String::from_utf8_lossy(content);
        // Without room for the second byte, the carriage return seems to belong to a line of exactly the limit.
        let is_cut = has("room for one byte of the end") && full == room && line.ends_with(b"\r\n");
        let length = if is_cut { length + 1 } else { length };
        let length = if has("signs for bytes") { text.chars().count() } else { length };
        let is_too_long = if has("too long lines accepted") {
            false
        } else if has("line of exactly the limit") {
            length >= input.longest
        } else {
            length > input.longest
        };
        let fields: Vec<String> = if has("last field takes the rest") {
            text.splitn(input.columns, '\t').map(str::to_owned).collect()
        } else {
            text.split('\t').filter(|f| !f.is_empty() || !has("empty fields left out")).map(str::to_owned).collect()
        };
        let is_whole = is_text || has("bytes that are not UTF-8 replaced");
        if is_whole && !is_too_long && fields.len() == input.columns {
            records.push(fields);
            continue;
        }
        let line = if has("records counted for lines") { records.len() as u64 + 1 } else { number };
        broken.push(if has("numbered from 0") { line - 1 } else { line });
        if has("stops at the first broken line") {
            break;
        }
    }
    note((records, broken), held_too_much, values)
}

/// The records of lines that were gathered in some way; `None` for one that is too long.
fn sorted_out(lines: impl Iterator<Item = Option<Vec<u8>>>, columns: usize) -> Records {
    let (mut records, mut broken) = (vec![], vec![]);
    for (line, number) in lines.zip(1..) {
        let fields = line.and_then(|line| String::from_utf8(line).ok());
        let fields: Option<Vec<String>> = fields.map(|text| text.split('\t').map(str::to_owned).collect());
        match fields.filter(|fields| fields.len() == columns) {
            Some(fields) => records.push(fields),
            None => broken.push(number),
        }
    }
    (records, broken)
}

fn by_buffer(reader: &mut dyn BufRead, columns: usize, longest: usize) -> io::Result<Records> {
    let (mut lines, mut line, mut is_open) = (vec![], vec![], false);
    loop {
        let buffer = reader.fill_buf()?;
        if buffer.is_empty() {
            break;
        }
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let part = &buffer[..end.unwrap_or(buffer.len())];
        let room = longest.saturating_add(1).saturating_sub(line.len());
        // One byte more than a line may have is enough to know.
        let is_cut = part.len() > room;
        line.extend_from_slice(&part[..part.len().min(room + 1)]);
        is_open = end.is_none();
        let used = part.len() + usize::from(end.is_some());
        reader.consume(used);
        if is_cut {
            line.resize(longest.saturating_add(2), b'?');
        }
        if end.is_some() {
            let whole = std::mem::take(&mut line);
            let whole = whole.strip_suffix(b"\r").map_or(whole.clone(), <[u8]>::to_vec);
            lines.push((whole.len() <= longest).then_some(whole));
        }
    }
    if is_open {
        lines.push((line.len() <= longest).then_some(line));
    }
    Ok(sorted_out(lines.into_iter(), columns))
}

fn by_byte(reader: &mut dyn BufRead, columns: usize, longest: usize) -> io::Result<Records> {
    let (mut lines, mut line, mut last) = (vec![], vec![], b'\n');
    let mut length = 0;
    for byte in reader.bytes() {
        let byte = byte?;
        if byte == b'\n' {
            let of_end = usize::from(last == b'\r');
            length -= of_end;
            line.truncate(length);
            lines.push((length <= longest).then(|| std::mem::take(&mut line)));
            line.clear();
            length = 0;
        } else {
            length += 1;
            if line.len() <= longest {
                line.push(byte);
            }
        }
        last = byte;
    }
    if last != b'\n' {
        lines.push((length <= longest).then_some(line));
    }
    Ok(sorted_out(lines.into_iter(), columns))
}
