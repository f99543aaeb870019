//! A page: one Markdown file, read into its parts.
//!
//! ```text
//! +++                                   what the page says of itself, in TOML
//! minutes = 40
//! +++
//! # Title
//! prose, with $inline$ and $$display$$ mathematics
//! ```rust,listing                       code by anchor: {{#include PATH:ANCHOR}}
//! ```rust,cell[,predict][,data][,varies]    code that runs
//! ```output                             what the cell above printed, recorded
//! ```grid                               a row of attention to work by hand, in TOML: see [`grid`](crate::grid)
//! ![what it shows](page.cell-3.svg)     what the cell above drew, recorded
//! {{#exercise week04/name}}   {{#quiz name.toml}}   {{#speaker}} .. {{/speaker}}   {{#minutes 5}} below a heading
//! {{#playground}}                      text to tokens while the reader types: see [`playground`](crate::playground)
//! ```

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

use crate::exercise::is_mark;
use crate::grid::Grid;

/// What a page says of itself.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Front {
    /// How long it takes, in minutes.
    pub minutes: u32,
    /// Whether the week's core contains it.
    pub core: bool,
    /// Which machine it needs.
    pub tier: Tier,
    /// The data files that its `data` cells need, by their names in `datasets/manifest.toml`.
    #[serde(default)]
    pub needs: Vec<String>,
    /// Relative tolerance for the numbers in its outputs.
    #[serde(default = "default_tolerance")]
    pub tolerance: f64,
    /// What made the recorded outputs: a hash of the cells, of the sources they use and of the locked versions. Written by
    /// `workshop author outputs`.
    #[serde(default)]
    pub recorded: String,
}

fn default_tolerance() -> f64 {
    1e-4
}

/// The machine that a page needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// Two cores, 8 GB.
    Laptop,
    /// One GPU.
    Gpu,
    /// Several.
    Cluster,
}

/// A page.
#[derive(Debug, Clone)]
pub struct Page {
    /// Its name: the path in `book/src` without `.md`, such as `week04-attention/02-scaled-dot-product`.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// What it says of itself.
    pub front: Front,
    /// Its parts, in order.
    pub blocks: Vec<Block>,
}

/// A part of a page, and the line of the file at which it starts.
#[derive(Debug, Clone)]
pub struct Block {
    /// The line, counted from 1.
    pub line: usize,
    /// The part.
    pub kind: Kind,
}

/// The kinds of parts.
#[derive(Debug, Clone)]
pub enum Kind {
    /// Markdown.
    Prose(String),
    /// Code by anchor.
    Listing(Listing),
    /// Code that runs.
    Cell(Cell),
    /// A row of attention to work by hand.
    Grid(Grid),
    /// An exercise, by its id.
    Exercise(String),
    /// A quiz, by its file beside the page.
    Quiz(String),
    /// Notes for whoever teaches it.
    Speaker(String),
    /// How many minutes the section takes that begins here, for whoever teaches it.
    Minutes(u32),
    /// Text to tokens, while the reader types.
    Playground,
}

/// Code taken from a source file.
#[derive(Debug, Clone)]
pub struct Listing {
    /// The file, relative to the page.
    pub file: String,
    /// The anchor in it.
    pub anchor: String,
    /// The code, without marker lines.
    pub code: String,
    /// Whether it answers an exercise, and so is folded until asked for.
    pub folded: bool,
}

/// Code that runs, with what it printed when it was recorded.
#[derive(Debug, Clone, Default)]
pub struct Cell {
    /// Its number on the page, from 1.
    pub number: usize,
    /// The code.
    pub code: String,
    /// The output stays folded until the reader has guessed.
    pub predict: bool,
    /// It needs the page's data files.
    pub data: bool,
    /// Its output differs from run to run; only its shape is compared.
    pub varies: bool,
    /// The recorded text; `None` where nothing was recorded.
    pub output: Option<String>,
    /// The recorded drawing: what it shows, and its file beside the page.
    pub figure: Option<(String, String)>,
}

impl Cell {
    /// Its flags, as written after `rust,cell`.
    pub fn flags(&self) -> Vec<&'static str> {
        [("predict", self.predict), ("data", self.data), ("varies", self.varies)]
            .into_iter()
            .filter_map(|(name, set)| set.then_some(name))
            .collect()
    }
}

impl Page {
    /// Reads the page with this name from `book/src`.
    ///
    /// # Errors
    /// When the file cannot be read, or is not a page; the message gives file and line.
    pub fn read(source: &Path, name: &str) -> Result<Self> {
        let path = source.join(format!("{name}.md"));
        let text = std::fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        Self::parse(name, &path, &text)
    }

    /// Reads a page from its text.
    ///
    /// # Errors
    /// When it is not a page; the message gives file and line.
    pub fn parse(name: &str, path: &Path, text: &str) -> Result<Self> {
        let text = text.replace("\r\n", "\n");
        let at = |line: usize| format!("{}:{line}", path.display());
        let Some((front, body)) = text.strip_prefix("+++\n").and_then(|rest| rest.split_once("\n+++\n")) else {
            bail!("{}: a page starts with its minutes, core and tier between two lines of +++", at(1));
        };
        let front_lines = front.lines().count() + 2;
        let front: Front = toml::from_str(front).with_context(|| at(1))?;

        let mut reader = Reader { path, blocks: vec![], prose: String::new(), prose_line: 0, cells: 0 };
        let mut lines = body.lines().enumerate().map(|(i, line)| (i + 1 + front_lines, line));
        while let Some((number, line)) = lines.next() {
            reader.line(number, line, &mut lines).with_context(|| at(number))?;
        }
        reader.end_prose();
        let minutes = |block: &Block| if let Kind::Minutes(minutes) = block.kind { Some(minutes) } else { None };
        let sections: Vec<u32> = reader.blocks.iter().filter_map(minutes).collect();
        let sum: u32 = sections.iter().sum();
        if !sections.is_empty() && sum != front.minutes {
            bail!("{}: its sections take {sum} minutes together, and the page says {}", at(1), front.minutes);
        }
        Ok(Self { name: name.to_owned(), path: path.to_owned(), front, blocks: reader.blocks })
    }

    /// The cells, in order.
    pub fn cells(&self) -> impl Iterator<Item = &Cell> {
        self.blocks.iter().filter_map(|block| if let Kind::Cell(cell) = &block.kind { Some(cell) } else { None })
    }

    /// Whether an exercise stands on it.
    pub fn gives(&self, exercise: &str) -> bool {
        self.blocks.iter().any(|block| matches!(&block.kind, Kind::Exercise(id) if id == exercise))
    }

    /// The first heading.
    pub fn title(&self) -> &str {
        let prose =
            self.blocks.iter().filter_map(|block| if let Kind::Prose(text) = &block.kind { Some(text) } else { None });
        prose.flat_map(|text| text.lines()).find_map(|line| line.strip_prefix("# ")).unwrap_or(&self.name)
    }

    /// The week's folder, such as `week04-attention`; empty for a page outside the weeks.
    pub fn week(&self) -> &str {
        self.name.split_once('/').map_or("", |(week, _)| week)
    }
}

/// Collects blocks.
struct Reader<'a> {
    path: &'a Path,
    blocks: Vec<Block>,
    prose: String,
    prose_line: usize,
    cells: usize,
}

impl Reader<'_> {
    fn line<'t>(
        &mut self,
        number: usize,
        line: &'t str,
        lines: &mut impl Iterator<Item = (usize, &'t str)>,
    ) -> Result<()> {
        if let Some(info) = line.strip_prefix("```") {
            let body = until(lines, |line| line == "```").context("this fence is never closed")?;
            return self.fence(number, info.trim(), line, &body);
        }
        if let Some(directive) = line.strip_prefix("{{#").and_then(|rest| rest.strip_suffix("}}")) {
            let kind = match directive.split_once(' ').unwrap_or((directive, "")) {
                ("exercise", id) => Kind::Exercise(id.trim().to_owned()),
                ("quiz", file) => Kind::Quiz(file.trim().to_owned()),
                ("speaker", "") => {
                    let notes = until(lines, |line| line == "{{/speaker}}").context("{{/speaker}} is missing")?;
                    Kind::Speaker(notes.trim().to_owned())
                }
                ("minutes", minutes) => {
                    Kind::Minutes(minutes.trim().parse().with_context(|| format!("{line}: no number"))?)
                }
                ("playground", "") => Kind::Playground,
                _ => bail!("{line} is not known: there are #exercise, #quiz, #speaker, #minutes and #playground"),
            };
            self.push(number, kind);
            return Ok(());
        }
        if let Some((alt, file)) = figure(line, self.path)
            && let Some(Block { kind: Kind::Cell(cell), .. }) = self.blocks.last_mut()
            && self.prose.trim().is_empty()
        {
            cell.figure = Some((alt, file));
            return Ok(());
        }
        if self.prose.is_empty() {
            self.prose_line = number;
        }
        self.prose.push_str(line);
        self.prose.push('\n');
        Ok(())
    }

    fn fence(&mut self, number: usize, info: &str, opening: &str, body: &str) -> Result<()> {
        let words: Vec<&str> = info.split(',').map(str::trim).collect();
        match words[..] {
            ["rust", "listing"] => {
                let listing = listing(self.path, body.trim())?;
                self.push(number, Kind::Listing(listing));
            }
            ["rust", "cell", ..] => {
                self.cells += 1;
                let mut cell = Cell { number: self.cells, code: body.trim_end().to_owned(), ..Cell::default() };
                for flag in &words[2..] {
                    match *flag {
                        "predict" => cell.predict = true,
                        "data" => cell.data = true,
                        "varies" => cell.varies = true,
                        _ => bail!("a cell has no flag {flag:?}: there are predict, data and varies"),
                    }
                }
                self.push(number, Kind::Cell(cell));
            }
            ["grid"] => {
                let grid = Grid::parse(body, number + 1)?;
                self.push(number, Kind::Grid(grid));
            }
            ["output"] => {
                let (Some(Block { kind: Kind::Cell(cell), .. }), true) =
                    (self.blocks.last_mut(), self.prose.trim().is_empty())
                else {
                    bail!("an output stands directly below its cell");
                };
                cell.output = Some(body.to_owned());
            }
            _ => {
                if self.prose.is_empty() {
                    self.prose_line = number;
                }
                self.prose.push_str(&format!("{opening}\n{body}```\n"));
            }
        }
        Ok(())
    }

    fn push(&mut self, line: usize, kind: Kind) {
        self.end_prose();
        self.blocks.push(Block { line, kind });
    }

    fn end_prose(&mut self) {
        let prose = std::mem::take(&mut self.prose);
        if !prose.trim().is_empty() {
            self.blocks.push(Block { line: self.prose_line, kind: Kind::Prose(prose) });
        }
    }
}

/// The lines up to the one that ends them.
fn until<'t>(lines: &mut impl Iterator<Item = (usize, &'t str)>, ends: impl Fn(&str) -> bool) -> Option<String> {
    let mut body = String::new();
    for (_, line) in lines {
        if ends(line) {
            return Some(body);
        }
        body.push_str(line);
        body.push('\n');
    }
    None
}

/// `![alt](file)` where the file is a recorded drawing of this page.
fn figure(line: &str, page: &Path) -> Option<(String, String)> {
    let (alt, file) = line.strip_prefix("![")?.strip_suffix(')')?.split_once("](")?;
    let stem = page.file_stem()?.to_str()?;
    let rest = file.strip_prefix(stem)?;
    (rest.starts_with(".cell-") && rest.ends_with(".svg")).then(|| (alt.to_owned(), file.to_owned()))
}

/// `{{#include PATH:ANCHOR}}`, looked up.
fn listing(page: &Path, directive: &str) -> Result<Listing> {
    let inner = directive.strip_prefix("{{#include ").and_then(|rest| rest.strip_suffix("}}"));
    let Some((file, anchor)) = inner.and_then(|inner| inner.trim().rsplit_once(':')) else {
        bail!("a listing holds one line, {{{{#include PATH:ANCHOR}}}}");
    };
    let path = page.parent().unwrap_or(Path::new(".")).join(file);
    let source = std::fs::read_to_string(&path).with_context(|| format!("{file} cannot be read"))?;
    let (begin, end) = (format!("// ANCHOR: {anchor}"), format!("// ANCHOR_END: {anchor}"));
    let mut lines = source.lines().skip_while(|line| line.trim() != begin);
    if lines.next().is_none() {
        bail!("{file} has no anchor {anchor:?}");
    }
    let after: Vec<&str> = lines.collect();
    // Without its end the listing would hold all the rest of the file.
    let Some(length) = after.iter().position(|line| line.trim() == end) else {
        bail!("{file}: the anchor {anchor:?} has no end, {end:?}");
    };
    let code: Vec<&str> = after[..length].iter().filter(|line| !is_mark(line)).copied().collect();
    let folded = file.contains("/solutions/");
    Ok(Listing { file: file.to_owned(), anchor: anchor.to_owned(), code: code.join("\n"), folded })
}

/// One question of a quiz.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Its name, unique in the course.
    pub id: String,
    /// The question.
    pub text: String,
    /// The answers to choose from.
    #[serde(rename = "option")]
    pub options: Vec<Answer>,
}

/// One answer of a question.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The answer.
    pub text: String,
    /// Why it is right or wrong.
    pub why: String,
    /// Whether it is right.
    #[serde(default)]
    pub right: bool,
}

/// Reads a quiz from the file beside its page.
///
/// # Errors
/// When it cannot be read, or a question does not have exactly one right answer.
pub fn quiz(page: &Page, file: &str) -> Result<Vec<Question>> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Quiz {
        question: Vec<Question>,
    }
    let path = page.path.with_file_name(file);
    let text = std::fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    let quiz: Quiz = toml::from_str(&text).with_context(|| path.display().to_string())?;
    for question in &quiz.question {
        let right = question.options.iter().filter(|option| option.right).count();
        if right != 1 {
            bail!("{}: question {:?} has {right} right answers, and needs one", path.display(), question.id);
        }
    }
    Ok(quiz.question)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Page> {
        Page::parse("week/01-page", Path::new("book/src/week/01-page.md"), text)
    }

    const FRONT: &str = "+++\nminutes = 5\ncore = true\ntier = \"laptop\"\n+++\n";

    #[test]
    fn a_page_is_read_into_its_parts() -> Result<()> {
        let text = format!(
            "{FRONT}# One\n\ntext\n\n```rust,cell,predict\nlet a = 1;\n```\n```output\n1\n```\n![a line](01-page.cell-1.svg)\n\nmore\n\n\
             ```text\n# kept\n```\n\n{{{{#speaker}}}}\nsay\n{{{{/speaker}}}}\n"
        );
        let page = parse(&text)?;
        assert_eq!(page.title(), "One");
        let cell = page.cells().next().expect("a cell");
        assert!(cell.predict && !cell.data);
        assert_eq!(cell.output.as_deref(), Some("1\n"));
        assert_eq!(cell.figure, Some(("a line".into(), "01-page.cell-1.svg".into())));
        assert_eq!(page.blocks.len(), 4);
        assert!(matches!(&page.blocks[2].kind, Kind::Prose(text) if text.contains("# kept")));
        assert!(matches!(&page.blocks[3].kind, Kind::Speaker(text) if text == "say"));
        Ok(())
    }

    #[test]
    fn a_listing_is_what_stands_between_its_anchors() -> Result<()> {
        let folder = tempfile::tempdir()?;
        std::fs::write(
            folder.path().join("a.rs"),
            "// ANCHOR_END: open\n// ANCHOR: f\nfn f() {\n    // SOLUTION: one\n    1;\n    // END\n    // ANCHOR: g\n    2;\n\
             // ANCHOR_END: g\n}\n// ANCHOR_END: f\n// ANCHOR: open\nfn h() {}\n// ANCHOR_END: opne\n",
        )?;
        let listing =
            |anchor: &str| listing(&folder.path().join("page.md"), &format!("{{{{#include a.rs:{anchor}}}}}"));
        assert_eq!(listing("f")?.code, "fn f() {\n    1;\n    2;\n}");
        assert_eq!(listing("g")?.code, "    2;");
        for anchor in ["open", "none"] {
            let error = listing(anchor).expect_err("no listing").to_string();
            assert!(error.contains("a.rs") && error.contains(anchor), "{error}");
        }
        Ok(())
    }

    #[test]
    fn sections_take_as_long_as_their_page() -> Result<()> {
        let page = |minutes| {
            let text = format!(
                "+++\nminutes = 7\ncore = true\ntier = \"laptop\"\n+++\n# A\n\n{{{{#minutes 3}}}}\n\n## B\n\n{{{{#minutes {minutes}}}}}\n"
            );
            Page::parse("a", Path::new("a.md"), &text)
        };
        assert!(matches!(page("4")?.blocks[1].kind, Kind::Minutes(3)));
        for bad in ["5", "", "four"] {
            assert!(page(bad).is_err(), "{bad:?}");
        }
        Ok(())
    }

    #[test]
    fn what_is_wrong_is_said_with_file_and_line() {
        let wrong = |text: &str| format!("{:#}", parse(&format!("{FRONT}{text}")).expect_err("not a page"));
        assert!(wrong("x\n```rust,cell,fast\n```\n").contains("01-page.md:7"));
        assert!(wrong("```rust,cell\n").contains("never closed"));
        assert!(wrong("{{#quizz a}}\n").contains("not known"));
        assert!(wrong("```output\n```\n").contains("directly below its cell"));
        assert!(format!("{:#}", parse("# no front").expect_err("no front")).contains("+++"));
    }
}
