//! The course: its weeks, their pages and exercises, read from the folders.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::exercise::{self, Exercise};
use crate::page::{Kind, Page};

/// The course.
#[derive(Debug)]
pub struct Course {
    /// The folder that holds it.
    pub root: PathBuf,
    /// The pages, in the order of `SUMMARY.md`.
    pub pages: Vec<Page>,
    /// The weeks, in order.
    pub weeks: Vec<Week>,
}

/// A week: a lesson crate, its pieces and its exercises.
#[derive(Debug)]
pub struct Week {
    /// Its folder in `lessons/`: `week04-attention`.
    pub folder: String,
    /// Its exercises: the pieces in the order of its ladder, then the experiments.
    pub exercises: Vec<Exercise>,
}

impl Week {
    /// `week04`
    pub fn short(&self) -> &str {
        self.folder.split('-').next().unwrap_or(&self.folder)
    }

    /// `4`
    pub fn number(&self) -> &str {
        let number = self.short().trim_start_matches("week").trim_start_matches('0');
        if number.is_empty() { "0" } else { number }
    }

    /// `Week 4`
    pub fn name(&self) -> String {
        format!("Week {}", self.number())
    }

    /// Its exercises that are pieces of code.
    pub fn pieces(&self) -> impl Iterator<Item = &Exercise> {
        self.exercises.iter().filter(|exercise| !exercise.is_experiment())
    }
}

impl Course {
    /// Reads the course.
    ///
    /// # Errors
    /// When a page or a week's file is wrong; the message gives file and line.
    pub fn read() -> Result<Self> {
        let root = workshop_base::root();
        let mut weeks = vec![];
        for folder in folders(&root.join("lessons"))? {
            if !folder.starts_with("week") {
                bail!("lessons/{folder} is not a week: its name is weekNN-topic");
            }
            let mut week = Week { folder, exercises: vec![] };
            week.exercises = exercise::read(&root, &week)?;
            weeks.push(week);
        }
        let source = root.join("book").join("src");
        let pages = links(&source)?.iter().map(|(_, name)| Page::read(&source, name)).collect::<Result<Vec<_>>>()?;
        for page in &pages {
            let week = page.week();
            if !week.is_empty() && !weeks.iter().any(|known| known.folder == week) {
                bail!("{}: {week} is not a folder of lessons/", page.path.display());
            }
        }
        let course = Self { root, pages, weeks };
        for page in &course.pages {
            for block in &page.blocks {
                if let Kind::Exercise(id) = &block.kind {
                    course.exercise(id).with_context(|| format!("{}:{}", page.path.display(), block.line))?;
                }
            }
        }
        Ok(course)
    }

    /// All exercises, in order.
    pub fn exercises(&self) -> impl Iterator<Item = &Exercise> {
        self.weeks.iter().flat_map(|week| &week.exercises)
    }

    /// All exercises that are pieces of code, in order.
    pub fn pieces(&self) -> impl Iterator<Item = &Exercise> {
        self.weeks.iter().flat_map(Week::pieces)
    }

    /// The exercise with this id.
    ///
    /// # Errors
    /// When there is none.
    pub fn exercise(&self, id: &str) -> Result<&Exercise> {
        self.exercises().find(|exercise| exercise.id == id).with_context(|| {
            let known: Vec<&str> = self.exercises().map(|exercise| exercise.id.as_str()).collect();
            format!("there is no exercise {id:?}: there are {}", known.join(", "))
        })
    }

    /// The week that `week04` or `week04-attention` names.
    pub fn week(&self, name: &str) -> Option<&Week> {
        self.weeks.iter().find(|week| week.short() == name || week.folder == name)
    }

    /// The page that gives an exercise.
    pub fn page_of(&self, exercise: &str) -> Option<&Page> {
        self.pages.iter().find(|page| page.gives(exercise))
    }

    /// The page with this name.
    ///
    /// # Errors
    /// When there is none.
    pub fn page(&self, name: &str) -> Result<&Page> {
        self.pages.iter().find(|page| page.name == name).with_context(|| {
            let file = self.root.join("book").join("src").join(format!("{name}.md"));
            let why = if file.is_file() { format!(": {} is not in SUMMARY.md", file.display()) } else { String::new() };
            format!("there is no page {name:?}{why}")
        })
    }
}

/// A path as it is written on every system.
pub fn slashes(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

/// The names of the folders in a folder, sorted.
fn folders(parent: &Path) -> Result<Vec<String>> {
    let entries = std::fs::read_dir(parent).with_context(|| format!("{} cannot be read", parent.display()))?;
    let mut names = vec![];
    for entry in entries {
        let entry = entry?;
        if entry.path().is_dir() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// The pages that `SUMMARY.md` links to, in its order: their titles there, and their names.
fn links(source: &Path) -> Result<Vec<(String, String)>> {
    let summary = source.join("SUMMARY.md");
    let text = std::fs::read_to_string(&summary).with_context(|| format!("{} cannot be read", summary.display()))?;
    let link = |line: &str| {
        let (title, rest) = line.split_once('[')?.1.split_once("](")?;
        Some((title.to_owned(), rest.split_once(".md)")?.0.trim_start_matches("./").to_owned()))
    };
    Ok(text.lines().filter_map(link).collect())
}

/// The titles that `SUMMARY.md` gives the pages, in the order of [`Course::pages`].
///
/// # Errors
/// When it cannot be read.
pub fn titles(source: &Path) -> Result<Vec<String>> {
    Ok(links(source)?.into_iter().map(|(title, _)| title).collect())
}
