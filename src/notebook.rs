//! A page as a Jupyter notebook for the evcxr Rust kernel: the same prose, cells and recorded outputs.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use workshop_base::data;
use workshop_base::text::Catalogue;
use workshop_base::tr;

use crate::book::labelled;
use crate::catalogue::translated;
use crate::course::{Course, slashes};
use crate::grid;
use crate::markup::with_code;
use crate::outputs::package;
use crate::page::{self, Cell, Kind, Page};

/// The name that the Rust kernel has in Jupyter.
pub const KERNEL: &str = "rust";

/// The notebook's file, relative to `book/src`: beside the page, with the language in its name unless it is English.
pub fn file(page: &Page, lang: &str) -> String {
    let lang = if lang == workshop_base::text::LANGUAGES[0] { String::new() } else { format!(".{lang}") };
    format!("{}{lang}.ipynb", page.name)
}

/// The notebook of a page that has been translated into the catalogue's language. `None` for a page without cells.
///
/// # Errors
/// When its quiz or an exercise cannot be read.
pub fn make(course: &Course, page: &Page, text: &Catalogue) -> Result<Option<String>> {
    if page.cells().next().is_none() {
        return Ok(None);
    }
    let mut cells: Vec<Value> = vec![];
    let shown =
        page.blocks.iter().map(|block| &block.kind).filter(|kind| !matches!(kind, Kind::Speaker(_) | Kind::Minutes(_)));
    // Prose that stands together once what is not shown is left out.
    let mut prose = String::new();
    let mut kinds = shown.peekable();
    while let Some(kind) = kinds.next() {
        let source = match kind {
            Kind::Speaker(_) | Kind::Minutes(_) => continue,
            Kind::Prose(part) if matches!(kinds.peek(), Some(Kind::Prose(_))) => {
                prose += &format!("{}\n\n", part.trim());
                continue;
            }
            Kind::Cell(cell) => {
                cells.push(code_cell(page, cell, text));
                continue;
            }
            Kind::Prose(part) => std::mem::take(&mut prose) + part.trim(),
            Kind::Listing(listing) => folded(&listing.file, &listing.anchor, &listing.code, listing.folded),
            Kind::Grid(grid) => grid::markdown(grid, text),
            Kind::Exercise(id) => exercise(course, id, text)?,
            Kind::Quiz(file) => quiz(page, file, text)?,
            Kind::Playground => format!(
                "*{}*",
                tr!(text, "Here the page of the book has a field in which text becomes tokens while you type.")
            ),
        };
        let id = format!("part-{}", cells.len() + 1);
        cells.push(json!({"cell_type": "markdown", "id": id, "metadata": {}, "source": lines(&source)}));
    }
    let first_code = cells.iter().position(|cell| cell["cell_type"] == "code").unwrap_or(0);
    cells.insert(first_code, setup_cell(page));
    cells.insert(first_code, setup_note(text));
    let needs: Vec<String> = data::manifest()?
        .files
        .into_iter()
        .filter(|file| page.front.needs.contains(&file.id))
        .map(|file| file.path)
        .collect();
    let notebook = document(cells, json!({"page": page.name, "needs_paths": needs}));
    Ok(Some(serde_json::to_string_pretty(&notebook)? + "\n"))
}

/// A notebook of these cells: nothing in it that is not of the format itself, so that every front end opens it.
pub fn document(cells: Vec<Value>, workshop: Value) -> Value {
    json!({
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "Rust", "language": "rust", "name": KERNEL},
            "language_info": {"name": "rust", "file_extension": ".rs", "mimetype": "text/rust"},
            "workshop": workshop,
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    })
}

/// A code cell that nobody reads.
pub fn bare_code_cell(id: &str, source: &str) -> Value {
    json!({"cell_type": "code", "id": id, "execution_count": null, "metadata": {}, "source": source, "outputs": []})
}

fn exercise(course: &Course, id: &str, text: &Catalogue) -> Result<String> {
    let exercise = course.exercise(id)?;
    let file = slashes(&exercise.file());
    let mut source = format!("### {}\n\n{}\n", text.get(&exercise.title), translated(&exercise.statement, text).trim());
    source += &format!("\n`{file}` · `{}`\n", exercise.commands().join("` · `"));
    for (i, hint) in exercise.hints.iter().enumerate() {
        let title = tr!(text, "Hint {n} of 3", n = i + 1);
        source += &format!("\n<details><summary>{title}</summary>\n\n{}\n</details>\n", translated(hint, text).trim());
    }
    Ok(source)
}

fn quiz(page: &Page, file: &str, text: &Catalogue) -> Result<String> {
    let mut source = String::new();
    for question in page::quiz(page, file)? {
        source += &format!("**{}**\n\n", text.get(&question.text));
        for answer in &question.options {
            let (option, why) = (with_code(text.get(&answer.text)), text.get(&answer.why));
            let mark = if answer.right { "✓" } else { "✗" };
            source += &format!("<details><summary>{option}</summary>\n\n{mark} {why}\n</details>\n");
        }
        source.push('\n');
    }
    Ok(source)
}

fn setup_note(text: &Catalogue) -> Value {
    let note = tr!(
        text,
        "This cell loads the course's crates. Run `cargo run` once before, which downloads them. The first time the cell takes a few minutes; after that, a few seconds."
    );
    json!({"cell_type": "markdown", "id": "setup-note", "metadata": {}, "source": lines(&note)})
}

fn setup_cell(page: &Page) -> Value {
    let source = setup(package(page), &"../".repeat(page.name.matches('/').count() + 2));
    json!({
        "cell_type": "code", "id": "setup", "execution_count": null, "metadata": {"tags": ["setup"]},
        "source": lines(&source), "outputs": [],
    })
}

/// The set-up cell of a week, with the way to the course, which ends with a slash.
///
/// What each line is for: `:cache` keeps what was compiled for the next kernel; `:offline` takes the versions that the
/// course was built with; the variable keeps backtraces out of printed errors, from the restart on; and one dynamic
/// library holds all crates, because a static copy in each cell would count tensors from 1 again and mix up gradients.
pub fn setup(week: &str, to_root: &str) -> String {
    let name = library_name(week);
    format!(
        ":cache 2000\n:offline 1\n:env RUST_LIB_BACKTRACE=0\n:restart\n\
         :dep {name} = {{ path = \"{to_root}lessons/{week}/notebook\" }}\nuse {}::*;",
        name.replace('-', "_")
    )
}

/// The way to the course from anywhere, as [`setup`] takes it.
pub fn absolute_root() -> String {
    format!("{}/", slashes(&workshop_base::root()))
}

/// The way to the course from a learner's copy, in `.workshop/notebooks/week04`: a relative one where the learner works in
/// the course itself, which may be moved.
pub fn root_from_copy() -> String {
    if workshop_base::home() == workshop_base::root() { "../../../".to_owned() } else { absolute_root() }
}

/// Makes the set-up cell of a notebook find the course from another place.
pub fn move_setup(notebook: &mut Value, to_root: &str) {
    for cell in notebook["cells"].as_array_mut().into_iter().flatten().filter(|cell| cell["id"] == "setup") {
        let source = joined(&cell["source"]);
        let Some((before, rest)) = source.split_once("path = \"") else { continue };
        let Some((_, path)) = rest.split_once("lessons/") else { continue };
        cell["source"] = json!(lines(&format!("{before}path = \"{to_root}lessons/{path}")));
    }
}

/// The text that a notebook holds as a list of lines, or whole.
pub fn joined(text: &Value) -> String {
    match text {
        Value::Array(lines) => lines.iter().filter_map(Value::as_str).collect(),
        _ => text.as_str().unwrap_or_default().to_owned(),
    }
}

/// `week04-notebook`
fn library_name(week: &str) -> String {
    format!("{}-notebook", week.split('-').next().unwrap_or(week))
}

/// The crate that a week's notebooks load, as files relative to the course: everything their cells may name, as one
/// dynamic library.
///
/// # Errors
/// When a manifest cannot be read.
pub fn library(course: &Course, week: &str) -> Result<Vec<(PathBuf, String)>> {
    let mut crates = crate::program::SHARED.map(str::to_owned).to_vec();
    lesson_crates(course, week, &mut crates)?;
    crates[crate::program::SHARED.len()..].sort();
    let folder = Path::new("lessons").join(week).join("notebook");
    let dependencies: String = crates.iter().map(|name| format!("{name}.workspace = true\n")).collect();
    let manifest = format!(
        "# Generated by `workshop author notebooks`.\n[package]\nname = \"{}\"\n\
         description = \"What the notebooks of a week load\"\nversion.workspace = true\nedition.workspace = true\n\
         rust-version.workspace = true\nlicense.workspace = true\npublish.workspace = true\n\n[lib]\n\
         crate-type = [\"dylib\"]\n\n[lints]\nworkspace = true\n\n[dependencies]\n{dependencies}",
        library_name(week)
    );
    let names: Vec<String> = crates.iter().map(|name| name.replace('-', "_")).collect();
    let library = format!(
        "//! Everything that a notebook of this week names, as one dynamic library: each cell is compiled apart, and a static\n\
         //! copy in each would count candle's tensors from 1 again and mix up gradients. Generated.\n\n\
         pub use {{{}}};\n",
        names.join(", ")
    );
    Ok(vec![(folder.join("Cargo.toml"), manifest), (folder.join("src").join("lib.rs"), library)])
}

/// The lesson crates that a week's crate depends on, and itself.
fn lesson_crates(course: &Course, week: &str, found: &mut Vec<String>) -> Result<()> {
    if found.iter().any(|known| known == week) {
        return Ok(());
    }
    found.push(week.to_owned());
    let path = course.root.join("lessons").join(week).join("Cargo.toml");
    let text = std::fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    let manifest: toml::Table = toml::from_str(&text).with_context(|| path.display().to_string())?;
    // Also those that the crate leaves out where it is compiled for a page.
    let systems = manifest.get("target").and_then(toml::Value::as_table);
    let tables = systems.into_iter().flat_map(toml::Table::values).filter_map(toml::Value::as_table);
    let used = std::iter::once(&manifest).chain(tables).filter_map(|table| table.get("dependencies")?.as_table());
    let lessons = used.flat_map(toml::Table::keys).filter(|name| name.starts_with("week"));
    lessons.into_iter().try_for_each(|name| lesson_crates(course, name, found))
}

fn code_cell(page: &Page, cell: &Cell, text: &Catalogue) -> Value {
    let mut outputs = vec![];
    if let Some(output) = &cell.output {
        outputs.push(stream(output));
    }
    if let Some((alt, file)) = &cell.figure {
        let alt = text.get(alt);
        let svg = std::fs::read_to_string(page.path.with_file_name(file)).unwrap_or_default();
        outputs.push(json!({
            "output_type": "display_data", "metadata": {},
            "data": {"image/svg+xml": lines(&labelled(&svg, alt)), "text/plain": [alt]},
        }));
    }
    // Without it the kernel would show `()` for a loop at the end, and compile the cell twice.
    let end = if cell.code.ends_with(';') { "" } else { ";" };
    let tags: Vec<&str> = std::iter::once("cell").chain(cell.flags()).collect();
    json!({
        "cell_type": "code", "id": format!("cell-{}", cell.number), "execution_count": null,
        "metadata": {"tags": tags}, "source": lines(&format!("{}{end}", cell.code)), "outputs": outputs,
    })
}

fn stream(text: &str) -> Value {
    json!({"output_type": "stream", "name": "stdout", "text": lines(text)})
}

/// Text as the list of lines that notebooks hold.
fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

fn folded(file: &str, anchor: &str, code: &str, folded: bool) -> String {
    let name = file.rsplit('/').next().unwrap_or(file);
    if folded {
        let title = with_code(&format!("`{name}`: `{anchor}`"));
        format!("<details><summary>{title}</summary>\n\n```rust\n{code}\n```\n</details>")
    } else {
        format!("`{name}`\n\n```rust\n{code}\n```")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pages in Korean that have a notebook, each with the cells of its notebook.
    fn korean() -> Result<Vec<(Page, Vec<Value>)>> {
        let (course, text) = (Course::read()?, Catalogue::load("ko"));
        let mut notebooks = vec![];
        for page in &course.pages {
            if let Some(notebook) = make(&course, &crate::catalogue::translate(page, &text), &text)? {
                let mut notebook: Value = serde_json::from_str(&notebook)?;
                let cells = notebook["cells"].as_array_mut().map(std::mem::take).unwrap_or_default();
                notebooks.push((page.clone(), cells));
            }
        }
        assert!(!notebooks.is_empty());
        Ok(notebooks)
    }

    #[test]
    fn what_a_drawing_shows_is_said_in_the_language_of_the_notebook() -> Result<()> {
        let text = Catalogue::load("ko");
        for (page, cells) in korean()? {
            for (cell, alt) in page.cells().filter_map(|cell| Some((cell, cell.figure.as_ref()?.0.as_str()))) {
                let id = format!("cell-{}", cell.number);
                let shown = cells.iter().filter(|shown| shown["id"] == id.as_str());
                let outputs = shown.flat_map(|shown| shown["outputs"].as_array().into_iter().flatten());
                let drawing = outputs.map(|output| &output["data"]).find(|data| data.is_object()).expect("a drawing");
                assert_eq!(joined(&drawing["text/plain"]), text.get(alt), "{}, {id}", page.name);
                let label = format!("aria-label=\"{}\"", crate::markup::escape(text.get(alt)));
                assert!(joined(&drawing["image/svg+xml"]).contains(&label), "{}, {id}", page.name);
            }
        }
        Ok(())
    }

    #[test]
    fn code_in_a_title_to_open_is_no_bare_backtick() -> Result<()> {
        for (page, cells) in korean()? {
            let prose: Vec<String> = cells.iter().map(|cell| joined(&cell["source"])).collect();
            for title in
                prose.iter().flat_map(|text| text.lines()).filter(|line| line.starts_with("<details><summary>"))
            {
                assert!(!title.contains('`'), "{}: {title}", page.name);
            }
        }
        Ok(())
    }
}
