//! What comes out: the parts of the corpus and the list of what was removed, as JSON Lines in gzip.
//!
//! A gzip file may be several, one after the other (RFC 1952, §2.2). Each chunk is compressed alone, as such a member: so
//! chunks are compressed on all cores, the bytes hang on the chunk alone, and a file that was cut at the end of a member is
//! whole.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use sha2::{Digest as _, Sha256};
use workshop_datasets::split::Split;

use super::Shares;
use super::chunk::Gone;
use super::steps::Document;

// ANCHOR: split
/// The part that a text belongs to. It hangs on the text alone: documents that come later move none that are there.
pub fn split_of(text: &str, shares: Shares) -> Split {
    let digest = Sha256::digest(text);
    let first = digest.iter().take(4).fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
    let place = f64::from(first) / 2.0_f64.powi(32); // from 0 to below 1, each as likely
    if place < shares.test {
        Split::Test
    } else if place < shares.test + shares.validation {
        Split::Validation
    } else {
        Split::Train
    }
}
// ANCHOR_END: split

/// The files that a run writes, without the ending `.jsonl.gz`: the three parts, and what was removed.
pub(super) const FILES: [&str; 4] = ["train", "validation", "test", "removed"];

/// A line of a part.
struct Line<'a>(&'a Document);

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &self.0.id)?;
        map.serialize_entry("text", &self.0.text)?;
        // A column of one of these names is another thing than the text that was chosen.
        for (name, value) in &self.0.columns {
            let taken = matches!(name.as_str(), "id" | "text");
            map.serialize_entry(&if taken { format!("{name}_") } else { name.clone() }, value)?;
        }
        map.end()
    }
}

/// A line about a document that was removed. Its text stays out: what had to go should not lie about in another file.
#[derive(Serialize)]
struct Removed<'a> {
    number: u64,
    id: &'a str,
    step: &'static str,
    reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<u64>,
}

/// The members for the four files, from what a chunk left and what it lost. An empty one is no bytes at all.
pub(super) fn members(left: &[Document], splits: &[Split], gone: &[Gone]) -> std::io::Result<[Vec<u8>; 4]> {
    let mut lines: [Vec<u8>; 4] = Default::default();
    for (document, split) in left.iter().zip(splits) {
        line(&mut lines[*split as usize], &Line(document))?;
    }
    for Gone { document, step, reason, of } in gone {
        let removed = Removed { number: document.number, id: &document.id, step: step.name(), reason, of: *of };
        line(&mut lines[3], &removed)?;
    }
    let [train, validation, test, removed] = lines;
    Ok([packed(&train)?, packed(&validation)?, packed(&test)?, packed(&removed)?])
}

fn line(out: &mut Vec<u8>, value: &impl Serialize) -> std::io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.push(b'\n');
    Ok(())
}

fn packed(lines: &[u8]) -> std::io::Result<Vec<u8>> {
    if lines.is_empty() {
        return Ok(vec![]);
    }
    // The header has no time and no name: the same lines give the same bytes tomorrow.
    let mut packer = GzEncoder::new(vec![], Compression::new(6));
    packer.write_all(lines)?;
    packer.finish()
}

/// An empty gzip file, for a part without a document.
pub(super) fn empty() -> std::io::Result<Vec<u8>> {
    GzEncoder::new(vec![], Compression::new(6)).finish()
}
