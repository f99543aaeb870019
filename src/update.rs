//! New stubs under a learner's edits, when the course has grown.
//!
//! A merge of three: the *base* is the stub that the learner's file was made from, kept in `.workshop/stubs`; one side is
//! what the learner made of it, the other the stub as it is now. What cannot be merged is left as it is. Whatever is
//! changed was backed up before.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context as _, Result, bail};
use workshop_base::KEPT;
use workshop_base::text::Catalogue;
use workshop_base::tr;

use crate::course::Course;
use crate::exercise::Exercise;
use crate::files::{back_up, below, keep_numbered, read_if_there, with_plain_line_ends, write_whole};

/// What became of a learner's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Updated {
    /// It has all that is new, or nothing is.
    UpToDate,
    /// There was none: it is the stub now.
    Written,
    /// It was the old stub: it is the new one now.
    Replaced,
    /// It has the learner's edits and what is new.
    Merged {
        /// What it was before.
        backup: PathBuf,
    },
    /// Learner and course changed the same lines: it is as it was.
    Conflict {
        /// Both, with marks where they differ.
        merge: PathBuf,
    },
    /// It holds the marks of a merge that is to be finished by hand: it is as it was.
    Unfinished,
    /// It is not text in UTF-8: it is as it was.
    NotText,
}

/// Where the stub is kept that the learner's file was made from.
pub fn base_path(home: &Path, exercise: &Exercise) -> PathBuf {
    home.join(KEPT).join("stubs").join(&exercise.folder).join(format!("{}.{}", exercise.module(), exercise.ending()))
}

/// Keeps, for each exercise in the learner's `home`, the stub that its file was made from: the present one, where none is
/// known yet or the file is the present one.
///
/// # Errors
/// When a stub cannot be made, or cannot be kept.
pub fn remember_stubs(home: &Path, course: &Course) -> Result<()> {
    course.exercises().try_for_each(|exercise| remember(home, exercise, &exercise.stub(&course.root)?))
}

/// Keeps the stub of one exercise.
///
/// # Errors
/// When it cannot be kept.
pub fn remember(home: &Path, exercise: &Exercise, stub: &str) -> Result<()> {
    let path = base_path(home, exercise);
    let is = |path: &Path| std::fs::read(path).is_ok_and(|content| content == stub.as_bytes());
    let is_known = path.exists() && (is(&path) || !is(&home.join(exercise.file())));
    if is_known { Ok(()) } else { write_whole(&path, stub) }
}

/// Brings the new stub of an exercise under the learner's edits.
///
/// # Errors
/// When a file cannot be read or written; then the learner's is as it was.
pub fn update(home: &Path, exercise: &Exercise, new: &str) -> Result<Updated> {
    let (path, base_path) = (home.join(exercise.file()), base_path(home, exercise));
    let Some(content) = read_if_there(&path)? else {
        write_whole(&path, new)?;
        write_whole(&base_path, new)?;
        return Ok(Updated::Written);
    };
    let base = read_if_there(&base_path)?.map_or_else(|| new.to_owned(), |base| String::from_utf8_lossy(&base).into());
    let Ok(written) = std::str::from_utf8(&content) else {
        return Ok(if base == new { Updated::UpToDate } else { Updated::NotText });
    };
    let has_other_ends = written.contains("\r\n");
    let mut mine = with_plain_line_ends(written);
    if !mine.ends_with('\n') {
        // A last line that only lacks its end is no other line.
        mine.push('\n');
    }
    if mine.lines().any(|line| line.starts_with("<<<<<<< ")) {
        return Ok(Updated::Unfinished);
    }
    if base == new {
        return Ok(Updated::UpToDate);
    }
    let updated = match merge(&base, &mine, new) {
        Ok(merged) if merged == mine => Updated::UpToDate,
        Ok(merged) => {
            let backup = back_up(home, exercise, &content)?;
            write_whole(&path, if has_other_ends { merged.replace('\n', "\r\n") } else { merged })?;
            if mine == base { Updated::Replaced } else { Updated::Merged { backup } }
        }
        Err(conflict) => {
            let merge = keep_numbered(&below(&home.join(KEPT).join("update"), exercise), conflict.as_bytes())?;
            return Ok(Updated::Conflict { merge });
        }
    };
    write_whole(&base_path, new)?;
    Ok(updated)
}

/// Takes the learner's file for one made from the new stub: they have looked at what is new themselves.
///
/// # Errors
/// When that cannot be kept.
pub fn keep_mine(home: &Path, exercise: &Exercise, new: &str) -> Result<()> {
    write_whole(&base_path(home, exercise), new)
}

/// What the learner made of `base`, with what is new in `new`.
///
/// # Errors
/// Both, with marks where they differ, when they cannot be merged.
pub fn merge(base: &str, mine: &str, new: &str) -> Result<String, String> {
    // That a goal is worded anew is no change to the learner's lines that have taken its place.
    let goals = goals(base, new);
    let (base, mine) = (with_goals(base, &goals), with_goals(mine, &goals));
    diffy::merge(&base, &mine, new).or_else(|conflict| {
        // Git may have merged it already, with the learner's commit.
        if has_changes(&base, &mine, new) {
            return Ok(mine);
        }
        Err(conflict
            .replace("<<<<<<< ours\n", "<<<<<<< yours\n")
            .replace("||||||| original\n", "||||||| the old stub\n")
            .replace(">>>>>>> theirs\n", ">>>>>>> the new stub\n"))
    })
}

/// The lines that state a goal, old to new; none where they cannot be paired.
fn goals<'a>(base: &'a str, new: &'a str) -> BTreeMap<&'a str, &'a str> {
    let of = |stub: &'a str| -> Vec<&'a str> {
        stub.lines().filter(|line| line.trim_start().starts_with("todo!(")).collect()
    };
    let (old, new) = (of(base), of(new));
    let goals: BTreeMap<&str, &str> = old.iter().copied().zip(new.iter().copied()).collect();
    if old.len() == new.len() && goals.len() == old.len() { goals } else { BTreeMap::new() }
}

fn with_goals(text: &str, goals: &BTreeMap<&str, &str>) -> String {
    text.split_inclusive('\n')
        .map(|line| {
            let bare = line.strip_suffix('\n').unwrap_or(line);
            goals.get(bare).map_or_else(|| line.to_owned(), |goal| line.replace(bare, goal))
        })
        .collect()
}

/// Whether the learner's file has what the new stub added, and has not what it took out.
fn has_changes(base: &str, mine: &str, new: &str) -> bool {
    let count = |text: &str, line: &str| text.lines().filter(|other| *other == line).count();
    let mut changed = base.lines().chain(new.lines()).filter(|line| count(base, line) != count(new, line)).peekable();
    changed.peek().is_some() && changed.all(|line| count(mine, line) == count(new, line))
}

/// Runs `git pull` in `folder`, the course and the learner's home in one. Git would refuse to pull a new stub over an
/// edited one, so edited files are set aside before, and put back exactly afterwards, whatever came of it: [`update`]
/// brings in what is new. Whether Git pulled.
///
/// # Errors
/// When Git cannot be run here, or a file cannot be set aside or put back.
pub fn pull(folder: &Path, exercises: &[&Exercise], text: &Catalogue) -> Result<bool> {
    if let Some(what) = unfinished(folder)? {
        bail!(tr!(
            text,
            "a {what} is not finished here: finish it, or `git {what} --abort`, then try again",
            what = what
        ));
    }
    let mut aside = Aside::set(folder, exercises)?;
    let pulled = git_command(folder).arg("pull").status().context("git cannot be started")?.success();
    if !pulled && let Some(what) = unfinished(folder)? {
        git(folder, &[what, "--abort"])?;
    }
    if pulled {
        // A file that the learner had deleted is there again.
        aside.files.retain(|(_, content)| content.is_some());
    }
    aside.put_back()?;
    Ok(pulled)
}

/// The learner's edited files while Git sees the committed ones in their place. Dropped, it puts them back.
struct Aside {
    /// Where each is, and what is in it; `None` where the learner had deleted it.
    files: Vec<(PathBuf, Option<Vec<u8>>)>,
}

impl Aside {
    fn set(folder: &Path, exercises: &[&Exercise]) -> Result<Self> {
        let mut files = vec![];
        let mut names = vec![];
        for exercise in exercises {
            let name = crate::course::slashes(&exercise.file());
            if git(folder, &["diff", "--name-only", "HEAD", "--", &name])?.stdout.is_empty() {
                continue;
            }
            let path = folder.join(exercise.file());
            let content = read_if_there(&path)?;
            if let Some(content) = &content {
                back_up(folder, exercise, content)?;
            }
            // What was staged and then changed again.
            if let Ok(staged) = git(folder, &["cat-file", "blob", &format!(":./{name}")]) {
                back_up(folder, exercise, &staged.stdout)?;
            }
            files.push((path, content));
            names.push(name);
        }
        let aside = Self { files };
        if !names.is_empty() {
            let mut args = vec!["checkout", "--quiet", "HEAD", "--"];
            args.extend(names.iter().map(String::as_str));
            git(folder, &args)?;
        }
        Ok(aside)
    }

    fn put_back(&mut self) -> Result<()> {
        while let Some((path, content)) = self.files.pop() {
            match content {
                Some(content) => write_whole(&path, content)?,
                None if path.exists() => std::fs::remove_file(&path)?,
                None => {}
            }
        }
        Ok(())
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        // Nobody is left to tell; the backup has it.
        let _ = self.put_back();
    }
}

/// What Git has begun in a folder and not finished: `merge` or `rebase`.
fn unfinished(folder: &Path) -> Result<Option<&'static str>> {
    for (what, file) in [("merge", "MERGE_HEAD"), ("rebase", "rebase-merge"), ("rebase", "rebase-apply")] {
        let path = git(folder, &["rev-parse", "--git-path", file])?.stdout;
        if folder.join(String::from_utf8_lossy(&path).trim()).exists() {
            return Ok(Some(what));
        }
    }
    Ok(None)
}

fn git_command(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder);
    command
}

/// Runs Git and takes what it says.
fn git(folder: &Path, args: &[&str]) -> Result<Output> {
    let output = git_command(folder).args(args).output().context("git cannot be started: is it installed?")?;
    if !output.status.success() {
        bail!("git {}: {}", args.join(" "), String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(output)
}
