//! JSON: one object to a record, and an array element by element.

use std::collections::HashSet;
use std::fmt;
use std::io::{self, BufRead};

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::lines::not_utf8;
use super::{At, Columns, Fault, Fields, Input, Source, Step};

/// How deep a record may nest: what most JSON parsers allow.
const DEEPEST: usize = 128;

/// Why a text is not an object.
pub(super) enum Wrong {
    /// Where this is does not matter.
    Fault(Fault),
    /// Not JSON, at this line and byte of the text, from 1.
    Json { said: String, line: usize, byte: usize },
}

impl Wrong {
    /// For a text of one line.
    pub(super) fn in_line(self) -> Fault {
        match self {
            Self::Fault(fault) => fault,
            Self::Json { said, byte, .. } => Fault::Json { said, byte },
        }
    }

    /// For a text that begins on this line.
    fn on_line(self, first: u64) -> Fault {
        match self {
            Self::Fault(fault) => fault,
            Self::Json { said, line, .. } => Fault::JsonOnLine { said, line: (first + line as u64).saturating_sub(1) },
        }
    }
}

impl From<&serde_json::Error> for Wrong {
    fn from(error: &serde_json::Error) -> Self {
        let said = error.to_string();
        // The place is said apart, counted within the file.
        let said = said.split(" at line ").next().unwrap_or(&said).to_owned();
        Self::Json { said, line: error.line(), byte: error.column() }
    }
}

/// The column names of the last object: most objects of a file have the same.
#[derive(Default)]
pub(super) struct Names(Option<Columns>);

/// The members of an object, in their order, with their values as texts: a string as what it says, `null` as missing, all
/// else as it is written.
pub(super) fn object(text: &str, names: &mut Names) -> Result<Fields, Wrong> {
    if depth(text.as_bytes()) > DEEPEST {
        return Err(Wrong::Fault(Fault::TooDeep(DEEPEST)));
    }
    if !text.trim_start().starts_with('{') {
        return Err(Wrong::Fault(Fault::NotAnObject));
    }
    let Members(members) = serde_json::from_str(text).map_err(|error| Wrong::from(&error))?;
    let mut seen = HashSet::with_capacity(members.len());
    if let Some((name, _)) = members.iter().find(|(name, _)| !seen.insert(name)) {
        return Err(Wrong::Fault(Fault::NameTwice(name.clone())));
    }
    let mut columns: Vec<String> = Vec::with_capacity(members.len());
    let mut values = Vec::with_capacity(members.len());
    for (name, value) in members {
        values.push(plain(value.get()).map_err(|error| Wrong::from(&error))?);
        columns.push(name);
    }
    let known = names.0.take().filter(|known| **known == *columns).unwrap_or_else(|| columns.into());
    names.0 = Some(known.clone());
    Ok((known, values))
}

fn plain(raw: &str) -> serde_json::Result<Option<String>> {
    Ok(match raw.as_bytes().first() {
        _ if raw == "null" => None,
        Some(b'"') => Some(serde_json::from_str(raw)?),
        Some(b'{' | b'[') => Some(compact(raw)),
        _ => Some(raw.to_owned()),
    })
}

/// Without the white space between the parts.
fn compact(raw: &str) -> String {
    let mut strings = Strings::default();
    raw.chars().filter(|sign| strings.inside(*sign as u32) || !sign.is_ascii_whitespace()).collect()
}

/// The most brackets that are open at one place.
fn depth(text: &[u8]) -> usize {
    let (mut strings, mut open, mut deepest) = (Strings::default(), 0_usize, 0);
    for byte in text {
        if strings.inside(u32::from(*byte)) {
            continue;
        }
        match byte {
            b'{' | b'[' => open += 1,
            b'}' | b']' => open = open.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(open);
    }
    deepest
}

/// Tells what is inside a JSON string, sign by sign.
#[derive(Default)]
struct Strings {
    is_inside: bool,
    is_escaped: bool,
}

impl Strings {
    /// Whether this sign belongs to a string, its quotes included.
    fn inside(&mut self, sign: u32) -> bool {
        let was_inside = self.is_inside;
        if self.is_escaped {
            self.is_escaped = false;
        } else if was_inside && sign == u32::from(b'\\') {
            self.is_escaped = true;
        } else if sign == u32::from(b'"') {
            self.is_inside = !was_inside;
        }
        was_inside || self.is_inside
    }
}

struct Members(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Members, M::Error> {
                let mut members = vec![];
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

/// A JSON array, read element by element: only one is held.
pub(super) struct ArraySource {
    input: Input,
    longest: usize,
    line: u64,
    element: u64,
    names: Names,
    place: Place,
    buffer: Vec<u8>,
}

/// Where in the array the reader is.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// Before the opening bracket.
    Before,
    /// After the opening bracket: an element or the end.
    First,
    /// After a comma: an element.
    Element,
    /// After an element: a comma or the end.
    Next,
    /// After the closing bracket.
    After,
}

impl ArraySource {
    pub(super) fn new(input: Input, longest: usize) -> Self {
        Self { input, longest, line: 1, element: 0, names: Names::default(), place: Place::Before, buffer: vec![] }
    }

    fn here(&self) -> At {
        At::Element { number: self.element, line: self.line }
    }

    /// The next byte that is no white space, which is not consumed.
    fn peek(&mut self) -> io::Result<Option<u8>> {
        loop {
            let bytes = self.input.fill_buf()?;
            let Some(byte) = bytes.first().copied() else { return Ok(None) };
            if !byte.is_ascii_whitespace() {
                return Ok(Some(byte));
            }
            self.line += u64::from(byte == b'\n');
            self.input.consume(1);
        }
    }

    /// Reads to the end of the element: up to the comma or bracket that ends it. Whether all of it is in the buffer; `None`
    /// where the file ends first.
    fn fill(&mut self) -> io::Result<Option<bool>> {
        self.buffer.clear();
        let (mut strings, mut open, mut is_whole) = (Strings::default(), 0_usize, true);
        loop {
            let bytes = self.input.fill_buf()?;
            if bytes.is_empty() {
                return Ok(None);
            }
            let (mut used, mut is_over) = (0, false);
            for byte in bytes {
                let is_inside = strings.inside(u32::from(*byte));
                if !is_inside && open == 0 && matches!(byte, b',' | b']' | b'}') {
                    is_over = true;
                    break;
                }
                used += 1;
                self.line += u64::from(*byte == b'\n');
                match byte {
                    b'{' | b'[' if !is_inside => open += 1,
                    b'}' | b']' if !is_inside => open -= 1, // at 0 it was over before
                    _ => {}
                }
                // An object ends with its bracket, whatever stands after it.
                if !is_inside && open == 0 && matches!(byte, b'}' | b']') {
                    is_over = true;
                    break;
                }
            }
            if self.buffer.len() + used > self.longest {
                (is_whole, self.buffer) = (false, vec![]);
            } else if is_whole {
                self.buffer.extend_from_slice(&bytes[..used]);
            }
            self.input.consume(used);
            if is_over {
                return Ok(Some(is_whole));
            }
        }
    }
}

impl Source for ArraySource {
    fn columns(&self) -> Option<Columns> {
        None
    }

    fn at(&self) -> At {
        self.here()
    }

    fn next(&mut self) -> io::Result<Step> {
        loop {
            let Some(byte) = self.peek()? else {
                return Ok(if self.place == Place::After { Step::End } else { Step::NotClosed(self.here()) });
            };
            match (self.place, byte) {
                (Place::Before, b'[') => {
                    self.input.consume(1);
                    self.place = Place::First;
                }
                (Place::First | Place::Next, b']') => {
                    self.input.consume(1);
                    self.place = Place::After;
                }
                (Place::Next, b',') => {
                    self.input.consume(1);
                    self.place = Place::Element;
                }
                (Place::After, _) => {
                    return Ok(Step::Stuck(self.here(), Fault::MoreAfterArray));
                }
                (Place::Next, byte) if byte != b'{' => {
                    return Ok(Step::Stuck(self.here(), Fault::AfterElement(char::from(byte))));
                }
                // A comma too many, or an end too early.
                (Place::First | Place::Element, b',' | b']' | b'}') => {
                    self.element += 1;
                    if byte == b'}' {
                        return Ok(Step::Stuck(self.here(), Fault::ClosesNothing));
                    }
                    self.place = Place::Next;
                    return Ok(Step::Broken(self.here(), Fault::NoElement(char::from(byte))));
                }
                // Here, too, where only a comma is missing between two objects.
                _ => return self.element(),
            }
        }
    }
}

impl ArraySource {
    fn element(&mut self) -> io::Result<Step> {
        let comma_is_missing = self.place == Place::Next;
        self.element += 1;
        let at = self.here();
        let Some(is_whole) = self.fill()? else { return Ok(Step::NotClosed(at)) };
        self.place = Place::Next;
        if !is_whole {
            return Ok(Step::Broken(at, Fault::TooLong(self.longest)));
        }
        if comma_is_missing {
            return Ok(Step::Broken(at, Fault::NoComma));
        }
        let At::Element { line, .. } = at else { return Ok(Step::End) };
        let text = match str::from_utf8(&self.buffer) {
            Ok(text) => text,
            Err(error) => return Ok(Step::Broken(at, not_utf8(error))),
        };
        Ok(match object(text, &mut self.names) {
            Ok((columns, values)) => Step::Record { at, columns, values, held: text.len() },
            Err(wrong) => Step::Broken(at, wrong.on_line(line)),
        })
    }
}
