//! A raw dump, as a crawl gives it, with the truth about every document: what a cleaning pipeline is measured against.
//!
//! Most documents are plain Korean texts. The others are dirty in one way each ([`Dirt`]), and [`Truth`] says in which: so a
//! report can say of every step how much of what it removed deserved it, and how much it missed. A document depends on the
//! seed and its index alone; a duplicate is made from an earlier document that is plain.

mod dirt;
mod encode;
mod source;

use std::io;

use serde::{Deserialize, Serialize};

use crate::rng::Rng;

pub use source::test_set;

/// A document of the dump.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raw {
    /// Its name, the same in every size of the dump.
    pub id: String,
    /// The kind of site that it was found on.
    pub source: &'static str,
    /// When it was fetched: `YYYY-MM-DD`.
    pub date: String,
    /// What was fetched: UTF-8, except where the truth says CP949.
    pub bytes: Vec<u8>,
    /// What is true of it.
    pub truth: Truth,
}

/// What is true of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Truth {
    /// What is wrong with it.
    pub dirt: Dirt,
    /// Of a duplicate, the index of the document that it repeats.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<u64>,
    /// What should be left of it; `None` where it should go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clean: Option<String>,
    /// What must not be left of it: personal data, all invented.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub personal: Vec<String>,
}

/// What is wrong with a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dirt {
    /// Nothing.
    Clean,
    /// UTF-8 that was read as Windows-1252, once or twice.
    Mojibake,
    /// Bytes in CP949, the encoding of older Korean pages.
    Cp949,
    /// Hangul taken apart into jamo (NFD).
    Decomposed,
    /// Digits, letters and marks in full width.
    FullWidth,
    /// Control characters, a byte-order mark and zero-width characters between the others.
    Control,
    /// A whole web page: menu, script, advertisement and footer around the text.
    Html,
    /// Another language.
    Foreign,
    /// A word or two.
    TooShort,
    /// ㅋㅋㅋ, marks in rows, one word again and again.
    Spam,
    /// One line, repeated by a machine.
    Repeated,
    /// Invented personal data in a text that is good otherwise.
    Personal,
    /// An earlier document, sign by sign.
    ExactDuplicate,
    /// An earlier document, edited a little.
    NearDuplicate,
    /// A line of the test set, in a text.
    Contaminated,
    /// Nothing but white space, if that.
    Empty,
}

impl Dirt {
    /// All of them, with how many of a thousand documents have it.
    pub const ALL: [(Self, u32); 16] = [
        (Self::Clean, 480),
        (Self::Mojibake, 30),
        (Self::Cp949, 30),
        (Self::Decomposed, 30),
        (Self::FullWidth, 20),
        (Self::Control, 20),
        (Self::Html, 70),
        (Self::Foreign, 50),
        (Self::TooShort, 40),
        (Self::Spam, 40),
        (Self::Repeated, 20),
        (Self::Personal, 40),
        (Self::ExactDuplicate, 50),
        (Self::NearDuplicate, 50),
        (Self::Contaminated, 15),
        (Self::Empty, 15),
    ];

    /// Its name, as it stands in the dump.
    pub fn name(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Mojibake => "mojibake",
            Self::Cp949 => "cp949",
            Self::Decomposed => "decomposed",
            Self::FullWidth => "full_width",
            Self::Control => "control",
            Self::Html => "html",
            Self::Foreign => "foreign",
            Self::TooShort => "too_short",
            Self::Spam => "spam",
            Self::Repeated => "repeated",
            Self::Personal => "personal",
            Self::ExactDuplicate => "exact_duplicate",
            Self::NearDuplicate => "near_duplicate",
            Self::Contaminated => "contaminated",
            Self::Empty => "empty",
        }
    }
}

/// The documents of a dump, without an end.
pub fn dump(seed: u64) -> impl Iterator<Item = Raw> {
    (0..).map(move |index| document(seed, index))
}

/// The document `index` of the dump, made alone.
pub fn document(seed: u64, index: u64) -> Raw {
    let (dirt, of) = kind(seed, index);
    let mut rng = Rng::named("raw", seed, index);
    let (bytes, truth) = dirt::make(dirt, of, seed, index, &mut rng);
    let (year, month, day) = (rng.range(2018, 2024), rng.range(1, 12), rng.range(1, 28));
    Raw {
        id: format!("raw-{index:07}"),
        source: rng.pick(&["news", "blog", "forum", "board", "shop"]).copied().unwrap_or("blog"),
        date: format!("{year}-{month:02}-{day:02}"),
        bytes,
        truth,
    }
}

/// What is wrong with a document, and which one it repeats. An earlier one to repeat is looked for among the last few
/// thousand; where chance finds none, the document is plain.
fn kind(seed: u64, index: u64) -> (Dirt, Option<u64>) {
    let mut rng = Rng::named("raw kind", seed, index);
    let dirt = drawn(&mut rng);
    if !matches!(dirt, Dirt::ExactDuplicate | Dirt::NearDuplicate) {
        return (dirt, None);
    }
    let is_plain = |of: &u64| drawn(&mut Rng::named("raw kind", seed, *of)) == Dirt::Clean;
    let back = index.min(3000) as u32;
    let of = (0..20).filter(|_| back > 0).map(|_| index - 1 - u64::from(rng.below(back))).find(is_plain);
    if of.is_some() { (dirt, of) } else { (Dirt::Clean, None) }
}

fn drawn(rng: &mut Rng) -> Dirt {
    let weights = Dirt::ALL.map(|(_, weight)| weight);
    Dirt::ALL[rng.weighted(&weights)].0
}

impl Raw {
    /// The document as text; bytes that are no UTF-8 become �.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// Writes it as a line of JSON. A document in CP949 stays in CP949, as it does in real dumps: such a line is no UTF-8.
    ///
    /// # Errors
    /// When `out` cannot be written.
    pub fn write_line(&self, out: &mut Vec<u8>) -> io::Result<()> {
        let Self { id, source, date, bytes, truth } = self;
        out.extend_from_slice(
            format!("{{\"id\":\"{id}\",\"source\":\"{source}\",\"date\":\"{date}\",\"document\":").as_bytes(),
        );
        match std::str::from_utf8(bytes) {
            Ok(text) => serde_json::to_writer(&mut *out, text)?,
            // No byte of a Korean sign in CP949 is a quote, a backslash or a control character, for none is below 41, and
            // the second bytes leave 5C out.
            Err(_) => {
                out.push(b'"');
                for byte in bytes {
                    match byte {
                        b'\n' => out.extend_from_slice(b"\\n"),
                        b'"' | b'\\' => out.extend_from_slice(&[b'\\', *byte]),
                        _ => out.push(*byte),
                    }
                }
                out.push(b'"');
            }
        }
        out.extend_from_slice(b",\"truth\":");
        // In ASCII alone: a line has one encoding, whichever it is.
        for sign in serde_json::to_string(truth)?.chars() {
            if sign.is_ascii() {
                out.push(sign as u8);
            } else {
                let mut units = [0; 2];
                sign.encode_utf16(&mut units)
                    .iter()
                    .for_each(|unit| out.extend_from_slice(format!("\\u{unit:04x}").as_bytes()));
            }
        }
        out.extend_from_slice(b"}\n");
        Ok(())
    }

    /// Writes it as a line of a table with the columns id, source, date and document, parted by tabs. A line break or a tab
    /// of the document becomes a space; the truth stays out.
    ///
    /// # Errors
    /// When `out` cannot be written.
    pub fn write_tsv(&self, out: &mut Vec<u8>) -> io::Result<()> {
        out.extend_from_slice(format!("{}\t{}\t{}\t", self.id, self.source, self.date).as_bytes());
        out.extend(self.bytes.iter().map(|byte| if matches!(byte, b'\t' | b'\n' | b'\r') { b' ' } else { *byte }));
        out.push(b'\n');
        Ok(())
    }
}

#[cfg(test)]
mod tests;
