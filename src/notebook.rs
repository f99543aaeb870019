//! A page as a Jupyter notebook for the evcxr Rust kernel: the same prose, cells and recorded outputs.

use anyhow::Result;
use serde_json::{Value, json};
use workshop_base::data;
use workshop_base::text::Catalogue;
use workshop_base::tr;

use crate::course::Course;
use crate::outputs::package;
use crate::page::{self, Cell, Kind, Page};

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
    for block in &page.blocks {
        let source = match &block.kind {
            Kind::Speaker(_) => continue,
            Kind::Cell(cell) => {
                cells.push(code_cell(page, cell));
                continue;
            }
            Kind::Prose(prose) => prose.trim().to_owned(),
            Kind::Listing(listing) => folded(&listing.file, &listing.anchor, &listing.code, listing.folded),
            Kind::Exercise(id) => exercise(course, id, text)?,
            Kind::Quiz(file) => quiz(page, file, text)?,
        };
        let id = format!("part-{}", cells.len() + 1);
        cells.push(json!({"cell_type": "markdown", "id": id, "metadata": {}, "source": lines(&source)}));
    }
    let first_code = cells.iter().position(|cell| cell["cell_type"] == "code").unwrap_or(0);
    cells.insert(first_code, setup_cell(page, text));
    cells.insert(first_code, setup_note(text));
    let needs: Vec<String> = data::manifest()?
        .files
        .into_iter()
        .filter(|file| page.front.needs.contains(&file.id))
        .map(|file| file.path)
        .collect();
    let notebook = json!({
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "Rust", "language": "rust", "name": "rust"},
            "language_info": {"name": "rust", "file_extension": ".rs", "mimetype": "text/rust"},
            "workshop": {"page": page.name, "needs_paths": needs},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    });
    Ok(Some(serde_json::to_string_pretty(&notebook)? + "\n"))
}

fn exercise(course: &Course, id: &str, text: &Catalogue) -> Result<String> {
    let exercise = course.exercise(id)?;
    let translated = |source: &str| crate::markup::map_messages(source, |message| text.get(message).to_owned());
    let file = exercise.file().to_string_lossy().replace('\\', "/");
    let mut source = format!("### {}\n\n{}\n", text.get(&exercise.title), translated(&exercise.statement).trim());
    source += &format!("\n`{file}` · `cargo workshop check {id}`\n");
    for (i, hint) in exercise.hints.iter().enumerate() {
        let title = tr!(text, "Hint {n} of 3", n = i + 1);
        source += &format!("\n<details><summary>{title}</summary>\n\n{}\n</details>\n", translated(hint).trim());
    }
    Ok(source)
}

fn quiz(page: &Page, file: &str, text: &Catalogue) -> Result<String> {
    let mut source = String::new();
    for question in page::quiz(page, file)? {
        source += &format!("**{}**\n\n", text.get(&question.text));
        for answer in &question.options {
            let (answer_text, why) = (crate::markup::escape(text.get(&answer.text)), text.get(&answer.why));
            let mark = if answer.right { "✓" } else { "✗" };
            source += &format!("<details><summary>{answer_text}</summary>\n\n{mark} {why}\n</details>\n");
        }
        source.push('\n');
    }
    Ok(source)
}

fn setup_note(text: &Catalogue) -> Value {
    let note = tr!(
        text,
        "This cell loads the course's crates. The first time it builds them, which takes a few minutes; after that, a few seconds."
    );
    json!({"cell_type": "markdown", "id": "setup-note", "metadata": {}, "source": lines(&note)})
}

fn setup_cell(page: &Page, text: &Catalogue) -> Value {
    let up = "../".repeat(page.name.matches('/').count() + 2);
    let mut crates = vec!["week00-workbench"];
    if package(page) != crates[0] {
        crates.push(package(page));
    }
    let mut source = String::from(":cache 10000\n");
    for name in crates {
        source += &format!(":dep {name} = {{ path = \"{up}lessons/{name}\" }}\n");
    }
    source += ":dep candle-core = { version = \"0.11\", default-features = false }\n:dep anyhow = \"1\"\n";
    source += &format!("println!(\"{}\");", tr!(text, "ready"));
    let outputs = json!([stream(&format!("{}\n", tr!(text, "ready")))]);
    json!({
        "cell_type": "code", "id": "setup", "execution_count": null, "metadata": {"tags": ["setup"]},
        "source": lines(&source), "outputs": outputs,
    })
}

fn code_cell(page: &Page, cell: &Cell) -> Value {
    let mut outputs = vec![];
    if let Some(output) = &cell.output {
        outputs.push(stream(output));
    }
    if let Some((alt, file)) = &cell.figure {
        let svg = std::fs::read_to_string(page.path.with_file_name(file)).unwrap_or_default();
        outputs.push(json!({
            "output_type": "display_data", "metadata": {},
            "data": {"image/svg+xml": lines(&svg), "text/plain": [alt]},
        }));
    }
    let tags: Vec<&str> = std::iter::once("cell").chain(cell.flags()).collect();
    json!({
        "cell_type": "code", "id": format!("cell-{}", cell.number), "execution_count": null,
        "metadata": {"tags": tags}, "source": lines(&cell.code), "outputs": outputs,
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
        format!(
            "<details><summary><code>{name}</code>: <code>{anchor}</code></summary>\n\n```rust\n{code}\n```\n</details>"
        )
    } else {
        format!("`{name}`\n\n```rust\n{code}\n```")
    }
}
