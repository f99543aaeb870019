//! The playground: text to tokens while the reader types, by the lesson's own crate, compiled to WebAssembly.
//!
//! It needs Rust's target `wasm32-unknown-unknown`, which a machine without a network may not have; so it is built apart, by
//! `workshop author playground`, and where it was not, a sentence stands in its place.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use workshop_base::text::Catalogue;
use workshop_base::tr;

use crate::course::Course;
use crate::machine;
use crate::markup::{escape, with_code};

/// The variable that names another program to be called in the place of `cargo`.
pub const CARGO_ENV: &str = "WORKSHOP_WASM_CARGO";

const PACKAGE: &str = "week03-playground";
const TARGET: &str = "wasm32-unknown-unknown";
const LIBRARY: &str = "tokenizer.wasm";

/// The course's own vocabulary.
const COURSE: &str = "course.vocab";
/// The vocabularies, in the order in which they are shown: the file, and its name.
const VOCABULARIES: [(&str, &str); 5] = [
    (COURSE, ""),
    ("gpt2.vocab", "GPT-2"),
    ("smollm2.vocab", "SmolLM2"),
    ("cl100k.vocab", "GPT-4 (cl100k)"),
    ("o200k.vocab", "GPT-4o (o200k)"),
];

fn folder(root: &Path) -> PathBuf {
    root.join("target").join("workshop").join("playground")
}

/// Builds the library and the vocabularies, and gives back the folder that holds them.
///
/// # Errors
/// When there is no compiler for WebAssembly, or it fails.
pub fn build(root: &Path) -> Result<PathBuf> {
    let folder = folder(root);
    let target = root.join("target").join("wasm");
    let cargo = match std::env::var_os(CARGO_ENV) {
        Some(cargo) => cargo,
        None if has_target(root)? => machine::cargo(),
        None => bail!("there is no compiler for WebAssembly here: `rustup target add {TARGET}` brings it"),
    };
    run(Command::new(cargo)
        .args(["build", "--release", "--quiet", "--package", PACKAGE, "--target", TARGET, "--target-dir"])
        .arg(&target)
        // The names of functions are three quarters of its size.
        .env("CARGO_PROFILE_RELEASE_STRIP", "symbols")
        .current_dir(root))?;
    std::fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    let library = target.join(TARGET).join("release").join(PACKAGE.replace('-', "_")).with_extension("wasm");
    std::fs::copy(&library, folder.join(LIBRARY)).with_context(|| library.display().to_string())?;
    run(Command::new(machine::cargo())
        .args(["run", "--quiet", "--package", "week03-tokenizer", "--bin", "vocabularies", "--"])
        .arg(&folder)
        .current_dir(root))?;
    Ok(folder)
}

/// Whether the compiler of the course has the target.
fn has_target(root: &Path) -> Result<bool> {
    let output = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", TARGET])
        .current_dir(root)
        .output()
        .context("rustc cannot be started")?;
    Ok(Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_dir())
}

fn run(command: &mut Command) -> Result<()> {
    let said = command.output().with_context(|| format!("{} cannot be started", command.get_program().display()))?;
    if !said.status.success() {
        bail!("{} failed:\n{}", command.get_program().display(), String::from_utf8_lossy(&said.stderr).trim());
    }
    Ok(())
}

/// The files that were built, if they were.
fn built(root: &Path) -> Vec<&'static str> {
    let folder = folder(root);
    let files = std::iter::once(LIBRARY).chain(VOCABULARIES.map(|(file, _)| file));
    let files: Vec<&str> = files.filter(|file| folder.join(file).is_file()).collect();
    if files.first() == Some(&LIBRARY) { files } else { vec![] }
}

/// Copies what was built beside the languages of the book.
///
/// # Errors
/// When a file cannot be copied.
pub fn copy(root: &Path, to: &Path) -> Result<()> {
    let files = built(root);
    let to = to.join("playground");
    if files.is_empty() {
        return Ok(());
    }
    std::fs::create_dir_all(&to).with_context(|| format!("{} cannot be made", to.display()))?;
    for file in files {
        std::fs::copy(folder(root).join(file), to.join(file)).with_context(|| format!("{file} cannot be copied"))?;
    }
    Ok(())
}

/// The place on the page: the script fills it; without one, or where it was not built, a sentence stands there.
pub(crate) fn html(course: &Course, text: &Catalogue) -> String {
    let files = built(&course.root);
    if files.is_empty() {
        let sentence = tr!(
            text,
            "Here you could type text and see its tokens, but this part of the page was not built. To build it: `{target}`, then `{build}`.",
            target = "rustup target add wasm32-unknown-unknown",
            build = "cargo workshop author playground"
        );
        return format!("<p class=\"ws-missing\">{}</p>", with_code(&sentence));
    }
    let option = |(file, name): &(&str, &str)| {
        let name = if *file == COURSE { tr!(text, "this course") } else { (*name).to_owned() };
        format!("<li data-file=\"{file}\">{}</li>", escape(&name))
    };
    let options: String = VOCABULARIES.iter().filter(|(file, _)| files.contains(file)).map(option).collect();
    let script = tr!(text, "With JavaScript switched on, text that you type here becomes tokens.");
    format!(
        "<section class=\"ws-playground\" aria-label=\"{}\"><p>{script}</p><ul hidden>{options}</ul></section>",
        tr!(text, "Text to tokens")
    )
}
