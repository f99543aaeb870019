//! Outputs that are more than text.
//!
//! A cell shows a plot by printing it between two marker lines: the convention of the evcxr kernel, so that the same
//! code works in Jupyter, on the live page and, through a file, in a terminal.

use std::io::Write as _;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::data;

const BEGIN: &str = "EVCXR_BEGIN_CONTENT ";
const END: &str = "EVCXR_END_CONTENT";
/// The longest name of a shown file, in bytes, without its ending: a name of 26 Hangul syllables, which systems hold that
/// take at most 255 bytes and write each syllable in three letters.
const LONGEST: usize = 80;
/// Stands alone before the number of the cell whose output follows.
const CELL: &str = "\u{2}cell ";

/// Set by the live page and by the recorder: they read the marker lines.
pub const RICH_ENV: &str = "WORKSHOP_RICH";

/// One piece of what a program printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "kind")]
pub enum Piece {
    /// A line of text, with its line end.
    Text {
        /// The line.
        text: String,
    },
    /// A rich output.
    Rich {
        /// Its media type, such as `image/svg+xml`.
        mime: String,
        /// Its content.
        data: String,
    },
    /// What follows is the output of this cell, counted from 1.
    Cell {
        /// The number of the cell.
        cell: usize,
    },
}

/// Splits the lines of a program's standard output into pieces, as they arrive.
#[derive(Debug, Default)]
pub struct Splitter {
    open: Option<(String, String)>,
}

impl Splitter {
    /// Takes one line, with its line end if it had one; gives the pieces that are complete by now. A marker may stand
    /// behind text that was printed without a line end.
    pub fn line(&mut self, line: &str) -> Vec<Piece> {
        let bare = line.trim_end_matches(['\n', '\r']);
        if let Some((mime, data)) = &mut self.open {
            if bare == END {
                let piece = Piece::Rich { mime: std::mem::take(mime), data: std::mem::take(data) };
                self.open = None;
                return vec![piece];
            }
            data.push_str(bare);
            data.push('\n');
            return vec![];
        }
        let before = |text: &str| (!text.is_empty()).then(|| Piece::Text { text: text.to_owned() });
        if let Some((text, mime)) = bare.split_once(BEGIN) {
            self.open = Some((mime.trim().to_owned(), String::new()));
            return before(text).into_iter().collect();
        }
        if let Some((text, number)) = bare.split_once(CELL)
            && let Ok(cell) = number.parse()
        {
            return before(text).into_iter().chain([Piece::Cell { cell }]).collect();
        }
        vec![Piece::Text { text: line.to_owned() }]
    }

    /// All the pieces of a finished output.
    pub fn split(output: &str) -> Vec<Piece> {
        let mut splitter = Self::default();
        output.split_inclusive('\n').flat_map(|line| splitter.line(line)).collect()
    }
}

/// Marks that what is printed from here on, on either output, belongs to cell number `cell`: the two arrive by ways of
/// their own. Programs made from pages call it.
pub fn begin_cell(cell: usize) {
    println!("{CELL}{cell}");
    eprintln!("{CELL}{cell}");
}

/// What a program printed on standard error, without the marks.
pub fn without_marks(printed: &str) -> String {
    let text = |piece| if let Piece::Text { text } = piece { Some(text) } else { None };
    Splitter::split(printed).into_iter().filter_map(text).collect()
}

/// Whether the reader's side understands rich outputs: Jupyter, the live page, the recorder.
pub fn is_inline() -> bool {
    // evcxr sets the first in the process that runs the cells.
    ["EVCXR_IS_RUNTIME", RICH_ENV].iter().any(|name| std::env::var_os(name).is_some())
}

/// Shows `data`: inline where the reader's side understands rich outputs, otherwise as a file named after `name`, whose
/// path is printed.
///
/// # Errors
/// When the file cannot be written.
pub fn show(mime: &str, data: &str, name: &str) -> std::io::Result<()> {
    if is_inline() {
        let mut out = std::io::stdout().lock();
        writeln!(out, "{BEGIN}{mime}\n{}\n{END}", data.trim_end())?;
        return out.flush();
    }
    let path = file_for(mime, name);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(&path, data)?;
    println!("{}", path.display());
    Ok(())
}

fn file_for(mime: &str, name: &str) -> PathBuf {
    let ending = match mime {
        "image/svg+xml" => "svg",
        "text/html" => "html",
        _ => "txt",
    };
    let stem: String = name.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
    let mut stem = stem.trim_matches('-').to_owned();
    if stem.is_empty() || stem.len() > LONGEST || !data::is_plain_place(&stem) {
        // No system refuses this name, and no other title has it.
        let hash = data::hex(&Sha256::digest(name)[..4]);
        stem = format!("{}-{hash}", &stem[..stem.floor_char_boundary(LONGEST)]);
    }
    crate::kept().join("plots").join(format!("{stem}.{ending}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_rich_outputs_are_told_apart() {
        let output = "one\u{2}cell 2\nEVCXR_BEGIN_CONTENT image/svg+xml\n<svg>\n</svg>\nEVCXR_END_CONTENT\ntwo";
        let text = |text: &str| Piece::Text { text: text.into() };
        let svg = Piece::Rich { mime: "image/svg+xml".into(), data: "<svg>\n</svg>\n".into() };
        assert_eq!(Splitter::split(output), [text("one"), Piece::Cell { cell: 2 }, svg, text("two")]);
    }

    #[test]
    fn every_title_makes_a_file_name_that_every_system_holds() {
        let name = |title: &str| {
            let path = file_for("image/svg+xml", title);
            path.file_name().expect("a name").to_string_lossy().into_owned()
        };
        assert_eq!(name("loss against step: a"), "loss-against-step--a.svg");
        let long = "가".repeat(100);
        assert!(name(&long).len() < 100 && name(&long).starts_with("가가"), "{}", name(&long));
        assert_ne!(name(&long), name(&format!("{long}나")), "two titles, two files");
        for device in ["con", "AUX", "lpt1"] {
            assert!(name(device).starts_with(&format!("{device}-")), "{}", name(device));
        }
        assert!(name("?!").len() > ".svg".len(), "{}", name("?!"));
    }
}
