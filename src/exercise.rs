//! An exercise: what `solutions/weekNN-topic/exercises.toml` says of it, and the stub that is made from its solution.
//!
//! Most are pieces, source files. An [`experiment`], which `experiments.toml` describes, is a report instead.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

use crate::course::Week;
use crate::experiment;
use crate::model_share::Part;

/// Begins a region of a solution that the stub leaves out; what follows is the goal, said by the stub's `todo!`.
const BEGIN: &str = "// SOLUTION:";
/// Ends such a region.
const END: &str = "// END";
/// Begins and ends what a page lists.
const ANCHOR: &str = "// ANCHOR";

/// What `exercises.toml` or `experiments.toml` says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exercise {
    /// Such as `week04/scaled-dot-product`.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Whether the week's core contains it.
    pub core: bool,
    /// From 1, easy, to 5.
    pub difficulty: u8,
    /// From 1 to 5, what later weeks need most.
    pub importance: u8,
    /// How long it takes, in minutes.
    pub minutes: u32,
    /// The parts of a model that it is; none for what no model computes with.
    #[serde(default)]
    pub parts: Vec<Part>,
    /// Of an experiment, the lesson's program that fills in its report; none for a piece.
    pub program: Option<String>,
    /// What to do, in Markdown.
    pub statement: String,
    /// A question, a plan, nearly the code.
    pub hints: [String; 3],
    /// The week's folder, such as `week04-attention`.
    #[serde(skip)]
    pub folder: String,
}

impl Exercise {
    /// The name within the week, as a Rust module: `scaled_dot_product`.
    pub fn module(&self) -> String {
        self.id.rsplit('/').next().unwrap_or(&self.id).replace('-', "_")
    }

    /// The week of its id: `week04`.
    pub fn week(&self) -> &str {
        self.id.split('/').next().unwrap_or(&self.id)
    }

    /// The macro of the crate `checks` that grades it: `week04_scaled_dot_product`.
    pub fn check_macro(&self) -> String {
        self.id.replace(['/', '-'], "_")
    }

    /// Whether it is a report, and not a piece of code.
    pub fn is_experiment(&self) -> bool {
        self.program.is_some()
    }

    /// What the learner types at a terminal, in order.
    pub fn commands(&self) -> Vec<String> {
        let check = format!("cargo workshop check {}", self.id);
        if self.is_experiment() { vec![experiment::command(self), check] } else { vec![check] }
    }

    /// How the name of its file ends.
    pub fn ending(&self) -> &'static str {
        if self.is_experiment() { "md" } else { "rs" }
    }

    /// The file that the learner edits, relative to the course.
    pub fn file(&self) -> PathBuf {
        self.below("exercises")
    }

    fn below(&self, folder: &str) -> PathBuf {
        let part = if self.is_experiment() { "experiments" } else { "src" };
        Path::new(folder).join(&self.folder).join(part).join(format!("{}.{}", self.module(), self.ending()))
    }

    /// Where that file is on this machine.
    pub fn path(&self) -> PathBuf {
        workshop_base::home().join(self.file())
    }

    /// The crate of its week's exercises: `ex04_attention`.
    pub fn crate_name(&self) -> String {
        self.folder.replacen("week", "ex", 1).replace('-', "_")
    }

    /// The package of its week's solutions: `sol04-attention`.
    pub fn solution_package(&self) -> String {
        self.folder.replacen("week", "sol", 1)
    }

    /// A text of the solutions as it stands in the exercises: examples in the documentation name the crate they stand in.
    pub fn as_the_learners(&self, solution: &str) -> String {
        let crate_name = self.crate_name();
        solution.replace(&crate_name.replacen("ex", "sol", 1), &crate_name)
    }

    /// The stub that is made from its solution.
    ///
    /// # Errors
    /// When the solution cannot be read, or has no region.
    pub fn stub(&self, root: &Path) -> Result<String> {
        let path = self.solution();
        let solution = std::fs::read_to_string(root.join(&path)).with_context(|| path.display().to_string())?;
        let stub =
            if self.is_experiment() { experiment::stub(&solution) } else { stub(&self.as_the_learners(&solution)) };
        stub.with_context(|| path.display().to_string())
    }

    /// The solution, relative to the course.
    pub fn solution(&self) -> PathBuf {
        self.below("solutions")
    }
}

/// The file of the check of an exercise, from the course's root.
pub fn check_file(id: &str) -> PathBuf {
    Path::new("tests").join("checks").join("src").join(format!("{}.rs", id.replace('-', "_")))
}

/// Reads the exercises of a week: the pieces in the order of its ladder, then the experiments.
///
/// # Errors
/// When the file cannot be read or an entry is wrong.
pub fn read(root: &Path, week: &Week) -> Result<Vec<Exercise>> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        #[serde(alias = "experiment")]
        exercise: Vec<Exercise>,
    }
    let mut exercises = vec![];
    for name in ["exercises.toml", "experiments.toml"] {
        let path = root.join("solutions").join(&week.folder).join(name);
        if !path.exists() {
            continue;
        }
        let text = std::fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        let file: File = toml::from_str(&text).with_context(|| path.display().to_string())?;
        for mut exercise in file.exercise {
            exercise.folder.clone_from(&week.folder);
            let (path, id) = (path.display(), &exercise.id);
            if id.split_once('/').is_none_or(|(short, name)| short != week.short() || name.is_empty()) {
                bail!("{path}: the id {id:?} is not {}/name", week.short());
            }
            if exercise.is_experiment() != (name == "experiments.toml") {
                bail!("{path}: {id}: what stands in experiments.toml, and only that, has a program");
            }
            if !root.join(exercise.solution()).is_file() {
                bail!("{path}: {id} has no solution {}", exercise.solution().display());
            }
            exercises.push(exercise);
        }
    }
    Ok(exercises)
}

/// A solution without its regions: each becomes a `todo!` with its goal, and anchors go.
///
/// # Errors
/// When a region is not closed, or there is none.
pub fn stub(solution: &str) -> Result<String> {
    let mut stub = String::new();
    let mut lines = solution.lines().enumerate();
    let mut regions = 0;
    while let Some((number, line)) = lines.next() {
        let bare = line.trim_start();
        if bare.starts_with(ANCHOR) {
            continue;
        }
        if let Some(goal) = bare.strip_prefix(BEGIN) {
            let end = lines.find(|(_, line)| line.trim() == END || line.trim_start().starts_with(BEGIN));
            if end.is_none_or(|(_, line)| line.trim() != END) {
                bail!("line {}: this region has no {END}", number + 1);
            }
            regions += 1;
            let indent = &line[..line.len() - bare.len()];
            // Braces would name values.
            let goal = goal.trim().replace('{', "{{").replace('}', "}}");
            stub.push_str(&format!("{indent}todo!({goal:?})"));
        } else {
            stub.push_str(line);
        }
        stub.push('\n');
    }
    if regions == 0 {
        bail!("it has no region between {BEGIN} and {END}, so there is nothing to solve");
    }
    Ok(stub)
}

/// Whether a line of a source is the mark of an anchor or of a region, and so not for a person to read.
pub fn is_mark(line: &str) -> bool {
    let bare = line.trim();
    bare.starts_with(ANCHOR) || bare.starts_with(BEGIN) || bare == END
}

/// A solution as a person reads it: without the marks of its regions and anchors.
pub fn without_marks(solution: &str) -> String {
    solution.lines().filter(|line| !is_mark(line)).map(|line| format!("{line}\n")).collect()
}

/// The goals that a stub's `todo!`s state.
pub fn goals(solution: &str) -> impl Iterator<Item = &str> {
    solution.lines().filter_map(|line| line.trim_start().strip_prefix(BEGIN)).map(str::trim)
}

/// Everything that is generated into `exercises/`: path, relative to the course, and content.
///
/// # Errors
/// When a solution cannot be read, or has no region.
pub fn generated(root: &Path, weeks: &[Week]) -> Result<Vec<(PathBuf, String)>> {
    let mut files = vec![];
    for week in weeks {
        for exercise in &week.exercises {
            files.push((exercise.file(), exercise.stub(root)?));
        }
        let Some(crate_name) = week.pieces().next().map(Exercise::crate_name) else { continue };
        let folder = Path::new("exercises").join(&week.folder);
        let manifest = Path::new("solutions").join(&week.folder).join("Cargo.toml");
        let manifest = std::fs::read_to_string(root.join(&manifest)).with_context(|| manifest.display().to_string())?;
        if ["[dev-dependencies]", "[lib]"].iter().any(|table| manifest.contains(table)) {
            bail!(
                "solutions/{}/Cargo.toml: its tests belong to tests/checks, so it has no [lib] and no [dev-dependencies]",
                week.folder
            );
        }
        files.push((folder.join("Cargo.toml"), exercise_manifest(&manifest, &crate_name, &week.name())));
        let mut modules: Vec<String> =
            week.pieces().map(|exercise| format!("pub mod {};\n", exercise.module())).collect();
        modules.sort(); // as rustfmt leaves them
        let modules = modules.concat();
        let library = format!(
            "//! The exercises of {}. Edit the files beside this one; this one is generated.\n\n\
             // A stub uses nothing yet.\n#![allow(unused, missing_docs, clippy::ptr_arg)]\n\n{modules}",
            week.name()
        );
        files.push((folder.join("src").join("lib.rs"), library));
        let tests: String = week
            .pieces()
            .map(|exercise| {
                let (module, id, check) = (exercise.module(), &exercise.id, exercise.check_macro());
                format!("#[test]\nfn {module}() {{\n    checks::assert_passed(\"{id}\", || checks::{check}!({crate_name}));\n}}\n")
            })
            .collect::<Vec<_>>()
            .join("\n");
        let tests = format!("//! Grades {} with nothing but Cargo. Generated.\n\n{tests}", week.name());
        files.push((folder.join("tests").join("grade.rs"), tests));
    }
    Ok(files)
}

/// The exercises' manifest from that of the solutions: the same dependencies, and the checks for `cargo test`.
fn exercise_manifest(solutions: &str, crate_name: &str, week: &str) -> String {
    let mut manifest = "# Generated by `workshop author stubs`.\n".to_owned();
    for line in solutions.lines() {
        if line.starts_with("name = ") {
            manifest += &format!("name = \"{}\"\n", crate_name.replace('_', "-"));
        } else if line.starts_with("description = ") {
            manifest += &format!("description = \"{week}: the exercises. These are the files you edit\"\n");
        } else {
            manifest += &format!("{line}\n");
        }
    }
    // What grades is tests/grade.rs; an example in a piece's documentation may name our crate.
    manifest + "\n[lib]\ndoctest = false\n\n[dev-dependencies]\nchecks.workspace = true\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_no_model_has_is_refused() -> Result<()> {
        let root = workshop_base::root();
        let text = std::fs::read_to_string(root.join("solutions").join("week04-attention").join("exercises.toml"))?;
        let copy = tempfile::tempdir()?;
        let folder = copy.path().join("solutions").join("week04-attention");
        std::fs::create_dir_all(folder.join("src"))?;
        for piece in std::fs::read_dir(root.join("solutions").join("week04-attention").join("src"))? {
            std::fs::write(folder.join("src").join(piece?.file_name()), "")?;
        }
        let week = Week { folder: "week04-attention".to_owned(), exercises: vec![] };
        let read = |text: &str| {
            std::fs::write(folder.join("exercises.toml"), text)?;
            read(copy.path(), &week)
        };
        assert!(read(&text)?.iter().any(|exercise| exercise.parts == [Part::Attention]));
        let error =
            format!("{:#}", read(&text.replace("[\"attention\"]", "[\"atention\"]")).expect_err("no such part"));
        assert!(
            error.contains("atention") && error.contains("feed-forward") && error.contains("exercises.toml"),
            "{error}"
        );
        Ok(())
    }

    #[test]
    fn a_stub_states_the_goal_and_not_the_way() -> Result<()> {
        let solution = "// ANCHOR: f\nfn f() -> u8 {\n    // SOLUTION: the answer, \"42\"\n    let a = 42;\n    a\n    // END\n}\n// ANCHOR_END: f\n";
        assert_eq!(stub(solution)?, "fn f() -> u8 {\n    todo!(\"the answer, \\\"42\\\"\")\n}\n");
        assert_eq!(goals(solution).collect::<Vec<_>>(), ["the answer, \"42\""]);
        assert_eq!(without_marks(solution), "fn f() -> u8 {\n    let a = 42;\n    a\n}\n");
        assert!(stub("fn f() {}\n").is_err());
        assert!(stub("// SOLUTION: never closed\n").is_err());
        assert!(stub("// SOLUTION: one\n// SOLUTION: two\n// END\n").is_err());
        assert!(stub("// SOLUTION: a {b}\n// END\n")?.contains("a {{b}}"));
        Ok(())
    }
}
