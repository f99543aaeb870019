//! What an author begins with: the skeleton of a page, a piece or a week, and its name in every list that needs it.
//!
//! A skeleton compiles as it stands. What the author has to replace holds the word [`TODO`], which `workshop author check`
//! refuses. Everything is checked before anything is written, and nothing that stands is overwritten. The texts are the
//! `.in` files in the folder beside this file, with `@name@` for a value.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use regex::Regex;

use crate::files;

/// What stands where something is to be replaced.
pub const TODO: &str = "TODO";

/// Names that no module beside others may have: Rust's own words, its crates, and the file that would be a program.
const NOT_A_MODULE: &str = "abstract as async await become box break const continue core crate do dyn else enum extern \
    false final fn for gen if impl in let lib loop macro main match mod move mut override priv pub ref return self static \
    std struct super trait true try type typeof unsafe unsized use virtual where while yield";

/// A file of a skeleton.
#[derive(Debug)]
pub struct File {
    /// Where, relative to the course.
    pub path: PathBuf,
    /// Whether it was not there before.
    pub is_new: bool,
    /// All that will be in it.
    pub text: String,
}

/// What a skeleton makes and changes, with `values` for the names in it.
#[derive(Debug)]
pub struct Skeleton<'a> {
    root: &'a Path,
    values: Vec<(&'static str, String)>,
    /// The files, in the order in which they are told.
    pub files: Vec<File>,
}

/// A page of a week, such as `week04/10-temperature`, with a question, a cell and a plot.
///
/// # Errors
/// When it cannot be added: a name of another form, a week that is not there, a file or a number that is taken.
pub fn page<'a>(root: &'a Path, name: &str, title: &str) -> Result<Skeleton<'a>> {
    let Some([short, file]) = groups(r"^(week[0-9]{2})/([0-9]{2}-[a-z0-9]+(?:-[a-z0-9]+)*)$", name) else {
        bail!("{name:?}: a page is named weekNN/NN-name, in small letters, such as week04/10-temperature");
    };
    let mut made = Skeleton::of_week(root, &short, title)?;
    made.set("file", &file);
    made.make("book/src/@folder@/@file@.md", include_str!("skeleton/page.md.in"))?;
    made.make("book/src/@folder@/@file@.toml", include_str!("skeleton/quiz.toml.in"))?;
    let (part, folder) = (made.fill("# Week @number@:"), made.fill("@folder@"));
    made.change("book/src/SUMMARY.md", |text| with_page(text, &part, &folder, &file, title))?;
    Ok(made)
}

/// A piece of a week, such as `week04/temperature`: a solution with its check, on plain numbers.
///
/// # Errors
/// When it cannot be added: a name of another form, a week that is not there, a name that is taken.
pub fn piece<'a>(root: &'a Path, name: &str, title: &str) -> Result<Skeleton<'a>> {
    let Some([short, kebab]) = groups(r"^(week[0-9]{2})/([a-z][a-z0-9]*(?:-[a-z0-9]+)*)$", name) else {
        bail!(
            "{name:?}: a piece is named weekNN/name, in small letters with hyphens, such as week04/scaled-dot-product"
        );
    };
    let module = kebab.replace('-', "_");
    if NOT_A_MODULE.split_whitespace().any(|word| word == module) {
        bail!("{name:?}: a piece becomes a module of its name, and Rust keeps the name {module} for itself");
    }
    let mut made = Skeleton::of_week(root, &short, title)?;
    made.set("name", &kebab);
    made.set("module", &module);
    let declared = format!("pub mod {module};");
    let (list, id) = (made.fill("solutions/@folder@/exercises.toml"), format!("id = \"{name}\""));
    for list in [&list, &made.fill("solutions/@folder@/experiments.toml")] {
        let text = files::read_if_there(&root.join(list))?.unwrap_or_default();
        ensure!(!String::from_utf8_lossy(&text).lines().any(|line| line == id), "{list}: {name} stands there already");
    }
    made.make("solutions/@folder@/src/@module@.rs", include_str!("skeleton/piece.rs.in"))?;
    made.change("solutions/@folder@/src/lib.rs", |text| with_line(text, "pub mod ", &declared))?;
    let used = made.fill("@sol@");
    made.change("lessons/@folder@/src/lib.rs", |text| with_export(text, &used, &module))?;
    let entry = made.fill(include_str!("skeleton/exercise.toml.in"));
    if root.join(&list).exists() {
        made.change(&list, |text| Ok(insert(text, text.len(), &format!("\n{entry}"))))?;
    } else {
        made.make(&list, &entry)?;
    }
    made.make("tests/checks/src/@short@/@module@.rs", include_str!("skeleton/check.rs.in"))?;
    made.change("tests/checks/src/@short@/mod.rs", |text| {
        with_item(&with_line(text, "pub mod ", &declared)?, &["fn all()", "{", "["], &module, false)
    })?;
    Ok(made)
}

/// A week without pages and pieces, such as `week05-training`, titled `Week 5: training`.
///
/// # Errors
/// When it cannot be added: a name or title of another form, a number that is taken.
pub fn week<'a>(root: &'a Path, name: &str, title: &str) -> Result<Skeleton<'a>> {
    let Some([short, _]) = groups(r"^(week[0-9]{2})-([a-z][a-z0-9]*(?:-[a-z0-9]+)*)$", name) else {
        bail!("{name:?}: a week is named weekNN-topic, in small letters, such as week05-training");
    };
    if let Some(taken) = weeks(root)?.iter().find(|week| week.starts_with(&format!("{short}-"))) {
        bail!("lessons/{taken}: {short} stands already");
    }
    let mut made = Skeleton::of(root, name, title)?;
    let part = made.fill("Week @number@: ");
    ensure!(title.starts_with(&part), "{title:?}: the title of {short} begins with {part:?}");
    made.make("lessons/@folder@/Cargo.toml", include_str!("skeleton/lesson.toml.in"))?;
    made.make("lessons/@folder@/src/lib.rs", include_str!("skeleton/lesson.rs.in"))?;
    made.make("solutions/@folder@/Cargo.toml", include_str!("skeleton/solutions.toml.in"))?;
    made.make("solutions/@folder@/src/lib.rs", include_str!("skeleton/solutions.rs.in"))?;
    made.make("tests/checks/src/@short@/mod.rs", include_str!("skeleton/checks.rs.in"))?;
    let package = made.fill("@package@");
    made.change("Cargo.toml", |text| {
        let text = with_line(text, "week", &format!("{name} = {{ path = \"lessons/{name}\" }}"))?;
        with_line(&text, "sol", &format!("{package} = {{ path = \"solutions/{name}\" }}"))
    })?;
    made.change("tests/checks/Cargo.toml", |text| with_line(text, "sol", &format!("{package}.workspace = true")))?;
    made.change("tests/checks/src/lib.rs", |text| {
        let text = with_line(text, "pub mod ", &format!("pub mod {short};"))?;
        with_item(&text, &["fn all()", "{", "["], &format!("{short}::all()"), true)
    })?;
    made.change("book/src/SUMMARY.md", |text| with_part(text, title))?;
    Ok(made)
}

/// The lines of a text that still hold [`TODO`], counted from 1.
pub fn still_to_do(text: &str) -> impl Iterator<Item = usize> {
    text.lines().enumerate().filter(|(_, line)| line.contains(TODO)).map(|(i, _)| i + 1)
}

impl<'a> Skeleton<'a> {
    /// Writes the files.
    ///
    /// # Errors
    /// When one cannot be written.
    pub fn write(&self) -> Result<()> {
        self.files.iter().try_for_each(|file| files::write_whole(&self.root.join(&file.path), &file.text))
    }

    /// The value of a text in which `@name@` stands for one of this skeleton's values.
    pub fn fill(&self, text: &str) -> String {
        self.values.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("@{name}@"), value))
    }

    fn of_week(root: &'a Path, short: &str, title: &str) -> Result<Self> {
        let weeks: Vec<String> =
            weeks(root)?.into_iter().filter(|week| root.join("solutions").join(week).is_dir()).collect();
        match weeks.iter().find(|week| week.starts_with(&format!("{short}-"))) {
            Some(folder) => Self::of(root, folder, title),
            None => {
                let known: Vec<&str> = weeks.iter().filter_map(|week| week.split('-').next()).collect();
                bail!("there is no {short}: there are {}", known.join(", "))
            }
        }
    }

    fn of(root: &'a Path, folder: &str, title: &str) -> Result<Self> {
        // It stands in Markdown links, in TOML strings and in comments.
        let breaks = |c: char| c.is_control() || "[]{}<>\"\\@".contains(c);
        ensure!(
            !title.trim().is_empty() && title == title.trim(),
            "{title:?}: a title is a few words, without spaces around"
        );
        ensure!(!title.contains(breaks), "{title:?}: a title is one line without any of []{{}}<>\"\\@");
        let short = folder.split('-').next().unwrap_or(folder);
        let package = folder.replacen("week", "sol", 1);
        let number = short.trim_start_matches("week").trim_start_matches('0');
        let mut made = Self { root, values: vec![], files: vec![] };
        made.set("title", title);
        made.set("folder", folder);
        made.set("short", short);
        made.set("number", if number.is_empty() { "0" } else { number });
        made.set("sol", &package.replace('-', "_"));
        made.set("package", &package);
        Ok(made)
    }

    fn set(&mut self, name: &'static str, value: &str) {
        self.values.push((name, value.to_owned()));
    }

    /// A file that must not be there yet.
    fn make(&mut self, path: &str, template: &str) -> Result<()> {
        let path = self.fill(path);
        ensure!(!self.root.join(&path).exists(), "{path} stands already");
        self.files.push(File { path: path.into(), is_new: true, text: self.fill(template) });
        Ok(())
    }

    /// A file that is there, with something added.
    fn change(&mut self, path: &str, edit: impl FnOnce(&str) -> Result<String>) -> Result<()> {
        let path = self.fill(path);
        let old = std::fs::read_to_string(self.root.join(&path)).with_context(|| format!("{path} cannot be read"))?;
        let text = edit(&old).with_context(|| path.clone())?;
        self.files.push(File { path: path.into(), is_new: false, text });
        Ok(())
    }
}

/// The folders of the weeks, sorted.
fn weeks(root: &Path) -> Result<Vec<String>> {
    let mut names = vec![];
    for entry in std::fs::read_dir(root.join("lessons")).context("lessons/ cannot be read")? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

/// The groups of a pattern that a name has.
fn groups<const N: usize>(pattern: &str, name: &str) -> Option<[String; N]> {
    let found = Regex::new(pattern).ok()?.captures(name)?;
    Some(found.extract::<N>().1.map(str::to_owned))
}

/// A text with whole lines at a place where a line begins.
fn insert(text: &str, at: usize, lines: &str) -> String {
    let (before, after) = text.split_at(at);
    let end = if before.is_empty() || before.ends_with('\n') { "" } else { "\n" };
    format!("{before}{end}{lines}{after}")
}

/// Where each line of a text begins, and the line.
fn places(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split_inclusive('\n').scan(0, |end, line| {
        let start = *end;
        *end += line.len();
        Some((start, line))
    })
}

/// A text with a line among those that begin alike, in their order; below the header where there are none.
fn with_line(text: &str, alike: &str, line: &str) -> Result<String> {
    let mut at = None;
    for (start, known) in places(text).filter(|(_, known)| known.starts_with(alike)) {
        ensure!(known.trim_end() != line, "`{line}` stands there already");
        if known.trim_end() < line {
            at = Some(start + known.len());
        } else if at.is_none() {
            at = Some(start);
        }
    }
    match at {
        Some(at) => Ok(insert(text, at, &format!("{line}\n"))),
        None => below_header(text, line),
    }
}

/// A source with a line of its own below its header.
fn below_header(text: &str, line: &str) -> Result<String> {
    let header = places(text).take_while(|(_, line)| line.starts_with("//!")).last();
    let (start, last) = header.with_context(|| format!("no place is found for `{line}`: no line is like it"))?;
    Ok(insert(text, start + last.len(), &format!("\n{line}\n")))
}

/// A source with an item in the list that opens behind these marks, one after the other: in the order of the alphabet, or
/// last.
fn with_item(text: &str, marks: &[&str], item: &str, sorted: bool) -> Result<String> {
    let no_list = || format!("no list is found behind {}", marks.join(" .. "));
    let start = marks.iter().try_fold(0, |at, mark| Some(at + text[at..].find(mark)? + mark.len()));
    let start = start.with_context(no_list)?;
    let length = text[start..].find([']', '}']).with_context(no_list)?;
    let list = &text[start..start + length];
    let (mut at, mut end, mut gap) = (start, start, "");
    for part in list.split_inclusive(',').filter(|part| !part.trim().is_empty()) {
        let known = part.trim_start();
        ensure!(known.trim_end_matches([',', ' ', '\n']) != item, "{item} stands there already");
        gap = &part[..part.len() - known.len()];
        if sorted && known > item {
            let at = at + gap.len();
            return Ok(format!("{}{item}, {}", &text[..at], &text[at..]));
        }
        end = at + part.trim_end().len();
        at += part.len();
    }
    let new = match &text[start..end] {
        "" => item.to_owned(),
        // As the last one stands, on a line of its own or behind the one before.
        known if known.ends_with(',') => format!("{gap}{item},"),
        _ => format!(", {item}"),
    };
    Ok(format!("{}{new}{}", &text[..end], &text[end..]))
}

/// A lesson's `lib.rs` that re-exports a module of the solutions' crate.
fn with_export(text: &str, used: &str, module: &str) -> Result<String> {
    let own = [format!("mod {module};"), format!("pub mod {module};"), format!("mod {module} {{")];
    let taken = text.lines().any(|line| own.iter().any(|own| line == own));
    ensure!(!taken, "the lesson has a module {module} of its own, and re-exports the piece under its name");
    let start = format!("pub use {used}::");
    let Some(at) = text.find(&start).map(|at| at + start.len()) else {
        return below_header(text, &format!("{start}{module};"));
    };
    match text[at..].split_once(';') {
        // A list of one needs its braces first.
        Some((one, rest)) if !one.starts_with('{') => {
            let text = format!("{}{{{one}}};{rest}", &text[..at]);
            with_item(&text, &[&start, "{"], module, true)
        }
        _ => with_item(text, &[&start, "{"], module, true),
    }
}

/// The table of contents with a page in the part of its week, in the order of the numbers.
fn with_page(summary: &str, part: &str, folder: &str, file: &str, title: &str) -> Result<String> {
    let number = |file: &str| file.split('-').next().unwrap_or_default().to_owned();
    let (mut at, mut first) = (None, true);
    for (start, line) in places(summary) {
        if line.starts_with("# ") {
            if at.is_some() {
                break;
            }
            at = line.starts_with(part).then_some(start + line.len());
        } else if let (Some(_), Some((_, known))) = (at, line.split_once(&format!("]({folder}/"))) {
            ensure!(
                number(known) != number(file),
                "{folder}/{}: its number is taken",
                known.trim_end().trim_end_matches(')')
            );
            if known < file {
                at = Some(start + line.len());
            } else if first {
                at = Some(start);
            }
            first = false;
        }
    }
    let at = at.with_context(|| format!("there is no part `{part} ..`"))?;
    let link = format!("- [{title}]({folder}/{file}.md)\n");
    Ok(insert(summary, at, &if first { format!("\n{link}") } else { link }))
}

/// The table of contents with a part for a week, in the order of the weeks.
fn with_part(summary: &str, title: &str) -> Result<String> {
    let number = |title: &str| title.strip_prefix("Week ")?.split_once(':')?.0.parse::<u32>().ok();
    let new = number(title);
    for (start, line) in places(summary) {
        let known = line.strip_prefix("# ").and_then(number);
        ensure!(known.is_none() || known != new, "`{}` stands there already", line.trim_end());
        if known > new {
            return Ok(insert(summary, start, &format!("# {title}\n\n")));
        }
    }
    Ok(insert(summary, summary.len(), &format!("\n# {title}\n")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_stands_in_its_order() -> Result<()> {
        let text = "//! Week 4.\n//! More.\n\npub mod heads;\npub mod rope;\n\nuse crate::Listed;\n";
        let with = |module: &str| with_line(text, "pub mod ", &format!("pub mod {module};"));
        assert_eq!(with("a")?, text.replace("pub mod heads", "pub mod a;\npub mod heads"));
        assert_eq!(with("masks")?, text.replace("pub mod rope", "pub mod masks;\npub mod rope"));
        assert_eq!(with("sum")?, text.replace("rope;\n", "rope;\npub mod sum;\n"));
        assert!(with("rope").is_err(), "it stands there");
        let empty = "//! Week 4.\n\nuse crate::Listed;\n";
        assert_eq!(with_line(empty, "pub mod ", "pub mod a;")?, "//! Week 4.\n\npub mod a;\n\nuse crate::Listed;\n");
        assert_eq!(with_line("//! Week 4.\n", "pub mod ", "pub mod a;")?, "//! Week 4.\n\npub mod a;\n");
        assert!(with_line("[package]\n", "sol", "sol01-math.workspace = true").is_err(), "no place");
        let last = "a = 1\nsol02 = 2";
        assert_eq!(with_line(last, "sol", "sol03 = 3")?, "a = 1\nsol02 = 2\nsol03 = 3\n");
        Ok(())
    }

    #[test]
    fn an_item_stands_in_its_list() -> Result<()> {
        let weeks = "fn of() -> [u8; 2] {}\nfn all() -> Vec<u8> {\n    [week02::all(), week04::all()].len()\n}\n";
        let all = |week: &str| with_item(weeks, &["fn all()", "{", "["], week, true);
        assert_eq!(all("week01::all()")?, weeks.replace("[week02", "[week01::all(), week02"));
        assert_eq!(all("week03::all()")?, weeks.replace("week04", "week03::all(), week04"));
        assert_eq!(all("week05::all()")?, weeks.replace("()].len", "(), week05::all()].len"));
        assert!(all("week02::all()").is_err() && all("week04::all()").is_err(), "they stand there");
        let last = |text: &str| with_item(text, &["fn all()", "{", "["], "c", false);
        assert_eq!(last("fn all() {\n    checks![]\n}\n")?, "fn all() {\n    checks![c]\n}\n");
        assert_eq!(last("fn all() {\n    checks![d]\n}\n")?, "fn all() {\n    checks![d, c]\n}\n");
        let lines = "fn all() {\n    checks![\n        d,\n        a,\n    ]\n}\n";
        assert_eq!(last(lines)?, lines.replace("a,\n", "a,\n        c,\n"));
        assert!(last("fn none() {}\n").is_err(), "no list");
        Ok(())
    }

    #[test]
    fn a_piece_is_re_exported() -> Result<()> {
        let with = |text: &str, module: &str| with_export(text, "sol04_a", module);
        assert_eq!(with("//! Week 4.\n", "a")?, "//! Week 4.\n\npub use sol04_a::a;\n");
        assert_eq!(
            with("//! W\n\npub use sol04_a::b;\n\npub mod c;\n", "a")?,
            "//! W\n\npub use sol04_a::{a, b};\n\npub mod c;\n"
        );
        let lines = "pub use sol04_a::{\n    b, d,\n    f,\n};\n\npub mod g;\n";
        assert_eq!(with(lines, "c")?, lines.replace("d,", "c, d,"));
        assert_eq!(with(lines, "e")?, lines.replace("f,", "e, f,"));
        assert_eq!(with(lines, "h")?, lines.replace("f,", "f,\n    h,"));
        assert!(with(lines, "g").is_err(), "the lesson's own");
        assert!(with(lines, "b").is_err(), "there already");
        Ok(())
    }

    #[test]
    fn a_page_and_a_part_stand_in_their_order() -> Result<()> {
        let summary = "# Summary\n\n[Welcome](a.md)\n\n# Week 2: b\n\n- [x](week02-b/02-x.md)\n- [z](week02-b/04-z.md)\n\n# Week 4: d\n";
        let with = |file: &str| with_page(summary, "# Week 2:", "week02-b", file, "New");
        assert_eq!(with("01-w")?, summary.replace("- [x]", "- [New](week02-b/01-w.md)\n- [x]"));
        assert_eq!(with("03-y")?, summary.replace("- [z]", "- [New](week02-b/03-y.md)\n- [z]"));
        assert_eq!(with("05-y")?, summary.replace("04-z.md)\n", "04-z.md)\n- [New](week02-b/05-y.md)\n"));
        assert!(with("04-y").is_err(), "the number is taken");
        let first = with_page(summary, "# Week 4:", "week04-d", "01-w", "New")?;
        assert_eq!(first, format!("{summary}\n- [New](week04-d/01-w.md)\n"));
        assert!(with_page(summary, "# Week 3:", "week03-c", "01-w", "New").is_err(), "no part");

        assert_eq!(with_part(summary, "Week 1: a")?, summary.replace("# Week 2", "# Week 1: a\n\n# Week 2"));
        assert_eq!(with_part(summary, "Week 3: c")?, summary.replace("# Week 4", "# Week 3: c\n\n# Week 4"));
        assert_eq!(with_part(summary, "Week 10: e")?, format!("{summary}\n# Week 10: e\n"));
        assert!(with_part(summary, "Week 4: e").is_err(), "there already");
        Ok(())
    }

    #[test]
    fn what_is_left_to_do_is_found_by_its_line() {
        assert_eq!(still_to_do("a\nTODO: b\ntodo!(\"c\")\n// TODO").collect::<Vec<_>>(), [2, 4]);
    }
}
