//! The course on the learner's own pieces: crates compiled again with the files that pass in the place of ours.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use sha2::{Digest as _, Sha256};
use tokio::sync::watch;
use workshop_base::text::Catalogue;
use workshop_base::tr;

use crate::artifacts::{Build, Extern, Unit};
use crate::course::Course;
use crate::files::write_whole;
use crate::grade;
use crate::program::{self, Compiled};

/// A week's crates with the learner's pieces in them.
#[derive(Debug, Default)]
pub struct Mine {
    /// The exercises whose files are used.
    pub yours: Vec<String>,
    /// Those whose files have not passed: ours are used.
    pub ours: Vec<String>,
    rebuilt: Vec<Extern>,
}

impl Mine {
    /// Whether nothing of the learner's is in it.
    pub fn is_ours(&self) -> bool {
        self.rebuilt.is_empty()
    }

    /// The same libraries, with the rebuilt ones in the place of Cargo's.
    pub fn with(&self, externs: Vec<Extern>) -> Vec<Extern> {
        let rebuilt = |used: Extern| self.rebuilt.iter().find(|new| new.name == used.name).cloned().unwrap_or(used);
        externs.into_iter().map(rebuilt).collect()
    }

    /// Compiles the crates of a week and of those below it again, where a piece of the learner's is in them, or in one that
    /// they use. What was compiled before is not compiled again.
    ///
    /// # Errors
    /// When a check cannot be run, or a crate does not compile with the learner's pieces.
    pub async fn of(
        course: &Course,
        build: &Build,
        week: &str,
        text: &Catalogue,
        stop: watch::Receiver<bool>,
    ) -> Result<Self> {
        let packages = build.ladder(week);
        let green = grade::green(course, build, &packages, text, stop.clone()).await?;
        let scratch = workshop_base::kept().join("mine");
        let mut mine = Self::default();
        for package in packages {
            let mut files = vec![];
            for exercise in course.pieces().filter(|exercise| exercise.solution_package() == package) {
                if let Some((id, piece)) = green.iter().find(|(id, _)| *id == exercise.id) {
                    mine.yours.push(id.clone());
                    files.push(Piece { module: exercise.module(), place: exercise.file(), text: piece });
                } else {
                    mine.ours.push(exercise.id.clone());
                }
            }
            let own = build.externs(&package);
            let depends = own.iter().any(|used| mine.rebuilt.iter().any(|new| new.name == used.name));
            let (Some(lib), Some(Extern { name, path })) = (build.library_root(&package), build.library(&package))
            else {
                continue;
            };
            if files.is_empty() && !depends {
                continue;
            }
            let externs = mine.with(own);
            let hash = made_of(&path, &files, &externs);
            // All lie together: the compiler looks for what a library uses where that library is.
            let out = scratch.join(format!("lib{name}-{hash}.rlib"));
            if !out.is_file() {
                std::fs::create_dir_all(&scratch).with_context(|| format!("{} cannot be made", scratch.display()))?;
                program::keep_latest(&scratch, &format!("lib{name}-"), 3);
                let own = tempfile::Builder::new().prefix(program::COMPILING).tempdir_in(&scratch)?;
                let unit = Unit {
                    name: name.clone(),
                    root: root_file(lib, own.path(), &name, &files)?,
                    program: false,
                    externs,
                    flags: vec![],
                    out: own.path().join(format!("lib{name}.rlib")),
                    folder: build.folder(&package).map(PathBuf::from),
                };
                let made = made(program::finish(build, &unit, stop.clone()).await?, &name, text)?;
                std::fs::rename(&made, &out).with_context(|| format!("{} cannot be written", out.display()))?;
            }
            mine.rebuilt.push(Extern { name, path: out });
        }
        Ok(mine)
    }
}

/// A piece of the learner's: its module, its place in the course, and the text that passed.
struct Piece<'a> {
    module: String,
    place: PathBuf,
    text: &'a str,
}

/// The hash of what a rebuilt library is made of: Cargo's own build of it (which stands for its sources and everything
/// below), the learner's files, and the rebuilt libraries that it uses.
fn made_of(library: &Path, files: &[Piece<'_>], externs: &[Extern]) -> String {
    let mut hasher = Sha256::new();
    for path in externs.iter().map(|used| &used.path).chain([&library.to_owned()]) {
        let modified = path.metadata().and_then(|data| data.modified()).ok();
        hasher.update(format!("{}{modified:?}", path.display()));
    }
    for piece in files {
        hasher.update(format!("{}\n{}", piece.module, piece.text));
    }
    workshop_base::data::hex(&hasher.finalize()[..8])
}

/// The root file of the library, with copies of the pieces beside it.
fn root_file(lib: &Path, folder: &Path, name: &str, files: &[Piece<'_>]) -> Result<PathBuf> {
    if files.is_empty() {
        return Ok(lib.to_owned());
    }
    let root = folder.join(format!("{name}.rs"));
    let places: Vec<_> = files.iter().map(|piece| (piece.module.clone(), piece.place.clone())).collect();
    write_whole(&root, grade::swapped_root(lib, &places)?)?;
    files.iter().try_for_each(|piece| write_whole(&folder.join(&piece.place), piece.text))?;
    Ok(root)
}

/// A lesson's program, on these libraries.
///
/// # Errors
/// When it cannot be read, or does not compile with the learner's pieces.
pub async fn program(
    course: &Course,
    build: &Build,
    week: &str,
    name: &str,
    mine: &Mine,
    text: &Catalogue,
    stop: watch::Receiver<bool>,
) -> Result<PathBuf> {
    let root = course.root.join("lessons").join(week).join("src").join("bin").join(format!("{name}.rs"));
    let source = std::fs::read_to_string(&root).with_context(|| format!("{} cannot be read", root.display()))?;
    let mut externs = build.externs(week);
    externs.extend(build.library(week));
    let compiled =
        program::compile(build, &name.replace('-', "_"), &source, &[], mine.with(externs), &[], stop).await?;
    made(compiled, name, text)
}

/// What was compiled, or why it was not.
fn made(compiled: Compiled, name: &str, text: &Catalogue) -> Result<PathBuf> {
    match compiled {
        Compiled::Program(path) => Ok(path),
        Compiled::Errors(errors) => {
            let errors: Vec<String> = errors.into_iter().filter_map(|error| error.rendered).collect();
            let said = tr!(text, "{name} does not compile with your pieces.", name = name);
            bail!("{said}\n{}", errors.join("\n"))
        }
        Compiled::Ended(end) => bail!("{name}: {}", end.say_of_compiler(text)),
    }
}
